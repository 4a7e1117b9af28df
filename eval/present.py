"""Reports as JSON for scripts and as tables for people."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from eval.answer_report import FIGURES, AnswerFigures, AnswersReport
from eval.intervals import Interval, mean_interval
from eval.measures import MEASURES
from eval.run_report import RunReport, StageRun

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def to_json(report: RunReport | AnswersReport) -> dict[str, object]:
    """The report in the shape of ``citedesk eval run --json`` or ``citedesk eval answers --json``.

    ``interval`` holds the lower and upper bound of each figure's 95 % interval; an undefined figure is None.
    """
    return _run_json(report) if isinstance(report, RunReport) else _answers_json(report)


def print_table(report: RunReport | AnswersReport, console: "Console") -> None:
    """Print the report's figures with their intervals, and below them what the reader should know."""
    if isinstance(report, RunReport):
        console.print(_run_table(report))
        if report.unjudged:
            console.print(f"{report.unjudged} queries without a relevant document were left out.")
        return
    console.print(_answers_table(report))
    if report.overall.unavailable:
        console.print(f"{report.overall.unavailable} questions found a part of the system down; see their reasons.")
    for verdict in report.verdicts:
        for gold in verdict.unlocated:
            console.print(f"{verdict.question.id}: no such quote in {gold.source}: {gold.quote}", markup=False)


def _run_json(report: RunReport) -> dict[str, object]:
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
    }


def _stage_json(run: StageRun) -> dict[str, object]:
    return {
        "stage": str(run.stage),
        "measures": {name: run.measured.mean(name) for name in MEASURES},
        "interval": {name: _bounds(interval) for name, interval in _intervals(run).items()},
        "latency_ms": {"p50": run.latency.p50, "p95": run.latency.p95, "p99": run.latency.p99},
        "run_file": str(run.run_file) if run.run_file is not None else None,
    }


def _intervals(run: StageRun) -> dict[str, Interval]:
    return {name: mean_interval(list(run.measured.per_query[name].values())) for name in MEASURES}


def _answers_json(report: AnswersReport) -> dict[str, object]:
    return {
        **_figures_json(report.overall),
        "by_language": _groups_json(report.by_language),
        "by_tag": _groups_json(report.by_tag),
        "unlocated_gold": [
            {"id": verdict.question.id, "source": gold.source, "quote": gold.quote}
            for verdict in report.verdicts
            for gold in verdict.unlocated
        ],
    }


def _groups_json(groups: Mapping[str, AnswerFigures]) -> dict[str, object]:
    return {name: _figures_json(figures) for name, figures in groups.items()}


def _figures_json(figures: AnswerFigures) -> dict[str, object]:
    return {
        "questions": figures.questions,
        **figures.values,
        "located_gold": figures.values["citation_recall"],
        "unavailable": figures.unavailable,
        "interval": {name: _bounds(interval) for name, interval in figures.intervals.items()},
    }


def _bounds(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval is not None else None


def _run_table(report: RunReport) -> "Table":
    columns = ["stage", *MEASURES, "p50 ms", "p95 ms", "p99 ms"]
    table = _table(f"{report.dataset}: {report.queries} queries, {report.documents} documents", columns)
    for run in report.runs:
        intervals = _intervals(run)
        cells = [_cell(run.measured.mean(name), intervals[name]) for name in MEASURES]
        latency = (run.latency.p50, run.latency.p95, run.latency.p99)
        table.add_row(str(run.stage), *cells, *(f"{value:.1f}" for value in latency))
    return table


def _answers_table(report: AnswersReport) -> "Table":
    groups = {"overall": report.overall, **report.by_language}
    table = _table(f"{report.overall.questions} judged questions", ["figure", *groups])
    table.add_row("questions", *(str(figures.questions) for figures in groups.values()))
    for name in FIGURES:
        table.add_row(name, *(_cell(figures.values[name], figures.intervals[name]) for figures in groups.values()))
    return table


def _table(title: str, columns: list[str]) -> "Table":
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def _cell(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" + (f" [{interval.low:.2f}, {interval.high:.2f}]" if interval is not None else "")
