"""``docs/benchmarks.md`` out of the measured files in ``docs/benchmarks/``."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_HEAD = """# Benchmarks

Written by `make bench` from the files in `docs/benchmarks/`. Latencies rank 100 documents and were taken on a shared
machine: compare them within one table only. Brackets hold 95 % bootstrap intervals.
"""
_MEASURES = ("nDCG@10", "recall@10", "recall@100", "MRR@10", "MAP")
_ANSWERS = (
    "exact_location_rate",
    "citation_precision",
    "citation_recall",
    "completeness",
    "unanswerable_abstained",
    "false_refusals",
    "auroc",
)


def benchmarks_page(folder: Path) -> str:
    """The page as Markdown; a folder without files gives the head alone."""
    parts = [_HEAD.rstrip()]
    for path in sorted(folder.glob("*.json")):
        stored = json.loads(path.read_text(encoding="utf-8"))
        kind, _, name = path.stem.partition("-")
        rows = {"retrieval": _retrieval, "answers": _answers, "models": _models}[kind](name, stored["figures"])
        machine = stored["machine"]
        parts += [
            "",
            *rows,
            "",
            f"Measured {stored['measured']}: {machine['cores']} cores, Python {machine['python']}.",
        ]
    return "\n".join(parts) + "\n"


def _retrieval(name: str, figures: Mapping[str, Any]) -> Iterator[str]:
    yield f"## Retrieval: {name} ({figures['documents']} documents, {figures['queries']} questions)"
    yield from ("", f"| stage | {' | '.join(_MEASURES)} | p50 ms | p95 ms |", "|---" * (len(_MEASURES) + 3) + "|")
    for run in figures["runs"]:
        first = f"{run['measures'][_MEASURES[0]]:.3f} {_bounds(run['interval'].get(_MEASURES[0]))}"
        rest = [f"{run['measures'][measure]:.3f}" for measure in _MEASURES[1:]]
        latency = [f"{run['latency_ms'][name]:.0f}" for name in ("p50", "p95")]
        yield f"| {' | '.join([run['stage'], first, *rest, *latency])} |"


def _answers(name: str, figures: Mapping[str, Any]) -> Iterator[str]:
    yield f"## Answers: {name}, without a model"
    columns = {f"all {figures['questions']}": figures, **figures["by_language"]}
    yield from ("", f"| figure | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|")
    for figure in _ANSWERS:
        values = [column[figure] for column in columns.values()]
        yield f"| {figure} | " + " | ".join("-" if value is None else f"{value:.3f}" for value in values) + " |"


def _models(name: str, figures: Mapping[str, Any]) -> Iterator[str]:
    yield f"## Models: {name}"
    yield from ("", "| figure | value |", "|---|---|")
    yield from (f"| {figure} | {value} |" for figure, value in figures.items())


def _bounds(interval: list[float] | None) -> str:
    return f"[{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
