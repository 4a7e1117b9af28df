"""Two ways of doing the same thing, timed in turns, so that a busy machine slows both."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

Work: TypeAlias = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """One figure of each side: the median of its turns.

    ``ratio`` is that of the first side to the second, turn by turn and then the median; None with one side only.
    """

    figure: str
    unit: str
    sides: Mapping[str, float]
    ratio: float | None


def take_turns(sides: Mapping[str, Work], turns: int) -> dict[str, list[float]]:
    """Seconds of each turn by side, after one turn of each that is not counted.

    Raises ``ValueError`` for less than one turn.
    """
    if turns < 1:
        raise ValueError(f"a measurement needs a turn at least, got {turns}")
    for work in sides.values():
        work()
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(turns):
        for name, work in sides.items():
            start = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def rate(figure: str, unit: str, amount: float, seconds: Mapping[str, Sequence[float]]) -> Speed:
    """``amount`` of something per second, higher is better."""
    return _speed(figure, unit, {name: [amount / each for each in taken] for name, taken in seconds.items()})


def milliseconds(figure: str, calls: int, seconds: Mapping[str, Sequence[float]]) -> Speed:
    """Milliseconds of one of ``calls``, lower is better."""
    return _speed(figure, "ms", {name: [1_000 * each / calls for each in taken] for name, taken in seconds.items()})


def _speed(figure: str, unit: str, values: Mapping[str, Sequence[float]]) -> Speed:
    first, *others = values.values()
    ratios = [one / other for one, other in zip(first, others[0], strict=True)] if others else []
    return Speed(
        figure=figure,
        unit=unit,
        sides={name: _rounded(median(each)) for name, each in values.items()},
        ratio=_rounded(median(ratios)) if ratios else None,
    )


def _rounded(value: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{value:.4g}")
