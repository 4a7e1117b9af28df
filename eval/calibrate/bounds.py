"""Bounds on shares, and the lowest bar that keeps a promise about them.

Learn then Test (Angelopoulos et al. 2021) with a fixed sequence: the bars of a grid are tested from the strictest down,
each at the full error level, until one fails. What stands above the failure holds together with the wanted confidence,
without any assumption about the scores, for questions like those tested.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeAlias

from scipy.stats import beta, binomtest  # type: ignore[import-untyped]  # scipy ships no types

from eval.runs.intervals import CONFIDENCE, Interval

# Fixed before any question is looked at: bars from 0.995 down to 0.005.
GRID = tuple(step / 200 for step in range(199, 0, -1))

Counts: TypeAlias = Callable[[float], tuple[int, int]]
"""Questions shown at a bar, and how many of those are wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The promise: of what is shown, ``precision`` (0 to 1) or more is right, held with ``confidence``."""

    precision: float = 0.95
    confidence: float = 0.9

    def __post_init__(self) -> None:
        for name, value in (("precision", self.precision), ("confidence", self.confidence)):
            if not 0 < value < 1:
                raise ValueError(f"{name} must lie between 0 and 1, got {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The lowest bar that keeps the promise: ``shown`` questions pass it, ``wrong`` of them are wrong, and the share of
    wrong ones is ``upper_risk`` at most, with the wanted confidence or more."""

    value: float
    shown: int
    wrong: int
    upper_risk: float


def upper_risk(wrong: int, shown: int, confidence: float) -> float:
    """Clopper and Pearson's one-sided upper bound (1934) on the share of wrong ones, 0 to 1; 1 where none is shown."""
    if wrong >= shown:
        return 1.0
    return float(beta.ppf(confidence, wrong + 1, shown - wrong))


def exact_interval(successes: int, n: int, confidence: float = CONFIDENCE) -> Interval | None:
    """Clopper and Pearson's two-sided interval (1934) of a share; None without trials."""
    if not n:
        return None
    bounds = binomtest(successes, n).proportion_ci(confidence_level=confidence, method="exact")
    return Interval(low=float(bounds.low), high=float(bounds.high))


@cache
def least_questions(wanted: Wanted, wrong: int = 0) -> int:
    """How many must be shown before ``wrong`` wrong ones among them keep the promise."""
    shown = wrong + 1
    while upper_risk(wrong, shown, wanted.confidence) > 1 - wanted.precision:
        shown += 1
    return shown


def lowest_bar(counts: Counts, wanted: Wanted) -> Bar | None:
    """None where no bar can promise that much.

    A sequence can only begin where enough questions are shown. One begins where all of them must be right, and, given
    the questions, a second where two may be wrong; then each has half the error level. How many are shown decides that,
    never how many are wrong, so nothing is spent on it.
    """
    half = replace(wanted, confidence=(1 + wanted.confidence) / 2)
    forgiving = least_questions(half, wrong=2)
    if counts(GRID[-1])[0] < forgiving:
        return _sequence(counts, least_questions(wanted), wanted)
    bars = (_sequence(counts, start, half) for start in (least_questions(half), forgiving))
    return min((bar for bar in bars if bar), key=lambda bar: bar.value, default=None)


def _sequence(counts: Counts, start: int, wanted: Wanted) -> Bar | None:
    """The last bar before the first failure, from the first one on that shows ``start`` questions."""
    passed: Bar | None = None
    for value in GRID:
        shown, wrong = counts(value)
        if shown < start:
            continue
        bound = upper_risk(wrong, shown, wanted.confidence)
        if bound > 1 - wanted.precision:
            break
        passed = Bar(value=value, shown=shown, wrong=wrong, upper_risk=bound)
    return passed


def best_promise(counts: Counts, confidence: float) -> float | None:
    """The highest precision, in hundredths from .50 on, that some bar can promise. Advice, not a promise: to choose the
    precision by what the questions give is to test many times."""
    hundredths = (percent / 100 for percent in range(99, 49, -1))
    held = (p for p in hundredths if lowest_bar(counts, Wanted(precision=p, confidence=confidence)))
    return next(held, None)
