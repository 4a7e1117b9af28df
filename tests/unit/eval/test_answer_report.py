"""Figures over a handful of verdicts, counted by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Answer, AnswerStatus, Language
from eval.answer_report import FIGURES, auroc, figures, report_on
from eval.questions import GoldQuote, JudgedQuestion
from eval.verdicts import Judge, Verdict

KB = "help"


def verdict(
    shelf: Any, answer: Answer, *, gold: str = "", language: Language = "en", tags: tuple[str, ...] = ()
) -> Verdict:
    source = "refunds.md" if language == "en" else "退款.md"
    quotes = (GoldQuote(source=source, quote=gold),) if gold else ()
    question = JudgedQuestion(id="q", question="?", language=language, answerable=bool(gold), gold=quotes, tags=tags)
    return Judge(KB, shelf.document_text)(question, answer)


@pytest.fixture
def verdicts(shelf: Any) -> list[Verdict]:
    fee = shelf.citation("refunds.md", "The fee is 2.50 euros.")
    label = shelf.citation("refunds.md", "A label can be voided within 14 days.")
    days = shelf.citation("退款.md", "14 天内可以作废", shift=-1)
    full = shelf.answer(fee, label, text="The fee is 2.50 euros.", probability=0.9)
    moved = shelf.answer(days, text="14 天内可以作废", probability=0.4)
    wrong = shelf.answer(label, text="14 days", probability=0.6)
    return [
        verdict(shelf, full, gold="The fee is 2.50 euros.", tags=("price",)),
        verdict(shelf, moved, gold="14 天内可以作废", language="zh"),
        verdict(shelf, shelf.refusal(0.3), gold="退款需要十个工作日", language="zh", tags=("price",)),
        verdict(shelf, wrong),
        verdict(shelf, shelf.refusal(0.1), language="zh"),
    ]


def test_each_figure_is_its_share(verdicts: list[Verdict]) -> None:
    assert figures(verdicts).values == {
        "exact_location_rate": 3 / 4,
        "citation_precision": 2 / 4,
        "citation_recall": 2 / 3,
        "completeness": 2 / 3,
        "unanswerable_abstained": 1 / 2,
        "false_refusals": 1 / 3,
        # Answerable .9 .4 .3 against .6 .1: four of six pairs are in order.
        "auroc": pytest.approx(4 / 6),
    }


def test_languages_and_tags_have_their_own_figures(verdicts: list[Verdict]) -> None:
    report = report_on(verdicts)
    assert report.overall.questions == 5
    assert {name: group.questions for name, group in report.by_language.items()} == {"en": 2, "zh": 3}
    assert {name: group.questions for name, group in report.by_tag.items()} == {"price": 2}
    assert report.by_language["en"].values["exact_location_rate"] == 1.0
    assert report.by_language["zh"].values["exact_location_rate"] == 0.0
    assert report.by_tag["price"].values["false_refusals"] == 0.5


def test_what_no_question_says_anything_about_is_undefined_and_not_zero(shelf: Any) -> None:
    only = figures([verdict(shelf, shelf.refusal())])
    assert only.values == {**dict.fromkeys(FIGURES), "unanswerable_abstained": 1.0}
    assert only.intervals["citation_recall"] is None
    assert only.intervals["auroc"] is None


def test_an_unavailable_answer_is_counted_apart_and_not_as_an_honest_no(shelf: Any) -> None:
    down = shelf.answer(status=AnswerStatus.UNAVAILABLE, probability=1.0)
    found = figures([verdict(shelf, down), verdict(shelf, down, gold="The fee is 2.50 euros.")])
    assert found.unavailable == 2
    assert found.values["unanswerable_abstained"] == 0.0
    assert found.values["false_refusals"] == 1.0
    assert found.values["auroc"] is None


def test_every_defined_figure_lies_in_its_interval(verdicts: list[Verdict]) -> None:
    found = figures(verdicts)
    for name in FIGURES:
        interval = found.intervals[name]
        assert interval is not None
        assert interval.low <= found.values[name] <= interval.high


def test_auroc_counts_ties_as_half() -> None:
    scores, positive = np.array([0.5, 0.5, 0.9, 0.1]), np.array([True, False, True, False])
    assert auroc(scores, positive) == pytest.approx((0.5 + 1 + 1 + 1) / 4)


def test_auroc_needs_both_kinds() -> None:
    assert np.isnan(auroc(np.array([0.1, 0.2]), np.array([True, True])))


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.booleans()), min_size=1, max_size=20))
def test_auroc_is_the_share_of_ordered_pairs(pairs: list[tuple[float, bool]]) -> None:
    above = [score for score, positive in pairs if positive]
    below = [score for score, positive in pairs if not positive]
    found = auroc(np.array([score for score, _ in pairs]), np.array([positive for _, positive in pairs]))
    if not (above and below):
        assert np.isnan(found)
        return
    wins = sum((up > down) + 0.5 * (up == down) for up in above for down in below)
    assert found == pytest.approx(wins / (len(above) * len(below)))
