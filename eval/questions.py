"""Judged questions for the answer side: what was asked, whether the documents answer it, and with which words."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from core.errors import InvalidInput
from core.types import Language, Turn
from eval.jsonl import read_jsonl, require_file, unique_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldQuote:
    """Words that answer a question, as they stand in the document ingested from ``source``."""

    source: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedQuestion:
    """A question with its expected end. ``gold`` is empty exactly where the documents do not hold the answer.

    ``history`` has the oldest turn first; ``tags`` are free words by which results are also reported.
    """

    id: str
    question: str
    language: Language
    answerable: bool
    gold: tuple[GoldQuote, ...] = ()
    history: tuple[Turn, ...] = ()
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.id.strip() and self.question.strip()):
            raise ValueError(f"a judged question needs an id and words, got id={self.id!r}, question={self.question!r}")
        if self.answerable != bool(self.gold):
            raise ValueError(
                f"question {self.id!r} has answerable={self.answerable} and {len(self.gold)} gold quotes; "
                "an answerable question needs one at least, an unanswerable one has none"
            )
        if not all(quote.quote.strip() for quote in self.gold):
            raise ValueError(f"question {self.id!r} has an empty gold quote")


def load_questions(path: Path) -> list[JudgedQuestion]:
    """Read one question a line, in file order.

    Raises ``NotFound`` for a missing file and ``InvalidInput`` for a malformed or contradictory line, a repeated id and
    an empty file.
    """
    rows = read_jsonl(require_file(path, "one judged question a line"), _parser())
    questions = list(unique_by_id(path, rows, lambda question: question.id))
    if not questions:
        raise InvalidInput(f"{path}: no questions; a file needs at least one")
    return questions


@cache
def _parser() -> Callable[[bytes], JudgedQuestion]:
    return TypeAdapter(JudgedQuestion).validate_json
