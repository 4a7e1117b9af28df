"""What callers and people see of context, conflicts and the next step."""

import json
from dataclasses import replace

import pytest

from api.schemas import ask_document
from api.show import show_answer
from core.types import AnswerStatus, Conflict, ContextBlock, Ground, HandOff, NextStep, Question, Side, Step, Turn


@pytest.fixture
def disputed(make_answer):
    answer = make_answer("保留多久？")
    first, second = (claim.citations[0] for claim in answer.claims)
    sides = (Side(value="30 天", citation=second), Side(value="30 days", citation=first))
    return replace(answer, conflicts=(Conflict(sides=sides, ground=Ground.NEWER, text="文档说法不一。"),))


@pytest.fixture
def handed_off(make_answer):
    answer = make_answer("How long?")
    packet = HandOff(
        question="And now?",
        asked="How long?",
        history=(Turn(role="user", content="Hello"),),
        context=(ContextBlock(name="customer", data={"plan": "Team"}),),
        tried=("searched kb for: How long?",),
        passages=(answer.claims[0].citations[0],),
        reason="related_but_not_answering",
    )
    step = NextStep(step=Step.HAND_OFF, text="A colleague should take over.", hand_off=packet)
    status = AnswerStatus.INSUFFICIENT_EVIDENCE
    return replace(answer, status=status, text="", claims=(), reason="related_but_not_answering", next_step=step)


def test_an_answer_without_anything_special_is_to_be_sent(make_answer):
    document = ask_document(make_answer("How long?"))
    assert document["conflicts"] == []
    assert document["next_step"] == {
        "step": "answer", "text": "", "question": "", "about": "", "options": [], "hand_off": None,
    }  # fmt: skip


def test_a_conflict_shows_both_sides_with_their_places(disputed):
    (conflict,) = ask_document(disputed)["conflicts"]
    assert (conflict["text"], conflict["ground"]) == ("文档说法不一。", "newer")
    assert [(side["value"], side["citation"]["source"]) for side in conflict["sides"]] == [
        ("30 天", "帮助/restore.md"),
        ("30 days", "帮助/restore.md"),
    ]


def test_the_packet_is_complete(handed_off):
    packet = ask_document(handed_off)["next_step"]["hand_off"]
    assert packet["history"] == [{"role": "user", "content": "Hello"}]
    assert packet["context"] == [{"name": "customer", "data": {"plan": "Team"}}]
    # "Restore files.\n" is 15 characters, and the quote begins 23 further on.
    assert (packet["passages"][0]["span"], packet["passages"][0]["quote"]) == ([38, 45], "30 days")
    assert packet["reason"] == "related_but_not_answering"


def test_a_packet_that_cites_what_the_answer_does_not_carry_is_refused(handed_off):
    with pytest.raises(ValueError, match="names evidence 1"):
        ask_document(replace(handed_off, evidence=()))


def test_people_see_the_conflict_and_the_packet(disputed, handed_off, capsys):
    show_answer(ask_document(disputed))
    assert "! 文档说法不一。" in capsys.readouterr().out
    show_answer(ask_document(handed_off), asked="And now?")
    shown = capsys.readouterr().out
    assert "understood as: How long?" in shown
    assert "→ hand off  (related_but_not_answering)" in shown
    assert "searched kb for" in shown
    assert "Nearest passages" not in shown


def test_people_see_the_question_back_with_its_options(make_answer, capsys):
    step = NextStep(
        step=Step.ASK_BACK, text="Ask first.", question="Which plan?", about="plan", options=("Team", "Solo")
    )
    show_answer(ask_document(replace(make_answer("How long?"), next_step=step)))
    shown = capsys.readouterr().out
    assert "→ ask back" in shown
    assert "“Which plan?”\n    - Team\n    - Solo" in shown


def test_what_the_caller_knows_reaches_the_desk_flattened(served):
    context = [{"name": "customer", "data": {"plan": "Team", "order": {"items": ["G3", "cable"]}}}]
    assert served.client.post("/v1/ask", json={"question": "How long?", "context": context}).status_code == 200
    block = ContextBlock(name="customer", data={"plan": "Team", "order.items": "G3, cable"})
    assert served.desk.questions[-1] == Question(text="How long?", kb="default", context=(block,))


@pytest.mark.parametrize(
    "context",
    [
        [{"name": "customer", "data": {"a": "x" * 1_001}}],
        [{"name": "customer", "data": "Team"}],
        [{"name": "customer", "data": {"a": {"b": {"c": {"d": {"e": 1}}}}}}],
        [{"name": "customer", "data": {}}] * 11,
        {"plan": "Team"},
    ],
)
def test_too_much_of_it_is_a_422(served, context):
    response = served.client.post("/v1/ask", json={"question": "How long?", "context": context})
    assert response.status_code == 422, response.text


@pytest.mark.parametrize(
    ("content", "words"), [("{", "no JSON"), (json.dumps([{"name": "x"}]), "should be"), (None, "no file")]
)
def test_a_context_file_that_cannot_be_used_ends_with_exit_code_2(tmp_path, content, words):
    from click.testing import CliRunner

    from api.cli import main

    file = tmp_path / "case.json"
    if content is not None:
        file.write_text(content, "utf-8")
    result = CliRunner().invoke(main, ["ask", "How long?", "--context", str(file), "--home", str(tmp_path / "home")])
    assert result.exit_code == 2
    assert words in result.output
