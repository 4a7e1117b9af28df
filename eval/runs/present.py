"""A retrieval evaluation as JSON for scripts and as tables for people."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from eval.runs.report import Latency, RunReport, StageRun
from eval.runs.slices import Figures
from eval.tables import bounds, cell

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def run_json(report: RunReport) -> dict[str, object]:
    """The report in the shape of ``citedesk eval run --json``."""
    return {
        "dataset": report.dataset,
        "digest": report.digest,
        "queries": report.queries,
        "documents": report.documents,
        "unjudged": report.unjudged,
        "runs": [_stage_json(run) for run in report.runs],
        "configuration": dict(report.configuration),
        "versions": dict(report.versions),
        "git_commit": report.git_commit,
        "peak_memory_bytes": report.peak_memory_bytes,
    }


def print_run(report: RunReport, console: "Console") -> None:
    """One table over all queries, a small one per kind of group, and what the reader should know."""
    console.print(_main_table(report))
    for kind, groups in _groups(report).items():
        console.print(_group_table(kind, report, groups))
    if report.unjudged:
        were = "query was" if report.unjudged == 1 else "queries were"
        console.print(f"{report.unjudged} {were} left out for want of a relevant document.")
    for run in report.runs:
        if run.found.cached:
            console.print(f"{run.stage}: cached; its times were measured {run.found.measured_at}")
    console.print()  # the next set's table follows


def _stage_json(run: StageRun) -> dict[str, object]:
    overall = _figures_json(run.overall)
    return {
        "stage": str(run.stage),
        "measures": overall["measures"],
        "interval": overall["interval"],
        "by_language": {name: _figures_json(group) for name, group in run.by_language.items()},
        "by_tag": {name: _figures_json(group) for name, group in run.by_tag.items()},
        "latency_ms": asdict(run.latency),
        "parts_ms": {part: asdict(latency) for part, latency in run.part_latency.items()},
        "cached": run.found.cached,
        "measured_at": run.found.measured_at,
        "run_file": str(run.run_file) if run.run_file is not None else None,
    }


def _figures_json(figures: Figures) -> dict[str, object]:
    return {
        "queries": figures.queries,
        "measures": dict(figures.means),
        "interval": {name: bounds(interval) for name, interval in figures.intervals.items()},
    }


def _main_table(report: RunReport) -> "Table":
    """A column per stage: stages are few, measures may be many."""
    title = f"{report.dataset}: {report.queries} queries, {report.documents} documents"
    table = _table(title, ["", *(str(run.stage) for run in report.runs)])
    for name in report.runs[0].measured.names:
        table.add_row(name, *(_cell(run.overall, name) for run in report.runs))
    table.add_row("p50 / p95 / p99 ms", *(_times(run.latency) for run in report.runs))
    parts = [run.part_latency for run in report.runs]
    for part in dict.fromkeys(name for times in parts for name in times):
        table.add_row(f"  {part}", *(_times(times[part]) if part in times else "" for times in parts))
    return table


def _groups(report: RunReport) -> dict[str, list[Mapping[str, Figures]]]:
    """Kinds of groups that tell something: more than one language, or any tag."""
    kinds = {
        "language": [run.by_language for run in report.runs],
        "tag": [run.by_tag for run in report.runs],
    }
    return {kind: groups for kind, groups in kinds.items() if len(groups[0]) > (kind == "language")}


def _group_table(kind: str, report: RunReport, groups: list[Mapping[str, Figures]]) -> "Table":
    from rich.markup import escape

    first = report.runs[0].measured.names[0]
    table = _table(f"{first} by {kind}", [kind, "queries", *(str(run.stage) for run in report.runs)])
    for name, figures in groups[0].items():
        table.add_row(escape(name), str(figures.queries), *(_cell(each[name], first) for each in groups))
    return table


def _table(title: str, columns: list[str]) -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left")
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _cell(figures: Figures, name: str) -> str:
    return cell(figures.means[name], figures.intervals[name])


def _times(latency: Latency) -> str:
    return f"{latency.p50:.1f} / {latency.p95:.1f} / {latency.p99:.1f}"
