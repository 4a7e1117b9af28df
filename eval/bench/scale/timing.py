"""Milliseconds of single queries: the quiet ones in the middle, the slow ones at the end, and processor time."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

import numpy as np

from eval.bench.scale.corpus import Asked

Ask: TypeAlias = Callable[[Asked], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds of one query: wall-clock percentiles and mean processor time, each the median of the turns."""

    queries: int
    p50_ms: float
    p99_ms: float
    processor_ms: float


def in_turns(sides: Mapping[str, Ask], asked: Mapping[str, Sequence[Asked]], turns: int) -> dict[str, Latency]:
    """Every side asks its questions one by one, side by side in each turn, after a turn that is not counted."""
    taken: dict[str, list[Latency]] = {name: [] for name in sides}
    for turn in range(turns + 1):
        for name, ask in sides.items():
            measured = timed(ask, asked[name])
            if turn:
                taken[name].append(measured)
    return {name: _middle(each) for name, each in taken.items()}


def timed(ask: Ask, asked: Sequence[Asked]) -> Latency:
    """One turn."""
    processor = time.process_time()
    seconds = [_seconds(ask, each) for each in asked]
    return latency(seconds, time.process_time() - processor)


def latency(seconds: Sequence[float], processor_seconds: float) -> Latency:
    """Of these queries, which took so much processor time together."""
    p50, p99 = np.percentile(seconds, [50, 99])
    return Latency(
        queries=len(seconds),
        p50_ms=rounded(1000 * p50),
        p99_ms=rounded(1000 * p99),
        processor_ms=rounded(1000 * processor_seconds / len(seconds)),
    )


def rounded(value: float) -> float:
    """Three significant digits."""
    return float(f"{value:.3g}")


def _seconds(ask: Ask, asked: Asked) -> float:
    started = time.perf_counter()
    ask(asked)
    return time.perf_counter() - started


def _middle(turns: Sequence[Latency]) -> Latency:
    return Latency(
        queries=turns[0].queries,
        p50_ms=rounded(median(turn.p50_ms for turn in turns)),
        p99_ms=rounded(median(turn.p99_ms for turn in turns)),
        processor_ms=rounded(median(turn.processor_ms for turn in turns)),
    )
