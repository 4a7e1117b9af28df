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


def bootstrap(
    statistic: Callable[[Indices], float], n: int, *, resamples: int = RESAMPLES, confidence: float = CONFIDENCE
) -> Interval | None:
    """The interval of ``statistic`` over ``n`` questions; equal input gives an equal interval.

    ``statistic`` takes positions of shape (n,), with repeats, and may give NaN where the figure is undefined for them;
    None where it is undefined for all. Raises ``ValueError`` when there is nothing to resample.
    """
    if n < 1 or resamples < 1:
        raise ValueError(f"a bootstrap needs questions and resamples, got n={n} and resamples={resamples}")
    draw = np.random.default_rng(_SEED)
    values = np.array([statistic(draw.integers(n, size=n)) for _ in range(resamples)], dtype=np.float64)
    values = values[~np.isnan(values)]
    if not values.size:
        return None
    tail = (1 - confidence) / 2
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
    tail = (1 - CONFIDENCE) / 2
    lows, highs = np.quantile(means, [tail, 1 - tail], axis=0)
    return [Interval(low=float(low), high=float(high)) for low, high in zip(lows, highs, strict=True)]


def share_interval(parts: Sequence[float], wholes: Sequence[float], *, resamples: int = RESAMPLES) -> Interval | None:
    """The interval of ``sum(parts) / sum(wholes)`` where each question gives one part and one whole.

    Quotes of one answer stand and fall together, so questions are resampled, not quotes. None without any whole.
    """
    part, whole = np.asarray(parts, dtype=np.float64), np.asarray(wholes, dtype=np.float64)

    def share(chosen: Indices) -> float:
        total = float(whole[chosen].sum())
        return float(part[chosen].sum()) / total if total else float("nan")

    return bootstrap(share, len(part), resamples=resamples)
