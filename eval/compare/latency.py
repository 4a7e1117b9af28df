"""How much slower or faster a variant is, over the same queries.

A run times each query once, so these figures hold for runs of one quiet machine only: resampling queries shows how far
a percentile moves with other queries, not how far it moves with another machine or a busy one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from eval.compare.scores import Pair
from eval.compare.significance import Mask, Vector, middle, resampled
from eval.runs.intervals import Interval

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _percentile(percent: float) -> Statistic:
    return lambda times: np.asarray(np.percentile(times, percent, axis=-1), dtype=np.float64)


LATENCIES: Mapping[str, Statistic] = MappingProxyType(
    {
        "mean_ms": lambda times: np.asarray(times.mean(axis=-1), dtype=np.float64),
        "p50_ms": _percentile(50),
        "p95_ms": _percentile(95),
        "p99_ms": _percentile(99),
    }
)
"""Statistics over the last axis of times in milliseconds, by the names that a gate uses."""
_SHOWN = ("p50_ms", "p95_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyChange:
    """A percentile of both runs in milliseconds, and the relative change (0.1 is 10 % slower) with its interval."""

    name: str
    baseline: float
    variant: float
    change: float
    interval: Interval


def latency_changes(pair: Pair) -> tuple[LatencyChange, ...]:
    """Changes of the median and the 95th percentile; none where a run recorded no times."""
    before, after = timed(pair)
    if not len(before):
        return ()
    return tuple(_change(name, before, after) for name in _SHOWN)


def timed(pair: Pair, chosen: Mask | None = None) -> tuple[Vector, Vector]:
    """Times of both runs in milliseconds for the chosen queries, or all, that both timed."""
    before, after = pair.baseline.milliseconds, pair.variant.milliseconds
    known = (before > 0) & (after > 0)  # NaN is neither
    if chosen is not None:
        known &= chosen
    return before[known], after[known]


def _change(name: str, before: Vector, after: Vector) -> LatencyChange:
    statistic = LATENCIES[name]
    shares = resampled(lambda chosen: statistic(after[chosen]) / statistic(before[chosen]) - 1, len(before))
    return LatencyChange(
        name=name,
        baseline=float(statistic(before)),
        variant=float(statistic(after)),
        change=float(statistic(after) / statistic(before) - 1),
        interval=middle(shares),
    )
