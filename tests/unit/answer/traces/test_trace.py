"""What a trace holds, and what it does not: the flow with small parts, from the question to the kept document."""

import asyncio
import json
from datetime import date

import pytest
from fakes import FakeEmbedder, FakeJudge, FakeModel, FakeReranker

from answer.decision.decide import Decision
from answer.models.draft import ModelDrafter
from answer.models.economy import Economy
from answer.pipeline import Pipeline
from answer.search import Searcher
from answer.sentences.extract import ExtractiveAnswerer
from answer.traces.trace import Origin, trace_of
from answer.traces.trace_json import trace_document, trace_from
from core.errors import DependencyError, InvalidInput
from core.settings import AnswerSettings, RerankSettings
from core.types import AnswerStatus, Condition, Filter, Question, SearchResult, Turn

PASSAGE = "Annual plans can be refunded within 30 days. Monthly plans are not refundable."
CHINESE = "年付套餐可在30天内退款。月付套餐不支持退款。"
ORIGIN = Origin(fingerprint="f", release="1", models={"embedder": "fake-1"}, settings={"answer.evidence": "8"})
TRUE = {
    "text": "Annual plans are refunded within 30 days.",
    "citations": [{"evidence": 1, "quote": "Annual plans can be refunded within 30 days."}],
}
WRONG = {**TRUE, "text": "Annual plans are refunded within 60 days."}


class FixedSearch:
    def __init__(self, evidence, error=None):
        self._hits, self._error = tuple(item.hit for item in evidence), error

    def search(self, kb, query, k, stage, filter=None):
        if self._error:
            raise self._error
        return SearchResult(hits=self._hits)


class FixedDecider:
    def decide(self, question, evidence, ranked):
        return Decision(0.9, answers=True, support_bar=0.25)


def traced(
    evidence, question="How long can annual plans be refunded?", *, model=None, drafter=None, error=None, history=()
):
    """The trace that the flow leaves, and its answer."""
    flow = Pipeline(
        searcher=Searcher(FixedSearch(evidence, error), FakeReranker(), RerankSettings()),
        extractive=ExtractiveAnswerer(FakeEmbedder(), FakeJudge()),
        decider=FixedDecider(),
        models=[drafter or ModelDrafter(model)] if drafter or model else [],
        settings=AnswerSettings(),
        today=lambda: date(2026, 3, 1),
    )
    kept = []
    asked = question if isinstance(question, Question) else Question(text=question, kb="kb", history=history)
    answer = asyncio.run(flow.ask(asked, lambda *noted: kept.append(trace_of(*noted, ORIGIN))))
    (trace,) = kept
    return trace, answer


def says(*claims):
    return FakeModel([json.dumps({"claims": list(claims), "insufficient": False})])


def test_a_trace_holds_every_stage_of_the_answer(show):
    trace, answer = traced(show(PASSAGE, "Storage is 2 TB."))
    assert (trace.trace_id, trace.stand_alone, trace.day) == (answer.trace_id, answer.question, date(2026, 3, 1))
    assert [(hit.rank, hit.number, hit.source) for hit in trace.hits] == [(1, 1, "1.md"), (2, 2, "2.md")]
    assert (trace.ending.status, trace.ending.text) == (AnswerStatus.ANSWERED, answer.text)
    assert (trace.ending.probability, trace.ending.support_bar) == (0.9, 0.25)
    assert [verdict.text for verdict in trace.verdicts if verdict.proven] == [claim.text for claim in answer.claims]
    assert trace.ending.timings_ms["total"] > 0


def test_a_trace_says_why_a_claim_was_dropped(show):
    trace, _ = traced(show(PASSAGE), model=says(WRONG, TRUE))
    wrong, true = trace.verdicts
    assert (wrong.proven, wrong.text) == (False, WRONG["text"])
    assert "60" in wrong.reason
    assert (true.proven, true.reason) == (True, "")


def test_a_trace_names_the_prompt_and_keeps_what_the_model_said(show):
    model = says(TRUE)
    trace, _ = traced(show(PASSAGE), model=model)
    (exchange,) = trace.exchanges
    assert exchange.prompt.startswith("answer.en")
    assert json.loads(exchange.output)["claims"] == [TRUE]
    assert (exchange.finish_reason, exchange.shown, exchange.error) == ("stop", (1,), "")
    other, _ = traced(show(PASSAGE), model=says(TRUE))
    changed, _ = traced(show(PASSAGE + " Ask us."), model=says(TRUE))
    assert exchange.digest == other.exchanges[0].digest != changed.exchanges[0].digest


def test_a_passage_that_does_not_answer_is_found_but_not_in_the_prompt(show):
    model = says(TRUE)
    drafter = ModelDrafter(model, economy=Economy(worth=0.1))
    trace, answer = traced(show(PASSAGE, "The Gate has two fans."), drafter=drafter)
    assert trace.exchanges[0].shown == (1,)
    assert "fans" not in model.asked[0][1].content
    assert [hit.number for hit in trace.hits] == [item.number for item in answer.evidence] == [1, 2]


def test_a_model_that_fails_leaves_its_error_in_the_trace(show):
    trace, answer = traced(show(PASSAGE), model=FakeModel(['{"claims": ['], None))
    assert "finish_reason None" in trace.exchanges[0].error
    assert trace.ending.degraded == answer.degraded == ("model",)


def test_an_answer_that_could_not_be_given_leaves_a_trace_too(show):
    trace, _ = traced((), error=DependencyError("the index is away"))
    assert (trace.ending.status, trace.ending.reason) == (AnswerStatus.UNAVAILABLE, "the index is away")
    assert trace.hits == ()


def test_the_question_is_kept_as_it_was_asked(show):
    asked = Question(
        text="那月付呢？",
        kb="kb",
        history=(Turn(role="user", content="年付套餐多久内可以退款？"),),
        filter=Filter(conditions=(Condition(name="product", values=("云盘",)),), as_of=date(2026, 1, 1)),
    )
    trace, answer = traced(show(CHINESE), asked)
    assert trace.question == asked
    assert trace.stand_alone == answer.question != asked.text
    assert trace.day == date(2026, 1, 1)


@pytest.mark.parametrize("redacting", [True, False])
def test_a_kept_trace_reads_back_as_it_was(show, redacting):
    trace, _ = traced(show(PASSAGE), model=says(WRONG, TRUE), history=(Turn(role="user", content="Hi, 你好"),))
    document = json.loads(json.dumps(trace_document(trace, redacting=redacting)))
    assert trace_from(document) == trace


def test_personal_data_is_replaced_wherever_it_stands(show):
    card, mail, phone = "4111 1111 1111 1111", "jo.smith@example.com", "13812345678"
    claim = {"text": f"Write to {mail}.", "citations": [{"evidence": 1, "quote": f"Write to {mail}."}]}
    asked = Question(
        text=f"How are plans refunded to my card {card}?",
        kb="kb",
        history=(Turn(role="user", content=f"我的电话是{phone}"),),
        filter=Filter(conditions=(Condition(name="customer", values=(mail,)),)),
    )
    trace, _ = traced(show(f"Plans are refunded. Write to {mail}."), asked, model=says(claim))
    document = trace_document(trace, redacting=True)
    text = json.dumps(document, ensure_ascii=False)
    assert not any(secret in text for secret in (card, mail, phone))
    assert document["question"]["text"] == "How are plans refunded to my card [card]?"
    assert document["question"]["history"][0]["content"] == "我的电话是[phone]"
    assert {"question", "stand_alone", "exchanges", "verdicts", "ending"} <= set(document["redacted"])
    assert mail in json.dumps(trace_document(trace, redacting=False))


def test_redacting_leaves_ids_places_and_scores_alone(show):
    trace, _ = traced(show(PASSAGE), "Refund annual plans to jo.smith@example.com?")
    plain, clean = trace_document(trace, redacting=False), trace_document(trace, redacting=True)
    assert clean["hits"] == plain["hits"]
    assert clean["origin"] == plain["origin"]


def test_a_trace_of_another_release_is_refused_with_what_is_off(show):
    document = trace_document(traced(show(PASSAGE))[0], redacting=False)
    with pytest.raises(InvalidInput, match="shape 0, this release reads 1"):
        trace_from({**document, "shape": 0})
    with pytest.raises(InvalidInput, match="ending"):
        trace_from({**document, "ending": None})


def test_without_settings_a_trace_names_no_server(show):
    trace = traced(show(PASSAGE))[0]
    assert trace.origin.settings
    assert trace.without_settings().origin.settings == {}
    assert trace.without_settings().hits == trace.hits
