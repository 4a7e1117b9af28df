import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.calibrate.bounds import (
    GRID,
    Bar,
    Wanted,
    best_promise,
    exact_interval,
    least_questions,
    lowest_bar,
    upper_risk,
)


def counts_of(scores, wrong):
    scores, wrong = np.array(scores), np.array(wrong, dtype=bool)
    return lambda bar: (int((scores >= bar).sum()), int(wrong[scores >= bar].sum()))


def test_without_a_wrong_one_the_bound_is_what_chance_would_hide():
    # (1 - risk) ** 20 == 0.1
    assert upper_risk(0, 20, 0.9) == pytest.approx(1 - 0.1 ** (1 / 20))


def test_one_wrong_of_ten_may_be_as_many_as_a_third():
    # Clopper and Pearson, one-sided 0.9: the root of (1-p)^10 + 10 p (1-p)^9 = 0.1
    risk = upper_risk(1, 10, 0.9)
    assert (1 - risk) ** 10 + 10 * risk * (1 - risk) ** 9 == pytest.approx(0.1)


@pytest.mark.parametrize(("wrong", "shown"), [(0, 0), (3, 3)])
def test_nothing_shown_and_nothing_right_bound_nothing(wrong, shown):
    assert upper_risk(wrong, shown, 0.9) == 1.0


@pytest.mark.parametrize(("confidence", "least"), [(0.9, 45), (0.95, 59)])
def test_the_rule_of_three_says_how_many_questions_a_promise_needs(confidence, least):
    # 0.95 ** 45 is just under 0.1, 0.95 ** 59 just under 0.05.
    assert least_questions(Wanted(precision=0.95, confidence=confidence)) == least


def test_the_lowest_bar_stops_before_the_wrong_ones_are_too_many():
    # 60 right ones at 0.8, then 40 at 0.4 of which half are wrong.
    scores = [0.8] * 60 + [0.4] * 40
    wrong = [False] * 60 + [True, False] * 20
    bar = lowest_bar(counts_of(scores, wrong), Wanted(precision=0.95, confidence=0.9))
    # 100 questions are too few for a second sequence; the grid's lowest bar above 0.4 is 0.405.
    assert bar == Bar(value=0.405, shown=60, wrong=0, upper_risk=pytest.approx(1 - 0.1 ** (1 / 60)))


def test_many_questions_forgive_an_early_wrong_one():
    # The strictest 60 hold one wrong one and fail; of 300 with that one, 1.9 % may be wrong at half the error level.
    scores = [0.9] * 60 + [0.5] * 240
    bar = lowest_bar(counts_of(scores, [True] + [False] * 299), Wanted(precision=0.95, confidence=0.9))
    assert (bar.value, bar.shown, bar.wrong) == (GRID[-1], 300, 1)
    assert bar.upper_risk == pytest.approx(upper_risk(1, 300, 0.95))


def test_a_lucky_stretch_below_a_failure_does_not_count():
    # Both sequences begin among the 130 at 0.9, of which 13 are wrong; the 870 right ones below would pass.
    scores = [0.9] * 130 + [0.5] * 870
    wrong = [True] * 13 + [False] * 987
    assert lowest_bar(counts_of(scores, wrong), Wanted()) is None


def test_all_right_gives_the_lowest_bar_of_all():
    assert lowest_bar(counts_of([0.9] * 100, [False] * 100), Wanted()).value == GRID[-1]


def test_too_few_questions_promise_nothing():
    counts = counts_of([0.9] * 44, [False] * 44)
    assert lowest_bar(counts, Wanted()) is None
    # 44 right ones: 0.94 ** 44 is .066, 0.95 ** 44 is .105.
    assert best_promise(counts, 0.9) == 0.94


def test_no_promise_at_all_is_none():
    assert best_promise(counts_of([0.9] * 3, [True] * 3), 0.9) is None


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=150),
    st.floats(0.5, 0.99),
)
def test_a_bar_always_keeps_its_promise_on_what_it_was_found_with(questions, precision):
    counts = counts_of([score for score, _ in questions], [wrong for _, wrong in questions])
    bar = lowest_bar(counts, Wanted(precision=precision))
    if bar is not None:
        assert counts(bar.value) == (bar.shown, bar.wrong)
        assert bar.wrong / bar.shown <= bar.upper_risk <= 1 - precision


def test_the_promise_is_kept_nine_times_in_ten():
    # Scores are true probabilities; a promise of 0.8 with confidence 0.9 may be broken in a tenth of all draws.
    draw = np.random.default_rng(7)
    broken = 0
    for _ in range(200):
        scores = draw.random(150)
        wrong = draw.random(150) > scores
        bar = lowest_bar(counts_of(scores, wrong), Wanted(precision=0.8, confidence=0.9))
        # Above the bar b the mean of the scores, and so the true precision, is (1 + b) / 2.
        broken += bar is not None and (1 + bar.value) / 2 < 0.8
    assert broken <= 30


def test_the_two_sided_interval_is_exact():
    # 8 of 10: the tables give 0.4439 to 0.9748.
    interval = exact_interval(8, 10)
    assert (interval.low, interval.high) == pytest.approx((0.4439, 0.9748), abs=1e-4)
    assert exact_interval(0, 0) is None


@pytest.mark.parametrize("wanted", [{"precision": 1.0}, {"precision": 0.0}, {"confidence": 1.0}])
def test_a_promise_that_nothing_can_keep_is_refused(wanted):
    with pytest.raises(ValueError, match=r"must lie between 0 and 1, got [01]\.0"):
        Wanted(**wanted)
