"""Interval estimates: how far a figure would move with other questions of the same kind.

The percentile bootstrap over questions (Efron 1979; for retrieval measures Sakai 2006): resample questions with
replacement, compute the figure again, take the middle 95 %. Comparing two runs belongs here too: hand ``bootstrap`` a
statistic of paired differences, so that both runs always see the same resampled questions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Indices: TypeAlias = NDArray[np.int64]

RESAMPLES = 1_000
CONFIDENCE = 0.95
_SEED = 42


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """``low <= high``, in the unit of the figure."""

    low: float
    high: float


def bootstrap(statistic: Callable[[Indices], float], n: int, *, resamples: int = RESAMPLES) -> Interval | None:
    """The interval of ``statistic`` over ``n`` questions; equal input gives an equal interval.

    ``statistic`` takes positions of shape (n,), with repeats, and may give NaN where the figure is undefined for them;
    None where it is undefined for all. Raises ``ValueError`` when there is nothing to resample.
    """
    if n < 1 or resamples < 1:
        raise ValueError(f"a bootstrap needs questions and resamples, got n={n} and resamples={resamples}")
    draw = np.random.default_rng(_SEED)
    values = np.array([statistic(draw.integers(n, size=n)) for _ in range(resamples)], dtype=np.float64)
    values = values[~np.isnan(values)]
    return _middle(values) if values.size else None


def _middle(values: NDArray[np.float64]) -> Interval:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(low=float(low), high=float(high))


def mean_interval(values: Sequence[float], *, resamples: int = RESAMPLES) -> Interval:
    """The interval of the mean of one value per question. Raises ``ValueError`` without values."""
    [interval] = mean_intervals(np.asarray(values, dtype=np.float64)[None, :], resamples=resamples)
    return interval


def mean_intervals(values: NDArray[np.float64], *, resamples: int = RESAMPLES) -> list[Interval]:
    """The intervals of the means of several figures over the same questions, shape (figures, n).

    All figures see the same resampled questions. Raises ``ValueError`` without values.
    """
    n = values.shape[1]
    if n < 1:
        raise ValueError(f"a bootstrap needs questions, got n={n}")
    if not np.isfinite(values).all():
        raise ValueError("the values are not numbers")
    draw = np.random.default_rng(_SEED)
    columns = np.ascontiguousarray(values.T)
    means = np.stack([columns[draw.integers(n, size=n)].mean(axis=0) for _ in range(resamples)])
    return [_middle(column) for column in means.T]


def share_interval(parts: Sequence[float], wholes: Sequence[float]) -> Interval | None:
    """The interval of ``sum(parts) / sum(wholes)`` where each question gives one part and one whole.

    Quotes of one answer stand and fall together, so questions are resampled, not quotes. None without any whole.
    """
    [interval] = share_intervals(np.array([parts], dtype=np.float64), np.array([wholes], dtype=np.float64))
    return interval


def share_intervals(parts: NDArray[np.float64], wholes: NDArray[np.float64]) -> list[Interval | None]:
    """``share_interval`` for each row of two arrays of shape (figures, n), over the same resampled questions.

    Raises ``ValueError`` without questions.
    """
    n = parts.shape[1]
    if n < 1:
        raise ValueError(f"a bootstrap needs questions, got n={n}")
    draw = np.random.default_rng(_SEED)
    # How often each question was drawn: thousands of small sums become one product of matrices.
    times = np.stack([np.bincount(draw.integers(n, size=n), minlength=n) for _ in range(RESAMPLES)]).astype(np.float64)
    totals, sums = wholes @ times.T, parts @ times.T
    return [_share(found, total) for found, total in zip(sums, totals, strict=True)]


def _share(found: NDArray[np.float64], total: NDArray[np.float64]) -> Interval | None:
    held = total > 0
    return _middle(found[held] / total[held]) if held.any() else None
