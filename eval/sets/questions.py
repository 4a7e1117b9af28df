"""Judged questions for the answer side: what was asked, whether the documents answer it, and with which words."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from core.errors import InvalidInput
from core.types import Language, Turn
from eval.sets.jsonl import read_jsonl, require_file, unique_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldQuote:
    """Words that answer a question, as they stand in the document ingested from ``source``."""

    source: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedQuestion:
    """A question with its expected end: ``gold`` and ``reference`` are empty where the documents hold no answer.

    ``reference`` is an answer in somebody's own words; ``history`` has the oldest turn first; ``tags`` are free words
    by which results are also reported; ``contexts`` are the only sources that may answer, all where it is None. A
    draft is ``accepted`` once a person has read it.
    """

    id: str
    question: str
    language: Language
    answerable: bool
    gold: tuple[GoldQuote, ...] = ()
    history: tuple[Turn, ...] = ()
    tags: tuple[str, ...] = ()
    reference: str = ""
    contexts: tuple[str, ...] | None = None
    accepted: bool = True

    def __post_init__(self) -> None:
        if not (self.id.strip() and self.question.strip()):
            raise ValueError(f"a judged question needs an id and words, got id={self.id!r}, question={self.question!r}")
        if self.answerable != bool(self.gold or self.reference.strip()):
            raise ValueError(
                f"question {self.id!r} has answerable={self.answerable} and {len(self.gold)} gold quotes with "
                f"reference={self.reference[:40]!r}; an answerable question needs a quote or a reference, an "
                "unanswerable one has none"
            )
        if not all(quote.quote.strip() for quote in self.gold):
            raise ValueError(f"question {self.id!r} has an empty gold quote")


def load_questions(path: Path) -> list[JudgedQuestion]:
    """Read one question a line, in file order.

    Raises ``NotFound`` for a missing file and ``InvalidInput`` for a malformed or contradictory line, a repeated id, an
    empty file and drafts that nobody has accepted.
    """
    questions = load_drafts(path)
    drafts = sum(not question.accepted for question in questions)
    if drafts:
        raise InvalidInput(
            f"{path}: {drafts} of {len(questions)} questions are drafts that nobody has accepted; "
            "read them and run `citedesk eval accept`"
        )
    return questions


def load_drafts(path: Path) -> list[JudgedQuestion]:
    """Like ``load_questions``, accepted or not."""
    rows = read_jsonl(require_file(path, "one judged question a line"), _parser())
    questions = list(unique_by_id(path, rows, lambda question: question.id))
    if not questions:
        raise InvalidInput(f"{path}: no questions; a file needs at least one")
    return questions


def question_json(question: JudgedQuestion) -> dict[str, object]:
    """The question as one line of a questions file; what is empty by default is left out."""
    line: dict[str, object] = {
        "id": question.id,
        "question": question.question,
        "language": question.language,
        "answerable": question.answerable,
        "gold": [{"source": gold.source, "quote": gold.quote} for gold in question.gold],
        "history": [{"role": turn.role, "content": turn.content} for turn in question.history],
        "tags": list(question.tags),
    }
    if question.reference:
        line["reference"] = question.reference
    if question.contexts is not None:
        line["contexts"] = list(question.contexts)
    if not question.accepted:
        line["accepted"] = False
    return line


def question_id(text: str, language: Language, history: Sequence[Turn] = ()) -> str:
    """``en-`` or ``zh-`` and 8 hexadecimal digits: the same question gets the same id in every import."""
    words = "\0".join((text, *(turn.content for turn in history)))
    return f"{language}-{hashlib.sha256(words.encode()).hexdigest()[:8]}"


@cache
def _parser() -> Callable[[bytes], JudgedQuestion]:
    return TypeAdapter(JudgedQuestion).validate_json
