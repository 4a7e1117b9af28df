"""Evaluation sets that are checked, imported and drafted."""

from typing_extensions import TypedDict


class SetProblem(TypedDict):
    """``line`` is 0 where the whole file is meant; ``kind`` is a name such as quote_not_found or duplicate_id."""

    file: str
    line: int
    kind: str
    message: str


class EvalCheck(TypedDict):
    """``citedesk eval check``; exit code 1 with problems. ``format`` is beir, support or questions.

    ``judgements`` counts gold quotes or lines of the qrels, ``allowed`` the problems of kinds given with ``--allow``.
    """

    path: str
    format: str
    documents: int
    questions: int
    answerable: int
    judgements: int
    by_language: dict[str, int]
    allowed: int
    problems: list[SetProblem]


class RejectedRow(TypedDict):
    """``row`` is what a spreadsheet shows, where the header is row 1, or the line of a JSONL file."""

    row: int
    reason: str


class EvalImport(TypedDict):
    """``citedesk eval import csv`` and ``records``; exit code 1 with rejected rows; ``merged`` ones joined another."""

    questions: int
    answerable: int
    to_judge: int
    merged: int
    ignored_columns: list[str]
    rejected: list[RejectedRow]
    files: list[str]


class EvalQuestions(TypedDict):
    """``citedesk eval questions``; ``questions`` are lines of a questions file with ``accepted`` false.

    ``dropped`` is keyed by round_trip, duplicate, ambiguous and unlocated; ``model_failures`` counts passages for which
    templates stood in, ``model_down`` is why the model was no longer asked.
    """

    kb: str
    kept: int
    documents: int
    by_language: dict[str, int]
    by_kind: dict[str, int]
    dropped: dict[str, int]
    model_failures: int
    model_down: str
    out: str | None
    questions: list[dict[str, object]]


class EvalAccept(TypedDict):
    """``citedesk eval accept``: ids of drafts that were taken, that were there before, and that are left."""

    accepted: list[str]
    present: list[str]
    left: list[str]
    out: str
