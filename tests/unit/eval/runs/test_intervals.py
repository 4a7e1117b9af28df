"""Intervals are repeatable, hold the figure and narrow with more questions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.runs.intervals import Interval, bootstrap, mean_interval, mean_intervals, share_interval


def test_equal_values_give_equal_intervals() -> None:
    values = [at**2 / 400 for at in range(20)]
    assert mean_interval(values) == mean_interval(values)


def test_a_figure_that_never_varies_has_no_width() -> None:
    assert mean_interval([0.25] * 7) == Interval(low=0.25, high=0.25)


def test_the_interval_of_a_proportion_is_near_the_one_of_theory() -> None:
    values = [1.0] * 200 + [0.0] * 200
    interval = mean_interval(values)
    half = 1.96 * (0.5 * 0.5 / 400) ** 0.5  # the normal approximation: 0.049
    assert interval.low == pytest.approx(0.5 - half, abs=0.008)
    assert interval.high == pytest.approx(0.5 + half, abs=0.008)


def test_more_questions_make_it_narrower() -> None:
    few, many = mean_interval([0.0, 1.0] * 5), mean_interval([0.0, 1.0] * 200)
    assert many.high - many.low < (few.high - few.low) / 3


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_the_bounds_are_ordered_and_stay_within_the_values(values: list[float]) -> None:
    interval = mean_interval(values, resamples=50)
    assert min(values) - 1e-9 <= interval.low <= interval.high <= max(values) + 1e-9


def test_a_share_resamples_questions_and_not_quotes() -> None:
    # Ten questions with one wrong quote each; the eleventh has a hundred right ones and carries the share.
    interval = share_interval([0.0] * 10 + [100.0], [1.0] * 10 + [100.0])
    assert interval is not None
    assert interval.low == 0.0
    assert interval.high > 0.95


def test_a_share_of_nothing_has_no_interval() -> None:
    assert share_interval([0.0, 0.0], [0.0, 0.0]) is None


def test_resamples_in_which_a_figure_is_undefined_are_left_out() -> None:
    interval = bootstrap(lambda chosen: float("nan") if chosen[0] == 0 else 1.0, 2, resamples=20)
    assert interval == Interval(low=1.0, high=1.0)


def test_nothing_to_resample_is_refused() -> None:
    with pytest.raises(ValueError, match="n=0"):
        mean_interval([])


def test_values_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="not numbers"):
        mean_interval([float("nan")])


def test_figures_over_the_same_questions_have_the_intervals_that_each_has_alone() -> None:
    rows = np.array([[at**2 / 400 for at in range(20)], [0.5] * 20, [at % 2 for at in range(20)]])
    together = mean_intervals(rows)
    for row, interval in zip(rows, together, strict=True):
        alone = mean_interval(list(row))
        assert (interval.low, interval.high) == (pytest.approx(alone.low), pytest.approx(alone.high))
    assert together[0] != together[2]


def test_the_mean_has_the_interval_of_the_general_bootstrap() -> None:
    values = np.array([at**2 / 400 for at in range(20)])
    general = bootstrap(lambda chosen: float(values[chosen].mean()), 20)
    assert general is not None
    assert mean_interval(list(values)).low == pytest.approx(general.low)
    assert mean_interval(list(values)).high == pytest.approx(general.high)


def test_the_statistic_sees_as_many_positions_as_there_are_questions() -> None:
    seen: list[tuple[int, int, int]] = []

    def statistic(chosen: np.ndarray) -> float:
        seen.append((len(chosen), int(chosen.min()), int(chosen.max())))
        return 0.0

    bootstrap(statistic, 5, resamples=200)
    assert {size for size, _, _ in seen} == {5}
    assert (min(low for _, low, _ in seen), max(high for _, _, high in seen)) == (0, 4)
