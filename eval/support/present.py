"""The report of the support check as JSON for scripts and as a table for people."""

from typing import TYPE_CHECKING

from eval.support.report import GAIN, SCORES, ScoredPair, SupportFigures, SupportReport
from eval.tables import bounds, cell, table

if TYPE_CHECKING:
    from rich.console import Console


def support_json(report: SupportReport) -> dict[str, object]:
    """The shape of ``citedesk eval support --json``: ``api.shapes.evaluation.EvalSupport``."""
    return {
        **_figures_json(report.overall),
        "by_set": {name: _figures_json(figures) for name, figures in report.by_set.items()},
        "by_language": {name: _figures_json(figures) for name, figures in report.by_language.items()},
        "left_out": report.left_out,
    }


def pair_json(scored: ScoredPair) -> dict[str, object]:
    """One line of the results file."""
    pair = scored.pair
    return {
        "id": pair.id,
        "set": pair.set,
        "language": pair.language,
        "claim": pair.claim,
        "supported": pair.supported,
        "scores": dict(scored.scores),
        "proven": scored.proven,
    }


def print_support(report: SupportReport, console: "Console") -> None:
    """A row per set and language."""
    made = table(
        "agreement with people (AUROC)",
        ["pairs of", "pairs", "supported", *SCORES, "gain over word_overlap", "proven: supported", "unsupported"],
    )
    for name, figures in {"all": report.overall, **report.by_language, **report.by_set}.items():
        made.add_row(name, *_cells(figures))
    console.print(made)
    if report.left_out:
        console.print(f"{report.left_out} pairs were left out: the shipped weights were fitted on their half.")


def _figures_json(figures: SupportFigures) -> dict[str, object]:
    return {
        "pairs": figures.pairs,
        "supported": figures.supported,
        "auroc": dict(figures.auroc),
        "interval": {name: bounds(interval) for name, interval in figures.intervals.items()},
        "proven_supported": figures.proven_supported,
        "proven_unsupported": figures.proven_unsupported,
    }


def _cells(figures: SupportFigures) -> list[str]:
    gained = figures.intervals[GAIN]
    return [
        str(figures.pairs),
        str(figures.supported),
        *(cell(figures.auroc[name], figures.intervals[name]) for name in SCORES),
        "–" if gained is None else f"{gained.low:+.3f} to {gained.high:+.3f}",
        cell(figures.proven_supported),
        cell(figures.proven_unsupported),
    ]
