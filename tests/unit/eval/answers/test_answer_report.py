"""Figures over a handful of verdicts, counted by hand."""

import re
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from core.types import Answer, AnswerStatus, Language, Usage
from eval.answers.present import print_answers
from eval.answers.report import FIGURES, figures, report_on
from eval.answers.verdicts import Judge, Verdict
from eval.sets.questions import GoldQuote, JudgedQuestion

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
    found = figures(verdicts).values
    assert found == {
        "exact_location_rate": 3 / 4,
        "citation_precision": 2 / 4,
        "citation_recall": 2 / 3,
        # 22 of 59 shown characters; 8 of the 9 that were moved by one; none of the unanswerable question's.
        "citation_char_precision": pytest.approx((22 / 59 + 8 / 9 + 0) / 3),
        "citation_char_recall": pytest.approx((1 + 8 / 9 + 0) / 3),
        "claim_support": 1.0,
        "graded_support": None,
        "completeness": 2 / 3,
        "rouge_l": pytest.approx(2 / 3),
        "bleu": pytest.approx(2 / 3),
        "unanswerable_abstained": 1 / 2,
        "false_answers": 1 / 2,
        "false_refusals": 1 / 3,
        "answered": 3 / 5,
        "selective_risk": 1 / 3,
        "accuracy": 3 / 5,
        # Answerable .9 .4 .3 against .6 .1: four of six pairs are in order.
        "auroc": pytest.approx(4 / 6),
        # Two bins: .1 .3 .4 with two of three answerable, .6 .9 with one of two.
        "calibration_error": pytest.approx((3 * abs(0.8 / 3 - 2 / 3) + 2 * abs(0.75 - 1 / 2)) / 5),
        "brier": pytest.approx((0.1**2 + 0.6**2 + 0.7**2 + 0.6**2 + 0.1**2) / 5),
        # What was turned away was not asked again without the bar.
        "aurc": None,
        "excess_aurc": None,
    }


def test_risk_and_coverage_need_an_answer_to_every_question(shelf: Any, verdicts: list[Verdict]) -> None:
    assert figures(verdicts).curve == ()
    answered = [each for each in verdicts if each.answered]
    found = figures(answered)
    # .9 right, .6 wrong, .4 right: risks 0, 1/2, 1/3; at best 0, 0, 1/3.
    assert found.values["aurc"] == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    assert found.values["excess_aurc"] == pytest.approx((1 / 2) / 3)
    assert found.curve[-1].risk == pytest.approx(1 / 3)


def test_a_question_with_a_reference_alone_is_right_when_it_is_answerable(shelf: Any) -> None:
    question = JudgedQuestion(id="q", question="?", language="en", answerable=True, reference="Ten working days.")
    ten = shelf.citation("refunds.md", "Refunds take 10 working days.")
    answer = shelf.answer(ten, text="Refunds take 10 working days.")
    found = figures([Judge(KB, shelf.document_text)(question, answer)]).values
    assert found["accuracy"] == 1.0
    for name in ("precision", "recall", "char_precision", "char_recall"):
        assert found[f"citation_{name}"] is None
    # "working" and "days" of ten, work, day; two in a row of five and three tokens.
    assert (found["completeness"], found["rouge_l"]) == (pytest.approx(2 / 3), pytest.approx(2 * 2 / 8))


def test_latency_and_tokens_are_counted_by_group(shelf: Any) -> None:
    answers = [
        replace(
            shelf.refusal(),
            timings_ms={"total": 10.0, "first_claim": 4.0, "retrieve": 3.0, "sentences": 5.0},
            usage=Usage(input_tokens=100),
        ),
        replace(shelf.refusal(), timings_ms={"total": 30.0}, usage=Usage(output_tokens=50)),
    ]
    costs = figures([verdict(shelf, answer) for answer in answers]).costs
    assert costs.latency_ms["total"] == pytest.approx({"p50": 20.0, "p95": 29.0, "p99": 29.8})
    assert costs.latency_ms["first_claim"]["p50"] == 4.0
    assert costs.latency_ms["added"]["p50"] == 16.0  # of 10 - 3 - 5 and 30
    assert (costs.input_tokens, costs.output_tokens) == (50.0, 25.0)


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
    ended = {"unanswerable_abstained": 1.0, "false_answers": 0.0, "answered": 0.0, "accuracy": 1.0}
    # A probability of .1 for what has no answer.
    ended |= {"calibration_error": pytest.approx(0.1), "brier": pytest.approx(0.01)}
    assert only.values == {**dict.fromkeys(FIGURES), **ended}
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
        value, interval = found.values[name], found.intervals[name]
        if value is None:
            assert interval is None
        else:
            assert interval is not None
            assert interval.low <= value <= interval.high


def test_few_questions_give_no_row_of_the_curve_twice(verdicts: list[Verdict]) -> None:
    shown = StringIO()
    answered = [verdicts[0], verdicts[1], verdicts[3]]
    print_answers(report_on(answered), Console(file=shown, width=130))
    rows = re.findall(r"(?m)^\W*(\d\.\d\d)\W.*\(", shown.getvalue().partition("by coverage")[2])
    assert rows == ["0.33", "0.67", "1.00"]


def test_figures_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="n=0"):
        figures([])
