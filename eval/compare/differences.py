"""Differences of pairs of runs by measure and slice, each with its interval and its corrected p-value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from eval.compare.changes import TIE
from eval.compare.scores import LOWER_IS_BETTER, Pair
from eval.compare.significance import ALPHA, Vector, effect_size, holm, mean_intervals, sign_flip
from eval.compare.slices import Part
from eval.runs.intervals import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One measure of one pair over one slice.

    ``baseline`` and ``variant`` are means over ``queries`` that the measure speaks about, ``difference`` is variant
    minus baseline with its 95 % interval (not corrected). ``p_value`` is two-sided; ``p_corrected`` is Holm's over its
    family (see ``differences``). ``wins`` are queries where the variant is better, ``effect`` is the mean difference
    in standard deviations of the differences, None where they do not vary.
    """

    measure: str
    queries: int
    baseline: float
    variant: float
    difference: float
    interval: Interval
    p_value: float
    p_corrected: float
    wins: int
    ties: int
    losses: int
    effect: float | None

    @property
    def real(self) -> bool:
        """Whether the corrected test says that there is a difference."""
        return self.p_corrected < ALPHA

    @property
    def gain(self) -> float:
        """The difference, positive where the variant is better."""
        return -self.difference if self.measure in LOWER_IS_BETTER else self.difference


@dataclass(frozen=True, slots=True)
class _Test:
    """One column of the matrix of differences."""

    pair: int
    part: Part
    measure: str
    baseline: Vector
    variant: Vector


Key: TypeAlias = tuple[int, str, str]
"""Position of the pair, dimension and value of the slice."""


def differences(pairs: Sequence[Pair], parts: Sequence[Part], measures: Sequence[str]) -> dict[Key, list[Difference]]:
    """Every pair, slice and measure that some query speaks about.

    p-values are corrected by Holm within families: all measures and pairs over all queries are one family, those over
    all slices of one dimension another, so that a look into slices costs the overall verdict nothing.
    """
    tests = [
        test
        for at, pair in enumerate(pairs)
        for part in parts
        for measure in measures
        if (test := _test(at, pair, part, measure)) is not None
    ]
    matrix = np.column_stack([test.variant - test.baseline for test in tests])
    p_values, intervals = sign_flip(matrix), mean_intervals(matrix)
    corrected = _corrected_by_family(tests, p_values)
    found: dict[Key, list[Difference]] = {}
    for test, column, p_value, p_corrected, interval in zip(
        tests, matrix.T, p_values, corrected, intervals, strict=True
    ):
        key = (test.pair, test.part.dimension, test.part.value)
        found.setdefault(key, []).append(_difference(test, column, float(p_value), p_corrected, interval))
    return found


def _test(at: int, pair: Pair, part: Part, measure: str) -> _Test | None:
    known = part.chosen & ~np.isnan(pair.differences(measure))
    if not known.any():
        return None
    baseline, variant = (np.where(known, side.values[measure], np.nan) for side in (pair.baseline, pair.variant))
    return _Test(at, part, measure, baseline, variant)


def _corrected_by_family(tests: Sequence[_Test], p_values: Vector) -> list[float]:
    corrected = [1.0] * len(tests)
    for dimension in {test.part.dimension for test in tests}:
        family = [at for at, test in enumerate(tests) if test.part.dimension == dimension]
        for at, value in zip(family, holm([float(p_values[at]) for at in family]), strict=True):
            corrected[at] = value
    return corrected


def _difference(
    test: _Test, column: Vector, p_value: float, p_corrected: float, interval: Interval | None
) -> Difference:
    mean = float(np.nanmean(column))
    better = -column if test.measure in LOWER_IS_BETTER else column
    return Difference(
        measure=test.measure,
        queries=int((~np.isnan(column)).sum()),
        baseline=float(np.nanmean(test.baseline)),
        variant=float(np.nanmean(test.variant)),
        difference=mean,
        interval=interval or Interval(low=mean, high=mean),
        p_value=p_value,
        p_corrected=p_corrected,
        wins=int((better > TIE).sum()),
        ties=int((np.abs(better) <= TIE).sum()),
        losses=int((better < -TIE).sum()),
        effect=effect_size(column),
    )
