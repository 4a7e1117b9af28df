"""A comparison as one JSON document, in the shape of ``citedesk eval compare --json``."""

from collections.abc import Sequence
from dataclasses import asdict

from eval.compare.changes import ChangedQuery
from eval.compare.compare import Comparison, PairComparison, Slice
from eval.compare.differences import Difference
from eval.compare.gate import GateResult, GateStatus
from eval.compare.scores import Scores
from eval.runs.intervals import Interval


def comparison_json(comparison: Comparison, gates: Sequence[GateResult]) -> dict[str, object]:
    """``passed`` is false where a gate failed; intervals are lower and upper bound."""
    return {
        "passed": all(result.status is not GateStatus.FAILED for result in gates),
        "queries": comparison.queries,
        "measures": list(comparison.measures),
        "left_out": list(comparison.left_out),
        "pairs": [_pair(found) for found in comparison.pairs],
        "gates": [_gate(result) for result in gates],
    }


def _pair(found: PairComparison) -> dict[str, object]:
    return {
        "baseline": _side(found.pair.baseline),
        "variant": _side(found.pair.variant),
        "overall": _slice(found.overall),
        "slices": [_slice(each) for each in found.slices],
        "latency": [
            {
                "name": change.name,
                "baseline": change.baseline,
                "variant": change.variant,
                "change": change.change,
                "interval": _bounds(change.interval),
            }
            for change in found.latency
        ],
        "changed": [_changed(query) for query in found.changed],
    }


def _side(scores: Scores) -> dict[str, object]:
    return {"label": scores.label, "stage": scores.stage, "dataset": scores.dataset, "digest": scores.digest}


def _slice(part: Slice) -> dict[str, object]:
    return {
        "dimension": part.dimension,
        "value": part.value,
        "queries": part.queries,
        "differences": [_difference(found) for found in part.differences],
    }


def _difference(found: Difference) -> dict[str, object]:
    return {**asdict(found), "interval": _bounds(found.interval), "real": found.real}


def _changed(query: ChangedQuery) -> dict[str, object]:
    return {
        "id": query.subject.id,
        "text": query.subject.text,
        "before": dict(query.before),
        "after": dict(query.after),
        "before_ranking": [asdict(entry) for entry in query.before_ranking],
        "after_ranking": [asdict(entry) for entry in query.after_ranking],
        "before_answer": query.before_answer,
        "after_answer": query.after_answer,
    }


def _gate(result: GateResult) -> dict[str, object]:
    return {
        "gate": result.gate.text,
        "baseline": result.baseline_name,
        "variant": result.variant_name,
        "status": str(result.status),
        "queries": result.queries,
        "baseline_value": result.baseline,
        "variant_value": result.variant,
        "change": result.change,
        "interval": _bounds(result.interval),
        "p_value": result.p_value,
    }


def _bounds(interval: Interval) -> list[float]:
    return [interval.low, interval.high]
