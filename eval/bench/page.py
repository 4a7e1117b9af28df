"""``docs/benchmarks.md`` and its plots, out of the measured files in ``docs/benchmarks/``."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from core.errors import InvalidInput
from eval.bench.scale.section import scale_section
from eval.bench.service.section import service_section

Figures: TypeAlias = Mapping[str, Any]
_HEAD = """# Benchmarks

Written by `citedesk bench` from the files in `docs/benchmarks/`, never by hand. Each file names the machine, the
versions and the commit.

- Brackets hold 95 % bootstrap intervals over questions. Two figures whose intervals overlap may still differ: ask
  `citedesk eval compare`, which tests question by question.
- Latencies rank 100 documents and were taken on a shared machine: compare them within one table only.
- Where two ways of doing the same stand side by side, they took turns in one run; figures are medians of the turns, and
  the ratio is that of the first column to the second, turn by turn and then the median.
"""
PLOTS: Mapping[str, str] = {
    "retrieval": "nDCG@10 by set and stage",
    "answers": "Answers by language",
    "latency": "Latency by set and stage",
    "scale": "Latency by number of passages",
}
"""What each plot shows, by the name of its file."""
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
    """The page as Markdown; a folder without files gives the head alone. Raises ``InvalidInput`` for a strange file."""
    parts = [_HEAD.rstrip()]
    for plot, what in PLOTS.items():
        if (folder / f"{plot}.svg").is_file():
            parts += ["", f"![{what}]({folder.name}/{plot}.svg)"]
    for path, stored in results(folder):
        kind, _, name = path.stem.partition("-")
        try:
            parts += ["", *_SECTIONS[kind](name, stored["figures"]), "", _provenance(folder, path, stored)]
        except KeyError as error:
            raise InvalidInput(f"{path} holds no {error}: `citedesk bench {kind}` measures it again") from error
    return "\n".join(parts) + "\n"


def results(folder: Path) -> list[tuple[Path, Figures]]:
    """Every measured file, quality before speed, then by name.

    Raises ``InvalidInput`` for one that no benchmark writes or that cannot be read.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        kind, dash, _ = path.stem.partition("-")
        if not dash or kind not in _SECTIONS:
            known = ", ".join(f"{name}-SET.json" for name in _SECTIONS)
            raise InvalidInput(f"{path}: no benchmark writes a file of this name; they write {known}")
        try:
            found.append((path, json.loads(path.read_text(encoding="utf-8"))))
        except ValueError as error:
            raise InvalidInput(f"{path} is no JSON ({error}); measure it again") from error
    kinds = list(_SECTIONS)
    return sorted(found, key=lambda entry: kinds.index(entry[0].stem.partition("-")[0]))


def _provenance(folder: Path, path: Path, stored: Figures) -> str:
    machine, versions = stored["machine"], stored.get("versions", {})
    what = f"{machine['cores']} cores {machine.get('processor', '')}".rstrip()
    python = versions.get("python") or machine.get("python")
    commit = f", commit {_short(stored['git_commit'])}" if stored.get("git_commit") else ""
    size = f", {stored['size']}" if "size" in stored else ""
    return f"Measured {stored['measured']}{size}: {what}, Python {python}{commit} ([file]({folder.name}/{path.name}))."


def _short(commit: str) -> str:
    number, _, changed = commit.partition("-")
    return number[:12] + (" with changes" if changed else "")


def _retrieval(name: str, figures: Figures) -> Iterator[str]:
    yield f"## Retrieval: {name} ({figures['documents']} documents, {figures['queries']} questions)"
    yield from ("", f"| stage | {' | '.join(_MEASURES)} | p50 ms | p95 ms |", "|---" * (len(_MEASURES) + 3) + "|")
    for run in figures["runs"]:
        first = f"{run['measures'][_MEASURES[0]]:.3f} {_bounds(run['interval'].get(_MEASURES[0]))}"
        rest = [f"{run['measures'][measure]:.3f}" for measure in _MEASURES[1:]]
        latency = [f"{run['latency_ms'][name]:.0f}" for name in ("p50", "p95")]
        yield f"| {' | '.join([run['stage'], first, *rest, *latency])} |"


def _answers(name: str, figures: Figures) -> Iterator[str]:
    yield f"## Answers: {name}, without a model"
    columns = {f"all {figures['questions']}": figures, **figures["by_language"]}
    yield from ("", f"| figure | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|")
    for figure in _ANSWERS:
        cells = [_answer_cell(figure, column) for column in columns.values()]
        yield f"| {figure} | {' | '.join(cells)} |"


def _answer_cell(figure: str, column: Figures) -> str:
    value = column[figure]
    return "-" if value is None else f"{value:.3f} {_bounds(column['interval'].get(figure))}".rstrip()


def _parsing(name: str, figures: Figures) -> Iterator[str]:
    yield f"## Parsing: {name} files ({figures['formats']['all']['files']}), labelled by hand"
    yield from (
        "",
        "Shares of words, then the number of files that are right in all that is labelled of each kind.",
        "",
    )
    columns = list(figures["formats"]["all"])
    yield f"| format | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for format_, row in figures["formats"].items():
        cells = [f"{row[column]:.3f}" if isinstance(row[column], float) else str(row[column]) for column in columns]
        yield f"| {format_} | {' | '.join(cells)} |"


def _sentences(name: str, figures: Figures) -> Iterator[str]:
    yield f"## Sentences: {name} ({figures['sentences']} in {figures['texts']} labelled texts)"
    yield from ("", "| splitter | precision | recall | F1 |", "|---|---|---|---|")
    for splitter, scores in figures["splitters"].items():
        yield f"| {splitter} | {scores['precision']:.3f} | {scores['recall']:.3f} | {scores['f1']:.3f} |"
    yield from ("", "F1 by what a text tests:", "", f"| kind | {' | '.join(figures['splitters'])} |")
    yield "|---" * (len(figures["splitters"]) + 1) + "|"
    for kind, scores in figures["f1_by_kind"].items():
        yield f"| {' | '.join([kind, *(f'{score:.2f}' for score in scores.values())])} |"


def _ingest(name: str, figures: Figures) -> Iterator[str]:
    if name == "unchanged":
        yield f"## Ingestion: {figures['files']:,} files of which none has changed"
        yield from ("", "| run | seconds | peak MB |", "|---|---|---|")
        yield f"| first | {_amount(figures['first_seconds'])} | |"
        yield f"| again | {_amount(figures['seconds'])} | {_amount(figures['peak_mb'])} |"
        return
    yield f"## Ingestion: {figures['files']} files of Markdown, HTML, DOCX and PDF ({figures['turns']} turns)"
    yield from ("", "| what | citedesk s | plain way s | times as fast | citedesk peak MB | plain way peak MB |")
    yield "|---|---|---|---|---|---|"
    for what, way in figures["ways"].items():
        own, plain = way["citedesk"], way.get("plain", {})
        cells = [own["seconds"], plain.get("seconds"), way.get("times_as_fast"), own["peak_mb"], plain.get("peak_mb")]
        yield f"| {what} | {' | '.join(_amount(cell) for cell in cells)} |"


def _speeds(name: str, figures: Figures, title: str) -> Iterator[str]:
    measured_on = ", ".join(f"{value:,} {what}" for what, value in figures["measured_on"].items())
    yield f"## {title}: {name} ({measured_on}; {figures['turns']} turns)"
    for speed in figures["speeds"]:
        yield from _sides(f"{speed['figure']}, {speed['unit']}", speed["sides"], speed["ratio"])


def _sides(figure: str, sides: Figures, ratio: float | None) -> Iterator[str]:
    yield from ("", f"| figure | {' | '.join(sides)} | ratio |", "|---" * (len(sides) + 2) + "|")
    yield _row(figure, list(sides.values()), ratio)


def _rerank(name: str, figures: Figures) -> Iterator[str]:
    yield f"## Reranking: {name} ({figures['passages']:,} passages of {figures['bytes_per_passage']:,} bytes each)"
    columns = list(dict.fromkeys(name for row in figures["rerank"] for name in row))
    yield from ("", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|")
    for row in figures["rerank"]:
        yield f"| {' | '.join(_amount(row.get(column)) for column in columns)} |"


def _models(name: str, figures: Figures) -> Iterator[str]:
    sides = figures["sides"]
    searched = f"{figures['documents']} documents, {figures['timed_passages']} of them timed, {figures['turns']} turns"
    alike = f"mean cosine of both sides' passages {figures['mean_cosine']}"
    yield f"## Models: {name} ({searched}; {figures['engine']}; {alike})"
    yield from ("", f"| figure | {' | '.join(sides)} | ratio |", "|---" * (len(sides) + 2) + "|")
    for figure in dict.fromkeys(name for side in sides.values() for name in side):
        yield _row(figure, [side.get(figure) for side in sides.values()], figures["ratios"].get(figure))
    pairs = figures["pairs"]
    yield from ("", f"A cross-encoder of this size with random weights, {pairs['engine']}:")
    for speed in pairs["speeds"]:
        yield from _sides(f"{speed['figure']}, {speed['unit']}", speed["sides"], speed["ratio"])


def _row(figure: str, values: list[float | None], ratio: float | None) -> str:
    cells = [figure, *(_amount(value) for value in values), _amount(ratio)]
    return f"| {' | '.join(cells)} |"


def _amount(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def _bounds(interval: list[float] | None) -> str:
    return f"[{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""


def _titled(title: str) -> Callable[[str, Figures], Iterator[str]]:
    return lambda name, figures: _speeds(name, figures, title)


_SECTIONS: Mapping[str, Callable[[str, Figures], Iterator[str]]] = {
    "retrieval": _retrieval,
    "scale": scale_section,
    "answers": _answers,
    "parsing": _parsing,
    "sentences": _sentences,
    "ingest": _ingest,
    "analyser": _titled("Analyser"),
    "search": _titled("Lexical search"),
    "rerank": _rerank,
    "models": _models,
    "service": service_section,
}
