"""Drafts that a person has read become judged questions."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.errors import InvalidInput
from eval.draft.draft import DRAFT
from eval.sets.import_files import write_lines
from eval.sets.jsonl import first_fault, read_jsonl, require_file
from eval.sets.questions import JudgedQuestion, load_drafts, question_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Ids by what became of them: ``accepted`` now, ``present`` in the questions file before, ``left`` as drafts."""

    accepted: tuple[str, ...]
    present: tuple[str, ...]
    left: tuple[str, ...]


def accept(drafts: Path, questions: Path, *, ids: Collection[str] = (), everything: bool = False) -> Accepted:
    """Add drafts to the end of the file ``questions``, which may be new; the drafts stay as they are.

    Taken are the given ``ids``, else, with ``everything``, all, else those whose line says ``"accepted": true``. Raises
    ``InvalidInput`` for an id that is not there, a chosen line that is no question, and where nothing is chosen.
    """
    lines = [(number, row) for number, row in read_jsonl(require_file(drafts, "one draft a line"), _json_object)]
    known = {str(row.get("id")) for _, row in lines}
    if unknown := [id_ for id_ in ids if id_ not in known]:
        raise InvalidInput(f"{drafts} has no draft {unknown[0]!r}")
    chosen = [
        (number, row)
        for number, row in lines
        if (str(row.get("id")) in ids if ids else everything or row.get("accepted") is True)
    ]
    if not chosen:
        raise InvalidInput(f'{drafts}: nothing is chosen; give --id or --all, or write "accepted": true into its lines')
    old = load_drafts(questions) if questions.exists() else []
    present = {question.id for question in old}
    new = {question.id: question for question in _questions(drafts, chosen) if question.id not in present}
    if new:
        write_lines(questions, map(question_json, (*old, *new.values())))
    taken = {str(row.get("id")) for _, row in chosen}
    return Accepted(
        accepted=tuple(new),
        present=tuple(sorted(taken & present)),
        left=tuple(sorted(known - taken)),
    )


def _json_object(line: bytes) -> dict[str, Any]:
    return TypeAdapter(dict[str, Any]).validate_json(line)


def _questions(path: Path, chosen: list[tuple[int, dict[str, Any]]]) -> Iterator[JudgedQuestion]:
    adapter = TypeAdapter(JudgedQuestion)
    for number, row in chosen:
        try:
            question = adapter.validate_json(json.dumps(row))
        except ValidationError as error:
            raise InvalidInput(f"{path}, line {number}: {first_fault(error)}") from error
        yield replace(question, accepted=True, tags=tuple(tag for tag in question.tags if tag != DRAFT))
