import pytest
from evaluation_files import answer_line
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.report.answers import (
    answer_figures,
    answer_slices,
    answer_times,
    expected_error,
    extra_verdicts,
    reliability,
    right,
    risk_coverage,
)
from eval.report.data import AnswerRow


def row(id_, **fields):
    return AnswerRow.model_validate(answer_line(id_, **fields))


def refused(id_, **fields):
    return row(id_, status="insufficient_evidence", **fields)


WRONG = {"source": "other.md", "quote": "other words", "exact": False, "gold": False}
MISSED = {"located_gold": False, "completeness": 0.0, "abstained": False, "false_refusal": False}
ROWS = [
    row("q1"),
    row("z1", citations=[WRONG], verdicts=MISSED, probability=0.6),
    refused("q2", probability=0.2, verdicts={**MISSED, "abstained": True, "false_refusal": True}),
    refused("z2", answerable=False, gold=[], probability=0.1, verdicts={"abstained": True, "completeness": None}),
    row("q3", answerable=False, gold=[], citations=[WRONG], verdicts={"abstained": False}, probability=0.7),
]


def test_every_figure_is_a_share_of_what_it_is_about():
    found = {name: figure.value for name, figure in answer_figures(ROWS).items()}
    assert found["exact_location_rate"] == pytest.approx(1 / 3)
    assert found["citation_precision"] == pytest.approx(1 / 3)
    assert found["citation_recall"] == pytest.approx(1 / 3)
    assert found["unanswerable_abstained"] == 0.5
    assert found["false_answers"] == 0.5
    assert found["false_refusals"] == pytest.approx(1 / 3)
    assert found["selective_risk"] == pytest.approx(2 / 3)
    assert found["answered"] == 0.6
    # Answerable .9, .6, .2 against .7, .1: above in 2 + 1 + 1 of 6 pairs.
    assert found["auroc"] == pytest.approx(4 / 6)


def test_a_figure_about_nothing_is_undefined():
    found = answer_figures([refused("q1", probability=None)])
    assert found["exact_location_rate"].value is None
    assert found["unanswerable_abstained"].value is None
    assert found["auroc"].value is None


def test_verdicts_of_a_later_release_become_means():
    rows = [row("q1", verdicts={"located_gold": True, "rouge_l": 0.25}), row("z1", verdicts={"rouge_l": 0.75})]
    assert extra_verdicts(rows) == ["rouge_l"]
    assert answer_slices(rows)[0].figures["rouge_l"].value == 0.5


def test_slices_name_languages_and_tags():
    found = answer_slices([row("q1", tags=["price"]), row("z1", tags=["price", "refund"])])
    assert [(each.kind, each.name, each.count) for each in found] == [
        ("all", "", 2),
        ("language", "en", 1),
        ("language", "zh", 1),
        ("tag", "price", 2),
        ("tag", "refund", 1),
    ]


def test_a_quote_decides_where_one_was_expected_and_else_that_there_is_an_answer():
    assert right(row("q1"))
    assert not right(row("q1", verdicts=MISSED))
    assert right(row("q1", gold=[], reference="Ten days.", verdicts={}))
    assert not right(row("q1", verdicts={"located_gold": True, "right_if_shown": False}))


def test_risk_grows_as_less_sure_answers_are_taken_in():
    curve = risk_coverage(ROWS)
    # Answered: .9 right, .7 wrong, .6 wrong, of five questions.
    assert curve.coverage == pytest.approx((1 / 5, 2 / 5, 3 / 5))
    assert curve.risk == pytest.approx((0, 1 / 2, 2 / 3))
    assert curve.area == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)
    assert curve.answered == 0.6


def test_the_curve_reaches_over_all_questions_where_every_draft_is_known():
    rows = [
        row("q1", verdicts={"right_if_shown": True}),
        refused("q2", probability=0.4, verdicts={"right_if_shown": False}),
    ]
    curve = risk_coverage(rows)
    assert (curve.coverage, curve.risk, curve.answered) == ((0.5, 1.0), (0.0, 0.5), 0.5)


def test_nothing_answered_has_no_curve():
    assert risk_coverage([refused("q1")]) is None
    assert risk_coverage([row("q1", status="unavailable", probability=0.0)]) is None


def test_a_probability_of_one_lies_in_the_last_bin():
    first, last = reliability([row("q1", probability=1.0), row("q2", probability=0.05, answerable=False, gold=[])])
    assert (first.low, first.high, first.count, first.observed.value) == (0.0, 0.1, 1, 0.0)
    assert (last.low, last.high, last.predicted, last.observed.value) == (0.9, 1.0, 1.0, 1.0)


@settings(max_examples=30)  # each bin costs a bootstrap
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_every_question_lies_in_exactly_one_bin(probabilities):
    bins = reliability([row("q1", probability=probability) for probability in probabilities])
    assert sum(each.count for each in bins) == len(probabilities)
    assert all(each.low <= each.predicted <= each.high or each.predicted == pytest.approx(each.high) for each in bins)


def test_without_probabilities_there_is_no_calibration():
    assert expected_error([row("q1", probability=None)]) is None
    assert reliability([row("q1", probability=None)]) == []


def test_times_are_taken_step_by_step():
    rows = [row("q1", timings_ms={"retrieve": 1.0, "answer": 5.0}), row("q2", timings_ms={"retrieve": 3.0})]
    assert {each.name: each.values for each in answer_times(rows)} == {"retrieve": (1.0, 3.0), "answer": (5.0,)}
