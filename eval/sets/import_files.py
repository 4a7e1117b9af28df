"""What an import leaves in a folder: questions, what a person has to judge, and every row that could not be used."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInput
from eval.places import writing
from eval.sets.questions import GoldQuote, JudgedQuestion, question_json

QUESTIONS, TO_JUDGE, REJECTED = "questions.jsonl", "to_judge.jsonl", "rejected.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that gave nothing. ``row`` counts from 1 as the file's program shows it; ``values`` is what stood there."""

    row: int
    reason: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The outcome of an import, before anything is written.

    ``to_judge`` are lines for ``to_judge.jsonl``; ``merged`` counts rows that joined a question of an earlier row;
    ``ignored`` names columns that were not read.
    """

    questions: tuple[JudgedQuestion, ...]
    rejected: tuple[Rejected, ...]
    to_judge: tuple[Mapping[str, object], ...] = ()
    merged: int = 0
    ignored: tuple[str, ...] = ()


def write_import(imported: Imported, folder: Path, *, force: bool) -> list[Path]:
    """Write the files that have lines and return them, in the order questions, to judge, rejected.

    Raises ``InvalidInput`` before anything is written where one of the three is there already and ``force`` is not
    given; with it, one that has no line now is removed.
    """
    lines: dict[str, list[Mapping[str, object]]] = {
        QUESTIONS: [question_json(question) for question in imported.questions],
        TO_JUDGE: list(imported.to_judge),
        REJECTED: [{"row": one.row, "reason": one.reason, "values": one.values} for one in imported.rejected],
    }
    refuse_existing([folder / name for name in lines], force=force)
    written = [write_lines(folder / name, rows) for name, rows in lines.items() if rows]
    for name, rows in lines.items():
        if not rows:
            (folder / name).unlink(missing_ok=True)
    return written


def refuse_existing(paths: Sequence[Path], *, force: bool) -> None:
    """Raises ``InvalidInput`` naming those of ``paths`` that exist, unless ``force``."""
    there = [str(path) for path in paths if path.exists()]
    if there and not force:
        raise InvalidInput(f"{', '.join(there)} is there already; choose another place, or give --force to replace it")


def write_lines(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    """Write one JSON object a line, whole or not at all. Raises ``InvalidInput`` where that is not possible."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    part = path.with_name(f".{path.name}.part")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    return path


def distinct(quotes: Iterable[GoldQuote]) -> tuple[GoldQuote, ...]:
    """The quotes in order, each once."""
    return tuple(dict.fromkeys(quotes))


def import_json(imported: Imported, files: Sequence[Path]) -> dict[str, object]:
    """The outcome in the shape of ``citedesk eval import --json``."""
    return {
        "questions": len(imported.questions),
        "answerable": sum(question.answerable for question in imported.questions),
        "to_judge": len(imported.to_judge),
        "merged": imported.merged,
        "ignored_columns": list(imported.ignored),
        "rejected": [{"row": one.row, "reason": one.reason} for one in imported.rejected],
        "files": [str(path) for path in files],
    }
