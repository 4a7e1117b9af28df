"""Gates on a comparison: ``nDCG@10 >= -0.005`` lets a variant lose half a point and not more.

A gate speaks of the difference variant minus baseline: absolute (``-0.005``, ``+5`` for milliseconds) or relative to
the baseline (``-1%``, ``+10%``). It fails when the regression is real: when a one-sided test says that the difference
lies beyond the tolerance, corrected by Holm over all gates and pairs. The test asks whether the mean of
``variant - (1 + relative) * baseline - absolute`` is below 0 by flipping signs, and for a latency, whose percentiles
are no means, how many resampled sets of queries keep within the tolerance. What lies beyond the tolerance but is not
proven passes and is said; a strict gate fails on it.

Measured on simulated pairs at the very edge of the tolerance: of 2,000 gates on 200 queries 5 % fail where differences
are symmetric, 2 % where losses are rare and large, 9 % where gains are; a t-test gives the same.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from core.errors import InvalidInput
from eval.compare.compare import common_measures, known_measure
from eval.compare.latency import LATENCIES, timed
from eval.compare.scores import Pair
from eval.compare.significance import ALPHA, RESAMPLES, Mask, Positions, Vector, holm, middle, resampled, sign_flip
from eval.compare.slices import DIMENSIONS, everything, parts_by
from eval.runs.intervals import Interval, mean_interval

_FORM = re.compile(
    r"\s*(?:in\s+(?:(?P<dimension>language|tag)\s*=\s*)?(?P<value>[^:]+?)\s*:)?"
    r"\s*(?P<measure>\S+?)\s*(?P<op>>=|<=|>|<)\s*(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))\s*(?P<percent>%?)\s*"
)
_EXAMPLES = "write it as 'nDCG@10 >= -0.005', 'in zh: MRR@10 >= -2%' or 'p95_ms <= +10%'"
_HOLDS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
)
_ROUND_OFF = 1e-12


class GateStatus(StrEnum):
    """``unproven``: beyond the tolerance, but no more than chance explains."""

    PASSED = "passed"
    UNPROVEN = "unproven"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """``bound`` is a difference, or where ``relative`` a share of the baseline: 0.1 is 10 %.

    ``dimension`` is empty for a slice that may be a language or a tag; ``value`` is empty for all queries.
    """

    text: str
    measure: str
    op: str
    bound: float
    relative: bool
    dimension: str = ""
    value: str = ""

    @property
    def is_floor(self) -> bool:
        """Whether the difference must not fall below the bound."""
        return self.op.startswith(">")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """A gate on one pair. ``change`` and ``interval`` (95 %) are in the gate's own unit: a difference or a share.

    ``p_value`` is one-sided and corrected: how easily chance gives so much more than the tolerance allows.
    """

    gate: Gate
    baseline_name: str
    variant_name: str
    queries: int
    baseline: float
    variant: float
    change: float
    interval: Interval
    p_value: float
    status: GateStatus


def parse_gate(text: str) -> Gate:
    """``[in SLICE:] MEASURE op NUMBER[%]``, where SLICE is ``zh``, ``language=zh`` or ``tag=faq``.

    Raises ``InvalidInput`` with examples for anything else.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise InvalidInput(f"gate {text!r} is not understood; {_EXAMPLES}")
    relative = bool(form["percent"])
    return Gate(
        text=text.strip(),
        measure=form["measure"],
        op=form["op"],
        bound=float(form["number"]) / (100 if relative else 1),
        relative=relative,
        dimension=form["dimension"] or "",
        value=form["value"] or "",
    )


def judge_gates(gates: Iterable[Gate], pairs: Sequence[Pair], *, strict: bool = False) -> tuple[GateResult, ...]:
    """Every gate on every pair, in that order.

    Raises ``InvalidInput`` for a measure that not every run has, a slice that there is not, runs without times behind a
    gate on latency, and a relative gate on a baseline of 0.
    """
    samples = [_sample(gate, pair, pairs) for gate in gates for pair in pairs]
    corrected = holm([sample.p_value for sample in samples])
    return tuple(_result(sample, p_value, strict) for sample, p_value in zip(samples, corrected, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    gate: Gate
    pair: Pair
    queries: int
    baseline: float
    variant: float
    interval: Interval
    p_value: float


def _sample(gate: Gate, pair: Pair, pairs: Sequence[Pair]) -> _Sample:
    chosen = _chosen(gate, pair)
    if gate.measure in LATENCIES:
        return _latency_sample(gate, pair, chosen)
    measure = _measure(gate, pairs)
    before, after = pair.baseline.values[measure], pair.variant.values[measure]
    known = chosen & ~np.isnan(before) & ~np.isnan(after)
    return _mean_sample(gate, pair, before[known], after[known])


def _measure(gate: Gate, pairs: Sequence[Pair]) -> str:
    known, _ = common_measures(pairs)
    try:
        return known_measure(gate.measure, known)
    except InvalidInput as error:
        raise InvalidInput(f"gate {gate.text!r}: {error}, and {', '.join(LATENCIES)}") from error


def _chosen(gate: Gate, pair: Pair) -> Mask:
    subjects = pair.baseline.subjects
    if not gate.value:
        return everything(subjects).chosen
    dimensions = [gate.dimension] if gate.dimension else DIMENSIONS
    parts = [part for dimension in dimensions for part in parts_by(subjects, dimension)]
    for part in parts:
        if part.value == gate.value:
            return part.chosen
    there = ", ".join(part.value for part in parts) or "none"
    raise InvalidInput(f"gate {gate.text!r}: no query of slice {gate.value!r}; there are {there}")


def _mean_sample(gate: Gate, pair: Pair, before: Vector, after: Vector) -> _Sample:
    if not len(before):
        raise InvalidInput(f"gate {gate.text!r}: {gate.measure} is defined for no query of the slice")
    _refuse_zero(gate, float(before.mean()))
    differences = after - before
    margin = differences - (gate.bound * before if gate.relative else gate.bound)
    scale = float(before.mean()) if gate.relative else 1.0
    return _Sample(
        gate=gate,
        pair=pair,
        queries=len(before),
        baseline=float(before.mean()),
        variant=float(after.mean()),
        interval=mean_interval(list(differences / scale), resamples=RESAMPLES),
        p_value=float(sign_flip((margin if gate.is_floor else -margin)[:, None], lower=True)[0]),
    )


def _latency_sample(gate: Gate, pair: Pair, chosen: Mask) -> _Sample:
    statistic = LATENCIES[gate.measure]
    before, after = timed(pair, chosen)
    if not len(before):
        raise InvalidInput(f"gate {gate.text!r}: {pair.baseline.name} and {pair.variant.name} hold no times in common")

    def change(at: Positions) -> Vector:
        first, second = statistic(before[at]), statistic(after[at])
        return second / first - 1 if gate.relative else second - first

    changes = resampled(change, len(before))
    inside = changes >= gate.bound if gate.is_floor else changes <= gate.bound
    return _Sample(
        gate=gate,
        pair=pair,
        queries=len(before),
        baseline=float(statistic(before)),
        variant=float(statistic(after)),
        interval=middle(changes),
        p_value=float((inside.sum() + 1) / (len(changes) + 1)),
    )


def _refuse_zero(gate: Gate, mean: float) -> None:
    if gate.relative and mean <= 0:
        raise InvalidInput(f"gate {gate.text!r}: the baseline's {gate.measure} is {mean:g}, which has no per cent")


def _result(sample: _Sample, p_value: float, strict: bool) -> GateResult:
    change = sample.variant - sample.baseline
    if sample.gate.relative:
        change /= sample.baseline
    return GateResult(
        gate=sample.gate,
        baseline_name=sample.pair.baseline.name,
        variant_name=sample.pair.variant.name,
        queries=sample.queries,
        baseline=sample.baseline,
        variant=sample.variant,
        change=change,
        interval=sample.interval,
        p_value=p_value,
        status=_status(sample.gate, change, p_value, strict),
    )


def _status(gate: Gate, change: float, p_value: float, strict: bool) -> GateStatus:
    # Means of equal values may differ in the last digit; that is no regression.
    slack = _ROUND_OFF if gate.is_floor else -_ROUND_OFF
    inclusive = slack if gate.op.endswith("=") else -slack
    if _HOLDS[gate.op](change + inclusive, gate.bound):
        return GateStatus.PASSED
    return GateStatus.FAILED if strict or p_value < ALPHA else GateStatus.UNPROVEN
