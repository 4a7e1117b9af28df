"""What a sweep found: a row per set, combination and stage, the best first, and which rows no other row beats."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.compare.compare import compare
from eval.compare.differences import Difference
from eval.compare.files import folder_scores
from eval.compare.latency import LATENCIES
from eval.compare.scores import Scores, paired
from eval.runs.intervals import Interval, mean_interval
from eval.sweep.plan import SweepPlan
from eval.sweep.run import Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRow:
    """One combination at one stage of one set.

    ``number`` counts from 1 in the order of the plan. ``difference`` is against the set's first row and None for that
    row itself; its p-value is corrected over all rows of the set. ``best`` marks the Pareto front: no other row of the
    set is better and as fast, or as good and faster.
    """

    number: int
    combination: str
    changes: tuple[str, ...]
    stage: str
    measures: dict[str, float]
    value: float
    interval: Interval
    difference: Difference | None
    latency_ms: dict[str, float]
    latency: float
    best: bool
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepTable:
    """All rows of one set, the highest value first, then the fastest."""

    dataset: str
    queries: int
    rows: tuple[SweepRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """Tables in the order of the sets; a set whose every combination failed has none."""

    measure: str
    latency: str
    tables: tuple[SweepTable, ...]
    failed: tuple[Ended, ...]


@dataclass(frozen=True, slots=True)
class _Measured:
    ended: Ended
    scores: Scores


def sweep_report(plan: SweepPlan, ended: Sequence[Ended]) -> SweepReport:
    """Read the results of every job back and compare them. Raises ``InvalidInput`` for damaged results."""
    tables = []
    for each in plan.sets:
        done = [end for end in ended if end.job.set == each and end.folder is not None]
        if done:
            tables.append(_table(plan, done))
    failed = tuple(end for end in ended if end.folder is None)
    return SweepReport(measure=plan.measure, latency=plan.latency, tables=tuple(tables), failed=failed)


def _table(plan: SweepPlan, ended: Sequence[Ended]) -> SweepTable:
    found = [
        _Measured(end, scores)
        for end in ended
        if end.folder is not None
        for scores in folder_scores(end.folder, end.job.combination.name).values()
    ]
    differences = _against_first(plan.measure, [each.scores for each in found])
    points = [_point(plan, each.scores) for each in found]
    front = pareto(points)
    rows = [
        _row(plan, number, each, difference, number - 1 in front)
        for number, (each, difference) in enumerate(zip(found, differences, strict=True), start=1)
    ]
    rows.sort(key=lambda row: (-row.value, row.latency, row.number))
    return SweepTable(dataset=found[0].scores.dataset, queries=len(found[0].scores.subjects), rows=tuple(rows))


def _against_first(measure: str, scores: Sequence[Scores]) -> list[Difference | None]:
    first, *others = scores
    if not others:
        return [None]
    compared = compare([paired(first, other) for other in others], measures=[measure], changed=0)
    return [None, *(found.overall.differences[0] for found in compared.pairs)]


def _point(plan: SweepPlan, scores: Scores) -> tuple[float, float]:
    return float(scores.values[plan.measure].mean()), float(LATENCIES[plan.latency](scores.milliseconds))


def pareto(points: Sequence[tuple[float, float]]) -> set[int]:
    """Positions of the points (quality, cost) that no other point beats with more quality, less cost or both."""
    return {
        at
        for at, (quality, cost) in enumerate(points)
        if not any(
            other >= quality and other_cost <= cost and (other, other_cost) != (quality, cost)
            for other, other_cost in points
        )
    }


def _row(plan: SweepPlan, number: int, each: _Measured, difference: Difference | None, best: bool) -> SweepRow:
    values = {name: column for name, column in each.scores.values.items() if not np.isnan(column).any()}
    latency = {name: float(statistic(each.scores.milliseconds)) for name, statistic in LATENCIES.items()}
    assert each.ended.folder is not None
    return SweepRow(
        number=number,
        combination=each.ended.job.combination.name,
        changes=each.ended.job.combination.changes,
        stage=each.scores.stage,
        measures={name: float(column.mean()) for name, column in values.items()},
        value=float(values[plan.measure].mean()),
        interval=mean_interval(list(values[plan.measure])),
        difference=difference,
        latency_ms=latency,
        latency=latency[plan.latency],
        best=best,
        folder=each.ended.folder,
    )


def sweep_json(report: SweepReport) -> dict[str, object]:
    """The report in the shape of ``citedesk eval sweep --json``."""
    return {
        "measure": report.measure,
        "latency": report.latency,
        "tables": [
            {"dataset": table.dataset, "queries": table.queries, "rows": [_row_json(row) for row in table.rows]}
            for table in report.tables
        ],
        "failed": [
            {"dataset": end.job.set.dataset.name, "combination": end.job.combination.name, "reason": end.reason}
            for end in report.failed
        ],
    }


def _row_json(row: SweepRow) -> dict[str, object]:
    difference = row.difference
    return {
        "number": row.number,
        "combination": row.combination,
        "settings": list(row.changes),
        "stage": row.stage,
        "measures": row.measures,
        "interval": [row.interval.low, row.interval.high],
        "difference": difference.difference if difference else None,
        "difference_interval": [difference.interval.low, difference.interval.high] if difference else None,
        "p_corrected": difference.p_corrected if difference else None,
        "latency_ms": row.latency_ms,
        "pareto": row.best,
        "folder": str(row.folder),
    }


def sweep_csv(report: SweepReport) -> str:
    """A line per row with every measure and latency, for a spreadsheet, and the folder that ``compare`` takes."""
    names = list(dict.fromkeys(name for table in report.tables for row in table.rows for name in row.measures))
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    ends = ["difference", "p", "pareto", "folder"]
    lines.writerow(["dataset", "number", "combination", "stage", *names, *LATENCIES, *ends])
    for table in report.tables:
        for row in table.rows:
            difference = [row.difference.difference, row.difference.p_corrected] if row.difference else ["", ""]
            measures = [row.measures.get(name, "") for name in names]
            head = [table.dataset, row.number, _plain(row.combination), row.stage]
            lines.writerow([*head, *measures, *row.latency_ms.values(), *difference, int(row.best), row.folder])
    return text.getvalue()


def _plain(text: str) -> str:
    """A spreadsheet takes text that begins with one of these for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t" else text
