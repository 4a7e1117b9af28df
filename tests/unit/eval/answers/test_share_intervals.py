"""Many intervals at once are those that one at a time gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.answers.share_intervals import share_intervals
from eval.runs.intervals import share_interval

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12)


@settings(max_examples=10)
@given(ROWS, ROWS)
def test_they_equal_single_intervals(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    size = min(len(first), len(second))
    pairs = np.array([first[:size], second[:size]], dtype=np.float64)
    found = share_intervals(pairs[:, :, 0], pairs[:, :, 1])
    for row, interval in zip(pairs, found, strict=True):
        single = share_interval(row[:, 0].tolist(), row[:, 1].tolist())
        assert (interval is None) == (single is None)
        if interval is not None and single is not None:
            assert (interval.low, interval.high) == pytest.approx((single.low, single.high))


def test_without_questions_there_is_nothing_to_resample() -> None:
    with pytest.raises(ValueError, match="n=0"):
        share_intervals(np.zeros((2, 0)), np.zeros((2, 0)))
