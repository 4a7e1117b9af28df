"""Judged questions are asked one by one, by either kind of ask, and every end is kept."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidInput
from core.types import Answer, Question, Turn
from eval.answers.asking import everywhere
from eval.answers.judge import judge_answers
from eval.sets.questions import GoldQuote, JudgedQuestion

KB = "help"
FEE = JudgedQuestion(
    id="e1",
    question="What is the fee?",
    language="en",
    answerable=True,
    gold=(GoldQuote(source="refunds.md", quote="The fee is 2.50 euros."),),
    history=(Turn(role="user", content="Can I get a refund?"),),
    tags=("price",),
)
FOUNDER = JudgedQuestion(id="z1", question="谁创办了公司？", language="zh", answerable=False)


def test_a_question_is_asked_with_its_history_and_without_its_gold(shelf: Any) -> None:
    asked: list[Question] = []

    def ask(question: Question) -> Answer:
        asked.append(question)
        return shelf.refusal()

    judge_answers([FEE], everywhere(ask), shelf.document_text, kb=KB)
    assert asked[0] == Question(text="What is the fee?", kb=KB, history=FEE.history)


def test_a_follow_up_is_asked_again_without_its_history(shelf: Any, tmp_path: Path) -> None:
    asked: list[Question] = []

    def ask(question: Question) -> Answer:
        asked.append(question)
        fee = shelf.answer(shelf.citation("refunds.md", "The fee is 2.50 euros."), text="The fee is 2.50 euros.")
        return fee if question.history else shelf.refusal()

    out = tmp_path / "answers.jsonl"
    report = judge_answers([FEE, FOUNDER], everywhere(ask), shelf.document_text, kb=KB, out=out)
    assert [(question.text, bool(question.history)) for question in asked] == [
        ("What is the fee?", True),
        ("What is the fee?", False),
        ("谁创办了公司？", False),
    ]
    assert report.follow_ups is not None
    assert (report.follow_ups.rewritten.questions, report.follow_ups.alone.questions) == (1, 1)
    assert report.follow_ups.rewritten.values["completeness"] == 1.0
    assert report.follow_ups.alone.values["completeness"] == 0.0
    # The second asking is in no other figure.
    assert (report.overall.questions, report.overall.values["false_refusals"]) == (2, 0.0)
    first, second = (json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert (first["status"], first["without_rewriting"]["status"]) == ("answered", "insufficient_evidence")
    assert (first["follow_up"], second["follow_up"]) == (True, False)
    assert "without_rewriting" not in second


def test_only_what_was_turned_away_is_asked_anyway(shelf: Any) -> None:
    asked: list[str] = []

    def anyway(question: Question) -> Answer:
        asked.append(question.text)
        return shelf.answer(shelf.citation("退款.md", "手续费为 20 元"), text="手续费为 20 元")

    fee = shelf.answer(shelf.citation("refunds.md", "The fee is 2.50 euros."), text="2.50", probability=0.7)

    def ask(question: Question) -> Answer:
        return shelf.refusal(0.2) if question.text == FOUNDER.question else fee

    report = judge_answers([FEE, FOUNDER], everywhere(ask, anyway), shelf.document_text, kb=KB)
    assert asked == [FOUNDER.question]
    assert [verdict.right_if_shown for verdict in report.verdicts] == [True, False]
    assert report.overall.values["accuracy"] == 1.0
    assert [(p.coverage, p.risk) for p in report.overall.curve[:1] + report.overall.curve[-1:]] == [(0.5, 0), (1, 0.5)]


def test_both_kinds_of_ask_give_the_same_report(shelf: Any) -> None:
    answer = shelf.answer(shelf.citation("refunds.md", "The fee is 2.50 euros."), text="2.50 euros")

    def ask(question: Question) -> Answer:
        return answer if question.text == FEE.question else shelf.refusal()

    async def ask_later(question: Question) -> Answer:
        await asyncio.sleep(0)
        return ask(question)

    def ask_in_a_loop_of_its_own(question: Question) -> Answer:
        return asyncio.run(ask_later(question))

    first = judge_answers([FEE, FOUNDER], everywhere(ask), shelf.document_text, kb=KB)
    assert first.overall.values["citation_recall"] == 1.0
    for other in (ask_later, ask_in_a_loop_of_its_own):
        assert judge_answers([FEE, FOUNDER], everywhere(other), shelf.document_text, kb=KB) == first


def test_all_questions_share_one_event_loop(shelf: Any) -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def ask(question: Question) -> Answer:
        loops.append(asyncio.get_running_loop())
        return shelf.refusal()

    judge_answers([FEE, FOUNDER], everywhere(ask), shelf.document_text, kb=KB)
    assert loops[0] is loops[1]


def test_every_end_is_kept_as_a_line_for_looking_at_failures(shelf: Any, tmp_path: Path) -> None:
    def ask(question: Question) -> Answer:
        if question.text == FOUNDER.question:
            return shelf.refusal(0.2)
        return shelf.answer(shelf.citation("refunds.md", "within 14 days"), text="Within 14 days.")

    out = tmp_path / "new" / "answers.jsonl"

    def grade(claim: str, quotes: Sequence[str]) -> float:
        return 0.25 if claim in quotes else 0.75

    report = judge_answers([FEE, FOUNDER], everywhere(ask), shelf.document_text, kb=KB, grade=grade, out=out)
    assert report.overall.values["graded_support"] == 0.25
    first, second = (json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert (first["id"], first["status"], first["text"]) == ("e1", "answered", "Within 14 days.")
    assert first["verdicts"] == {
        "located_gold": False,
        "char_precision": 0.0,
        "char_recall": 0.0,
        "completeness": 0.0,
        "rouge_l": 0.0,
        "bleu": 0.0,
        "abstained": False,
        "false_refusal": False,
        "false_answer": False,
        "right": False,
        "right_if_shown": False,
    }
    assert first["claims"] == [{"text": "within 14 days", "support": 1.0, "graded_support": 0.25}]
    assert first["tokens"] == {"input": 0, "output": 0}
    [shown] = first["citations"]
    assert (shown["quote"], shown["exact"], shown["gold"]) == ("within 14 days", True, False)
    assert (second["question"], second["probability"]) == ("谁创办了公司？", 0.2)
    assert second["verdicts"]["abstained"] is True


def test_answers_judged_before_a_failure_are_on_disk(shelf: Any, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    written: list[int] = []

    def ask(question: Question) -> Answer:
        written.append(len(out.read_text(encoding="utf-8").splitlines()))
        if question.text == FOUNDER.question:
            raise RuntimeError("no model")
        return shelf.refusal()

    with pytest.raises(RuntimeError, match="no model"):
        judge_answers([FEE, FOUNDER], everywhere(ask), shelf.document_text, kb=KB, out=out)
    assert written == [0, 0, 1]
    assert len(out.read_text(encoding="utf-8").splitlines()) == 1


def test_progress_hears_every_question(shelf: Any) -> None:
    heard: list[tuple[int, int]] = []
    judge_answers(
        [FEE, FOUNDER],
        everywhere(lambda question: shelf.refusal()),
        shelf.document_text,
        kb=KB,
        progress=lambda *news: heard.append(news),
    )
    assert heard == [(1, 2), (2, 2)]


def test_nothing_to_ask_is_refused(shelf: Any) -> None:
    with pytest.raises(InvalidInput, match="no judged questions"):
        judge_answers([], everywhere(lambda question: shelf.refusal()), shelf.document_text, kb=KB)
