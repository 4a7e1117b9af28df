"""What a visitor is told: by hand, of an answer that knows much more."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from api.examples import ANSWERS
from api.visitor_schema import visitor_answer, visitor_claim
from core.types import AnswerStatus, Conflict, Ground, NextStep, Side, Step

ENGLISH, CHINESE = ANSWERS["english"], ANSWERS["chinese"]


def test_a_claim_is_told_with_its_quotes_and_where_they_stand():
    (claim,) = CHINESE.claims[:1]
    (citation,) = claim.citations[:1]
    chunk = CHINESE.evidence[0].hit.chunk

    told = visitor_claim(claim, CHINESE.evidence, {citation.document_id: "https://help.example.com/a"})

    assert told["text"] == claim.text
    assert told["citations"][0] == {
        "evidence": 1,
        "title": chunk.title,
        "heading_path": list(chunk.heading_path),
        "page": citation.page,
        "quote": citation.quote,
        "url": "https://help.example.com/a",
    }


def test_nothing_tells_how_the_answer_came_about():
    for answer in (ENGLISH, CHINESE):
        told = visitor_answer(replace(answer, degraded=("model",), dropped=3), {})
        assert set(told) == set("status text claims reason question conflicts next_step trace_id".split())
        text = json.dumps(told, ensure_ascii=False)
        chunk = answer.evidence[0].hit.chunk
        for hidden in (chunk.id, chunk.document_id, chunk.source, "score", "probability", "support", "tokens"):
            assert hidden not in text, hidden


def test_what_is_down_is_not_named():
    down = replace(CHINESE, status=AnswerStatus.UNAVAILABLE, reason="retrieval at 10.0.0.3", claims=(), text="")
    told = visitor_answer(down, {})
    assert (told["status"], told["reason"]) == ("unavailable", "")
    assert "10.0.0.3" not in json.dumps(told)


def test_documents_that_disagree_and_what_to_ask_are_told():
    citation = ENGLISH.claims[0].citations[0]
    sides = (Side(value="14 days", citation=citation), Side(value="30 days", citation=citation))
    conflict = Conflict(sides=sides, ground=Ground.NONE, text="They disagree.")
    step = NextStep(step=Step.ASK_BACK, text="Ask the customer.", question="Which plan?", about="plan", options=("A",))

    told = visitor_answer(replace(ENGLISH, conflicts=(conflict,), next_step=step), {})

    assert told["next_step"] == {"step": "ask_back", "question": "Which plan?", "options": ["A"]}
    assert [side["value"] for side in told["conflicts"][0]["sides"]] == ["14 days", "30 days"]
    assert told["conflicts"][0]["sides"][0]["citation"]["quote"] == citation.quote
    assert "Ask the customer" not in json.dumps(told)


@given(st.floats(0, 1), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_answer_survives_json(probability, text):
    told = visitor_answer(replace(CHINESE, probability=probability, question=text), {})
    assert json.loads(json.dumps(told)) == told
