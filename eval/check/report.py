"""What a check of a judged set found, as JSON for scripts."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

SetFormat: TypeAlias = Literal["beir", "support", "questions"]

KINDS = {
    "missing_file": "a file that the format needs is not there",
    "unreadable": "a line, or the file, is not in the format",
    "unread_key": "a key that is not read, though it looks like one that is",
    "duplicate_id": "an id stands twice",
    "duplicate_question": "a question stands twice in the same words",
    "near_duplicate": "two questions hardly differ",
    "unknown_language": "a language that is neither en nor zh",
    "language_differs": "the words are of another language than the line says",
    "no_gold": "an answerable question without a quote or a reference",
    "empty_quote": "a gold quote without a word",
    "gold_in_unanswerable": "an unanswerable question with a quote or a reference",
    "quote_not_found": "a gold quote is not in the document that it names",
    "unknown_document": "a quote, a context or a judgement names a document that is not there",
    "unknown_query": "a judgement names a query that is not there",
    "unjudged_query": "no document is judged relevant to a query",
    "contradiction": "one pair of query and document has two grades",
    "no_text": "a document gave no text",
    "not_accepted": "a draft that nobody has accepted",
}
"""Every kind of problem, and what it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to put right. ``line`` counts from 1, 0 means the whole file; ``kind`` is one of ``KINDS``."""

    file: str
    line: int
    kind: str
    message: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no kind of problem is called {self.kind!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What was checked, and its problems by file and line.

    ``judgements`` counts gold quotes, or lines of the qrels; ``by_language`` counts questions; ``allowed`` counts the
    problems of kinds that the caller does not mind, which are not listed.
    """

    path: str
    format: SetFormat
    documents: int
    questions: int
    answerable: int
    judgements: int
    by_language: dict[str, int]
    problems: tuple[Problem, ...]
    allowed: int = 0

    def without(self, kinds: Collection[str]) -> "CheckReport":
        """The same without the problems of ``kinds``, which are only counted."""
        kept = tuple(problem for problem in self.problems if problem.kind not in kinds)
        return replace(self, problems=kept, allowed=self.allowed + len(self.problems) - len(kept))

    @property
    def summary(self) -> str:
        """One line for people."""
        languages = ", ".join(f"{count} {language}" for language, count in sorted(self.by_language.items()))
        asked = _counted(self.questions, "question") + (f" ({languages})" if languages else "")
        found = _counted(len(self.problems), "problem") if self.problems else "no problem"
        allowed = f", {self.allowed} allowed" if self.allowed else ""
        return (
            f"{self.path} ({self.format}): {asked}, {self.answerable} answerable, "
            f"{_counted(self.judgements, 'judgement')}, {_counted(self.documents, 'document')}: {found}{allowed}"
        )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def check_json(report: CheckReport) -> dict[str, object]:
    """The report in the shape of ``citedesk eval check --json``."""
    return {
        "path": report.path,
        "format": report.format,
        "documents": report.documents,
        "questions": report.questions,
        "answerable": report.answerable,
        "judgements": report.judgements,
        "by_language": dict(report.by_language),
        "allowed": report.allowed,
        "problems": [
            {"file": problem.file, "line": problem.line, "kind": problem.kind, "message": problem.message}
            for problem in report.problems
        ],
    }
