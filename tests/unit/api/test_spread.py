"""Ranks read from buckets."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.spread import Spread, from_cumulative


def test_a_quantile_is_even_within_its_bucket():
    # Ten of at most 1 s, ten between 1 and 2 s.
    spread = Spread((1.0, 2.0), (10, 10, 0))
    assert spread.quantile(0.25) == pytest.approx(0.5)
    assert spread.quantile(0.5) == pytest.approx(1.0)
    assert spread.quantile(0.75) == pytest.approx(1.5)
    assert spread.quantile(1.0) == pytest.approx(2.0)


def test_empty_buckets_are_skipped_and_what_exceeds_all_counts_as_the_last_bound():
    assert Spread((1.0, 2.0, 4.0), (0, 0, 4, 0)).quantile(0.5) == pytest.approx(3.0)
    assert Spread((1.0, 2.0), (0, 0, 7)).quantile(0.5) == 2.0
    assert Spread((1.0,), (0, 0)).quantile(0.5) is None


def test_counts_that_do_not_fit_the_bounds_are_refused():
    with pytest.raises(ValueError, match="2 bounds need one count more, not 2"):
        Spread((1.0, 2.0), (1, 1))


def test_cumulative_buckets_become_counts_of_their_own():
    spread = from_cumulative([(0.1, 2.0), (1.0, 5.0), (float("inf"), 6.0)])
    assert spread == Spread((0.1, 1.0), (2, 3, 1))
    assert spread.total == 6


@given(st.lists(st.floats(0.001, 99.0), min_size=1, max_size=60), st.floats(0.01, 1.0))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(seconds, share):
    bounds = (0.01, 0.1, 1.0, 10.0, 100.0)
    cumulative = [(bound, float(sum(each <= bound for each in seconds))) for bound in (*bounds, float("inf"))]
    found = from_cumulative(cumulative).quantile(share)
    true = sorted(seconds)[ceil(share * len(seconds)) - 1]
    above = next(bound for bound in bounds if bound >= true)
    below = max((bound for bound in bounds if bound < true), default=0.0)
    assert below <= found <= above
