"""Tests of pairs: exact where it can be, agreeing with scipy where it is drawn, quiet about nothing."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eval.compare.significance import effect_size, holm, mean_intervals, resampled, sign_flip


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)[:, None]


def test_three_equal_gains_have_two_of_eight_sign_patterns_as_extreme() -> None:
    assert sign_flip(column(1, 1, 1)).tolist() == [2 / 8]
    assert sign_flip(column(-1, -1, -1), lower=True).tolist() == [1 / 8]
    assert sign_flip(column(1, 1, 1), lower=True).tolist() == [1.0]


def test_of_unequal_differences_every_pattern_with_so_large_a_sum_counts() -> None:
    # Sums of ±3 ±2 ±1: 6, 4, 2, 0, 0, -2, -4, -6; the observed 3 + 2 - 1 = 4.
    assert sign_flip(column(3, 2, -1)).tolist() == [4 / 8]
    assert sign_flip(column(-3, -2, 1), lower=True).tolist() == [2 / 8]


def test_queries_without_a_difference_or_without_a_figure_change_nothing() -> None:
    padded = column(3, 2, -1, *[0.0] * 500, *[np.nan] * 500)
    assert sign_flip(padded).tolist() == [4 / 8]


def test_equal_runs_are_never_significant() -> None:
    assert sign_flip(np.zeros((400, 3))).tolist() == [1.0, 1.0, 1.0]
    assert sign_flip(np.zeros((400, 1)), lower=True).tolist() == [1.0]


def test_differences_that_add_up_in_another_order_are_ties() -> None:
    # 0.1 + 0.2 - 0.3 is 5.6e-17, not 0: every pattern with that sum or more is as extreme.
    assert sign_flip(column(0.1, 0.2, -0.3)).tolist() == [1.0]


@pytest.mark.parametrize("alternative", ["two-sided", "less"])
@pytest.mark.parametrize("n", [10, 60])
def test_p_values_agree_with_scipy(n: int, alternative: str) -> None:
    draw = np.random.default_rng(n)
    baseline, variant = draw.uniform(size=n), draw.uniform(size=n) - 0.1
    expected = stats.permutation_test(
        (variant, baseline),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        alternative=alternative,
        n_resamples=20_000,
        rng=np.random.default_rng(1),
    ).pvalue
    [found] = sign_flip((variant - baseline)[:, None], lower=alternative == "less")
    # Ten queries have 1,024 patterns and both are exact; of sixty both draw theirs.
    assert found == pytest.approx(expected, abs=1e-12 if n == 10 else 0.015)


def test_one_test_in_twenty_is_a_false_alarm() -> None:
    draw = np.random.default_rng(3)
    p_values = sign_flip(draw.normal(size=(80, 1_000)), permutations=2_000)
    assert 0.03 < (p_values < 0.05).mean() < 0.07


def test_a_planted_loss_of_five_points_on_200_queries_is_found() -> None:
    draw = np.random.default_rng(4)
    [p_value] = sign_flip(draw.normal(-0.05, 0.15, size=(200, 1)))
    assert p_value < 0.001


def test_no_p_value_is_zero() -> None:
    assert sign_flip(np.ones((300, 1))).tolist() == [1 / 10_001]


def test_five_thousand_queries_and_seven_measures_take_little_memory() -> None:
    differences = np.random.default_rng(5).normal(size=(5_000, 7))
    tracemalloc.start()
    sign_flip(differences)
    mean_intervals(differences)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150_000_000


def test_columns_are_independent_of_their_neighbours() -> None:
    many = np.random.default_rng(6).normal(0.02, 0.2, size=(150, 4))
    alone = [float(sign_flip(many[:, [at]])[0]) for at in range(4)]
    assert sign_flip(many).tolist() == pytest.approx(alone)


def test_the_interval_of_a_mean_is_that_of_scipy_and_skips_missing_figures() -> None:
    values = np.random.default_rng(7).exponential(size=120)
    expected = stats.bootstrap(
        (values,), np.mean, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    [interval, padded, constant, nothing] = mean_intervals(
        np.column_stack(
            [np.r_[values, values], np.r_[values, [np.nan] * 120], np.full(240, 0.25), np.full(240, np.nan)]
        )
    )
    assert padded is not None
    assert interval is not None
    assert padded.low == pytest.approx(expected.low, abs=0.03)
    assert padded.high == pytest.approx(expected.high, abs=0.03)
    assert interval.high - interval.low < padded.high - padded.low
    assert constant is not None
    assert (constant.low, constant.high) == pytest.approx((0.25, 0.25))
    assert nothing is None


def test_a_resampled_statistic_sees_every_draw_once() -> None:
    counts = resampled(lambda at: np.asarray(at.shape[1] * np.ones(len(at))), 7, resamples=33)
    assert counts.tolist() == [7.0] * 33


def test_holm_multiplies_the_smallest_by_the_number_of_tests_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=30))
def test_holm_lies_between_the_raw_and_the_bonferroni_values_in_the_same_order(p_values: list[float]) -> None:
    corrected = holm(p_values)
    for raw, value in zip(p_values, corrected, strict=True):
        assert raw <= value <= min(1.0, raw * len(p_values) + 1e-12)
    pairs = sorted(zip(p_values, corrected, strict=True))
    assert [value for _, value in pairs] == sorted(corrected)


def test_effect_size_is_the_mean_in_standard_deviations() -> None:
    assert effect_size(np.array([1.0, 3.0, np.nan])) == pytest.approx(2 / np.sqrt(2))
    assert effect_size(np.array([0.5, 0.5])) is None
    assert effect_size(np.array([0.5])) is None
