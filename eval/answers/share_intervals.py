"""Intervals of many shares over the same questions at once: thousands of small sums as one matrix product."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eval.runs.intervals import CONFIDENCE, RESAMPLES, Interval

_SEED = 42


def share_intervals(parts: NDArray[np.float64], wholes: NDArray[np.float64]) -> Sequence[Interval | None]:
    """What ``eval.runs.intervals.share_interval`` gives for each row; both arrays have shape (figures, n).

    None for a figure without any whole. Raises ``ValueError`` without questions.
    """
    n = parts.shape[1]
    if n < 1:
        raise ValueError(f"a bootstrap needs questions, got n={n}")
    draw = np.random.default_rng(_SEED)
    times = np.stack([np.bincount(draw.integers(n, size=n), minlength=n) for _ in range(RESAMPLES)]).astype(np.float64)
    totals, sums = wholes @ times.T, parts @ times.T
    return [_interval(found[total > 0] / total[total > 0]) for found, total in zip(sums, totals, strict=True)]


def _interval(shares: NDArray[np.float64]) -> Interval | None:
    if not shares.size:
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(shares, [tail, 1 - tail])
    return Interval(low=float(low), high=float(high))
