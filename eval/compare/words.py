"""The words and figures that all views of a comparison share."""

from collections.abc import Sequence

from eval.compare.changes import ChangedQuery, RankedEntry
from eval.compare.compare import Comparison, PairComparison
from eval.compare.differences import Difference
from eval.compare.gate import GateResult, GateStatus
from eval.compare.latency import LATENCIES, LatencyChange
from eval.compare.significance import ALPHA
from eval.runs.intervals import Interval

COLUMNS = (
    "measure", "queries", "baseline", "variant", "difference", "95 % interval", "p", "effect", "+/=/−", "verdict",
)  # fmt: skip


def difference_cells(found: Difference) -> tuple[str, ...]:
    """One row under ``COLUMNS``; p is the corrected one."""
    return (
        found.measure,
        str(found.queries),
        f"{found.baseline:.3f}",
        f"{found.variant:.3f}",
        signed(found.difference),
        f"[{signed(found.interval.low)}, {signed(found.interval.high)}]",
        p_words(found.p_corrected),
        "–" if found.effect is None else f"{found.effect:+.2f}",
        f"{found.wins}/{found.ties}/{found.losses}",
        verdict(found),
    )


def verdict(found: Difference) -> str:
    """``better`` or ``worse`` where the difference is real, empty where it is not proven."""
    if not found.real:
        return ""
    return "better" if found.gain > 0 else "worse"


def headline(found: PairComparison) -> str:
    """What is compared with what."""
    return f"{found.pair.baseline.name} → {found.pair.variant.name}"


def summary(comparison: Comparison) -> str:
    """How to read the tables."""
    tests = len(comparison.measures) * len(comparison.pairs)
    counted = "1 test" if tests == 1 else f"{tests} tests"
    lines = [
        f"{comparison.queries} queries. p: paired sign-flip test, corrected by Holm over {counted} (slices over all"
        f" slices); better or worse: p < {ALPHA:g}. Effect: mean difference in standard deviations of the differences."
    ]
    if comparison.left_out:
        lines.append(f"Not in every run, so left out: {', '.join(comparison.left_out)}.")
    return " ".join(lines)


def latency_words(changes: Sequence[LatencyChange]) -> str:
    """One line about both percentiles; empty without times."""
    parts = [
        f"{change.name.removesuffix('_ms')} {change.baseline:.1f} → {change.variant:.1f} ms "
        f"({_percent(change.change)}, {_percent(change.interval.low)} to {_percent(change.interval.high)})"
        for change in changes
    ]
    return f"Latency: {'; '.join(parts)}" if parts else ""


def change_words(query: ChangedQuery) -> str:
    """The measures that moved, the first one first."""
    moved = [name for name in query.before if query.before[name] != query.after[name]]
    return ", ".join(f"{name} {_value(query.before[name])} → {_value(query.after[name])}" for name in moved)


def entry_words(entry: RankedEntry | None) -> str:
    """``1 ✓ document id  title``: ✓ relevant, ✗ judged and not relevant, nothing where nobody judged."""
    if entry is None:
        return ""
    mark = " " if entry.grade is None else "✓" if entry.grade > 0 else "✗"
    return f"{entry.rank:>3} {mark} {entry.document_id}" + (f"  {entry.head}" if entry.head else "")


def gate_sentence(result: GateResult) -> str:
    """What the gate says, by how much, and the evidence, in one sentence."""
    gate = result.gate
    where = f" in {gate.value}" if gate.value else ""
    moved = (
        f"{gate.measure} of {result.variant_name}{where} changed by {_gate_value(result, result.change)} against "
        f"{result.baseline_name} ({_level(result, result.baseline)} to {_level(result, result.variant)}, 95 % interval "
        f"{_gate_interval(result, result.interval)}, {result.queries} queries)"
    )
    return f"Gate '{gate.text}' {_OUTCOME[result.status]}: {moved}{_evidence(result)}."


_OUTCOME = {GateStatus.PASSED: "passed", GateStatus.UNPROVEN: "passed, unproven", GateStatus.FAILED: "FAILED"}


def _evidence(result: GateResult) -> str:
    if result.status is GateStatus.PASSED:
        return ""
    beyond = f", {_gate_value(result, abs(result.change - result.gate.bound)).lstrip('+')} beyond the gate"
    chance = f"p {'' if result.p_value < 0.001 else '= '}{p_words(result.p_value)}, one-sided and corrected"
    if result.p_value < ALPHA:
        return f"{beyond}; that is real ({chance})"
    if result.status is GateStatus.FAILED:
        return f"{beyond}; chance may explain it ({chance}), but the gates are strict"
    return f"{beyond}, which chance may explain ({chance})"


def _gate_value(result: GateResult, value: float) -> str:
    if result.gate.relative:
        return _percent(value)
    return f"{value:+.1f} ms" if result.gate.measure in LATENCIES else signed(value)


def _gate_interval(result: GateResult, interval: Interval) -> str:
    return f"{_gate_value(result, interval.low)} to {_gate_value(result, interval.high)}"


def _level(result: GateResult, value: float) -> str:
    return f"{value:.1f} ms" if result.gate.measure in LATENCIES else f"{value:.3f}"


def signed(value: float) -> str:
    """Three digits with a sign, and no sign before what rounds to 0."""
    return "0.000" if abs(value) < 0.0005 else f"{value:+.3f}"


def p_words(p_value: float) -> str:
    """``0.012``, or ``< 0.001``."""
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:+.1f} %"


def _value(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
