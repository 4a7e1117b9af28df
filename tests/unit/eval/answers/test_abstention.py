"""Figures of abstention, worked out by hand, and what holds whatever the scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.answers.abstention import aurc, auroc, brier, calibration_error, curve, excess_aurc

PAIRS = st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.booleans()), min_size=1, max_size=20)


def arrays(*pairs: tuple[float, bool]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([score for score, _ in pairs]), np.array([truth for _, truth in pairs], dtype=np.bool_)


def test_the_area_is_the_mean_risk_over_all_coverages() -> None:
    found = arrays((0.9, True), (0.8, False), (0.7, True), (0.1, False))
    # One of the first two is wrong, one of three, two of four.
    assert aurc(*found) == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)
    # At best both right answers come first: risks 0, 0, 1/3, 2/4.
    assert excess_aurc(*found) == pytest.approx((1 / 2 + 1 / 3 - 1 / 3) / 4)


def test_equal_scores_share_their_errors_whatever_their_order() -> None:
    first = arrays((0.5, True), (0.5, False), (0.1, True))
    second = arrays((0.5, False), (0.5, True), (0.1, True))
    assert aurc(*first) == aurc(*second) == pytest.approx((1 / 2 + 1 / 2 + 1 / 3) / 3)


def test_the_curve_tells_risk_and_threshold_at_each_coverage() -> None:
    found = arrays((0.9, True), (0.8, False), (0.7, True), (0.1, False))
    half, whole = curve(*found, coverages=(0.5, 1.0))
    assert (half.coverage, half.risk, half.threshold) == (0.5, 0.5, 0.8)
    assert (whole.coverage, whole.risk, whole.threshold) == (1.0, 0.5, 0.1)
    # Less than one question is one question.
    assert curve(*found, coverages=(0.1,))[0].coverage == 0.25


def test_bins_have_equally_many_questions() -> None:
    found = arrays((0.2, False), (0.4, True), (0.6, True), (0.8, True), (0.9, True))
    # Two bins of two or more: .2 .4 .6 with two of three, .8 .9 with two of two.
    assert calibration_error(*found) == pytest.approx((3 * abs(0.4 - 2 / 3) + 2 * abs(0.85 - 1)) / 5)


def test_a_sure_and_right_probability_costs_nothing() -> None:
    found = arrays((1.0, True), (0.0, False), (1.0, True), (0.0, False))
    assert (brier(*found), calibration_error(*found), excess_aurc(*found)) == (0.0, 0.0, 0.0)
    assert brier(*arrays((0.8, True), (0.6, False))) == pytest.approx((0.04 + 0.36) / 2)


def test_without_questions_nothing_is_known() -> None:
    nothing = arrays()
    assert all(np.isnan(figure(*nothing)) for figure in (aurc, excess_aurc, brier, calibration_error, auroc))
    assert curve(*nothing) == ()


@given(PAIRS)
def test_every_figure_lies_in_0_to_1_and_the_excess_is_no_gain(pairs: list[tuple[float, bool]]) -> None:
    found = arrays(*pairs)
    for figure in (aurc, brier, calibration_error):
        assert 0 <= figure(*found) <= 1
    assert -1e-12 <= excess_aurc(*found) <= aurc(*found) + 1e-12


@given(PAIRS, st.randoms())
def test_no_figure_depends_on_the_order_of_the_questions(pairs: list[tuple[float, bool]], draw: object) -> None:
    shuffled = list(pairs)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    for figure in (aurc, excess_aurc, brier, calibration_error):
        assert figure(*arrays(*pairs)) == pytest.approx(figure(*arrays(*shuffled)))


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
