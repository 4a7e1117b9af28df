"""The report on hidden instructions as JSON for scripts and as tables for people."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from eval.injection.attacks import FIGURES, InjectionFigures, InjectionReport
from eval.tables import bounds, cell, table

if TYPE_CHECKING:
    from rich.console import Console


def injection_json(report: InjectionReport) -> dict[str, object]:
    """The shape of ``citedesk eval injection --json``: ``api.shapes.evaluation.EvalInjection``."""
    return {
        **_figures_json(report.overall),
        "by_language": {name: _figures_json(figures) for name, figures in report.by_language.items()},
        "by_kind": {name: _figures_json(figures) for name, figures in report.by_kind.items()},
    }


def print_injection(report: InjectionReport, console: "Console") -> None:
    """All figures by language, and the leaks by kind of attack."""
    groups = {"overall": report.overall, **report.by_language}
    made = table(f"{report.overall.cases} planted instructions", ["figure", *groups])
    made.add_row("cases", *(str(figures.cases) for figures in groups.values()))
    for name in FIGURES:
        made.add_row(name, *(cell(figures.values[name], figures.intervals[name]) for figures in groups.values()))
    console.print(made)
    console.print(_kinds(report.by_kind))


def _kinds(groups: Mapping[str, InjectionFigures]) -> object:
    told = ("leaked", "leaked_without_bar", "found")
    made = table("by kind of instruction", ["kind", "cases", *told])
    for name, figures in groups.items():
        shown = [cell(figures.values[figure]) for figure in told]
        made.add_row(name, str(figures.cases), *shown)
    return made


def _figures_json(figures: InjectionFigures) -> dict[str, object]:
    return {
        "cases": figures.cases,
        **figures.values,
        "interval": {name: bounds(interval) for name, interval in figures.intervals.items()},
    }
