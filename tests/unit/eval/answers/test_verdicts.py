"""Answers are judged by places and words, with both languages worked out by hand."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Answer, AnswerStatus, Span
from eval.answers.gold_facts import completeness, facts
from eval.answers.verdicts import Judge, Verdict, places_of
from eval.sets.questions import GoldQuote, JudgedQuestion

KB = "help"


def judged(shelf: Any, answer: Answer, *gold: tuple[str, str]) -> Verdict:
    quotes = tuple(GoldQuote(source=source, quote=quote) for source, quote in gold)
    question = JudgedQuestion(id="q", question="?", language="en", answerable=bool(gold), gold=quotes)
    return Judge(KB, shelf.document_text)(question, answer)


def test_a_quote_at_its_place_that_overlaps_gold_is_exact_and_gold(shelf: Any) -> None:
    answer = shelf.answer(shelf.citation("refunds.md", "The fee is 2.50 euros."))
    [shown] = judged(shelf, answer, ("refunds.md", "fee is 2.50")).citations
    assert (shown.exact, shown.gold) == (True, True)
    assert shown.quote == "The fee is 2.50 euros."


def test_a_quote_beside_its_place_is_not_exact(shelf: Any) -> None:
    answer = shelf.answer(shelf.citation("退款.md", "手续费为 20 元", shift=1))
    [shown] = judged(shelf, answer, ("退款.md", "手续费为 20 元")).citations
    assert (shown.exact, shown.gold) == (False, True)


def test_a_quote_from_another_paragraph_is_not_gold(shelf: Any) -> None:
    answer = shelf.answer(shelf.citation("refunds.md", "A label can be voided within 14 days."))
    verdict = judged(shelf, answer, ("refunds.md", "The fee is 2.50 euros."))
    assert not verdict.located_gold
    assert verdict.citations[0].exact


def test_the_same_offsets_in_another_source_are_not_gold(shelf: Any) -> None:
    answer = shelf.answer(shelf.citation("refunds.md", "Refunds take 10 "))
    assert not judged(shelf, answer, ("退款.md", "退款需要十个工作日")).located_gold


def test_quotes_that_only_touch_do_not_overlap(shelf: Any) -> None:
    answer = shelf.answer(shelf.citation("退款.md", "，手续费为 20 元"))
    assert not judged(shelf, answer, ("退款.md", "退款需要十个工作日")).located_gold


def test_any_of_several_gold_quotes_will_do(shelf: Any) -> None:
    answer = shelf.answer(shelf.citation("退款.md", "手续费为 20 元"))
    gold = [("refunds.md", "The fee is 2.50 euros."), ("退款.md", "手续费为 20 元")]
    assert judged(shelf, answer, *gold).located_gold


def test_a_gold_quote_is_found_in_other_width_and_white_space(shelf: Any) -> None:
    answer = shelf.answer(shelf.citation("退款.md", "手续费为 20 元"))
    verdict = judged(shelf, answer, ("退款.md", "手续费为２０元"))
    assert verdict.unlocated == ()
    assert verdict.located_gold


def test_gold_that_the_stored_text_does_not_hold_is_reported_and_counts_as_missed(shelf: Any) -> None:
    answer = shelf.answer(shelf.citation("refunds.md", "The fee is 2.50 euros."))
    gold = [("refunds.md", "The fee is 3 euros."), ("absent.md", "anything")]
    verdict = judged(shelf, answer, *gold)
    assert [(quote.source, quote.quote) for quote in verdict.unlocated] == gold
    assert not verdict.located_gold


def test_a_citation_of_a_deleted_document_is_not_exact(shelf: Any) -> None:
    answer = shelf.answer(shelf.citation("refunds.md", "The fee is 2.50 euros."))
    empty = Judge("another kb", lambda id_: shelf.document_text("gone"))
    question = JudgedQuestion(id="q", question="?", language="en", answerable=False)
    [shown] = empty(question, answer).citations
    assert not shown.exact


@pytest.mark.parametrize(
    ("status", "answered", "abstained"),
    [
        (AnswerStatus.ANSWERED, True, False),
        (AnswerStatus.INSUFFICIENT_EVIDENCE, False, True),
        (AnswerStatus.REFUSED, False, True),
        (AnswerStatus.UNAVAILABLE, False, False),
    ],
)
def test_a_part_that_is_down_is_no_honest_no(shelf: Any, status: AnswerStatus, answered: bool, abstained: bool) -> None:
    verdict = judged(shelf, shelf.answer(status=status))
    assert (verdict.answered, verdict.abstained) == (answered, abstained)


def test_a_refusal_that_repeats_the_facts_is_not_complete(shelf: Any) -> None:
    assert judged(shelf, shelf.refusal(), ("refunds.md", "fee in euros")).completeness == 0.0


def test_an_unanswerable_question_has_no_completeness(shelf: Any) -> None:
    assert judged(shelf, shelf.refusal()).completeness is None


def test_a_repeated_quote_has_all_its_places() -> None:
    text = "请先备份。然后升级。请先备份。"
    assert places_of("请先备份。", text) == [Span(0, 5), Span(10, 15)]
    assert places_of("Back up", text) == []


def test_facts_are_numbers_codes_and_content_words() -> None:
    assert facts("The fee for E-207 is 2.50 euros") == {"fee", "e-207", "207", "2.50", "2", "euro", "e"}
    assert facts("手续费为 20 元") == {"手续", "续费", "费为", "20"}


@pytest.mark.parametrize(
    ("gold", "text", "expected"),
    [
        (["The fee is 20 euros"], "You pay a fee of 20 euros.", 1.0),
        (["The fee is 20 euros"], "You pay a fee of 30 euros.", 2 / 3),
        (["手续费为 20 元"], "退款的手续费是 20 元。", 3 / 4),
        # The same statement in two places: the closer one counts.
        (["fee 20 euros refund", "fee 20 euros refund request now"], "fee 20 euros refund", 1.0),
        # Two statements: both count, three facts and two.
        (["fee 20 euros", "ten days"], "fee 20 euros", 3 / 5),
        # Function words count only where a gold quote holds nothing else.
        (["How to"], "This is how to pay.", 1.0),
        (["。"], "anything", None),
        ([], "anything", None),
    ],
)
def test_completeness_is_the_share_of_facts(gold: Sequence[str], text: str, expected: float | None) -> None:
    assert completeness(gold, text) == (None if expected is None else pytest.approx(expected))


@given(st.lists(st.text(alphabet="ab 12退款费", max_size=12), max_size=4), st.text(alphabet="ab 12退款费", max_size=20))
def test_completeness_lies_in_0_to_1_and_quoting_everything_is_complete(gold: list[str], text: str) -> None:
    value = completeness(gold, text)
    assert value is None or 0 <= value <= 1
    assert completeness(gold, "\n".join(gold)) in (None, 1.0)
