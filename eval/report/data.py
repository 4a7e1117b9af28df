"""What ``citedesk eval run --out`` and ``citedesk eval answers --out`` left, read back for a report.

Readers are tolerant: keys that are not known are passed over and those that an older release did not write are empty.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import InvalidInput, NotFound
from core.text import language_of
from eval.sets.jsonl import first_fault, read_jsonl, require_file


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class StageFigures(_Stored):
    """One entry of ``runs`` in ``results.json``; ``interval`` holds 95 % bounds by measure."""

    stage: str
    measures: Mapping[str, float | None]
    interval: Mapping[str, tuple[float, float] | None] = {}


class Results(_Stored):
    """``results.json``."""

    dataset: str
    queries: int
    documents: int
    runs: tuple[StageFigures, ...]
    digest: str = ""
    unjudged: int = 0
    configuration: Mapping[str, Any] = {}
    versions: Mapping[str, str] = {}
    git_commit: str | None = None


class QueryRow(_Stored):
    """One line of ``per_query.jsonl``: one query at one stage. A measure is null where it is undefined."""

    stage: str
    query_id: str
    query: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    measures: Mapping[str, float | None]
    latency_ms: float | None = None

    @property
    def spoken(self) -> str:
        """The query's language, taken from its text where the file does not say."""
        return self.language or (language_of(self.query) if self.query else "")


class CitedQuote(_Stored):
    """A quote that was shown: whether it stands in the stored text, and whether it overlaps what was expected."""

    source: str
    quote: str
    exact: bool = True
    gold: bool = False


class ExpectedQuote(_Stored):
    """Words that answer the question, as they stand in ``source``."""

    source: str
    quote: str


class AnswerRow(_Stored):
    """One line of what ``citedesk eval answers --out`` leaves."""

    id: str
    question: str
    language: str = ""
    answerable: bool
    tags: tuple[str, ...] = ()
    status: str
    reason: str = ""
    probability: float | None = None
    text: str = ""
    verdicts: Mapping[str, bool | float | None] = {}
    citations: tuple[CitedQuote, ...] = ()
    gold: tuple[ExpectedQuote, ...] = ()
    reference: str = ""
    timings_ms: Mapping[str, float] = {}

    @property
    def spoken(self) -> str:
        """The question's language, taken from its text where the file does not say."""
        return self.language or language_of(self.question)

    @property
    def answered(self) -> bool:
        """Whether claims were shown."""
        return self.status == "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalRun:
    """One folder of ``citedesk eval run``; ``rows`` by stage, in the order of the stages."""

    name: str
    folder: Path
    results: Results
    rows: Mapping[str, tuple[QueryRow, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersFile:
    """One file of ``citedesk eval answers``."""

    name: str
    rows: tuple[AnswerRow, ...]


_PER_QUERY = "a line per stage and query, as `citedesk eval run --out` leaves it; a sweep leaves such folders in `runs`"


def read_run(folder: Path, name: str = "") -> RetrievalRun:
    """Raises ``NotFound`` for a folder without results and ``InvalidInput`` for a file that cannot be read."""
    if not folder.is_dir():
        raise NotFound(f"no folder {str(folder)!r}: `citedesk eval run FOLDER --out {folder}` makes one")
    results = require_file(folder / "results.json", "what `citedesk eval run --out` writes")
    lines = require_file(folder / "per_query.jsonl", _PER_QUERY)
    rows: dict[str, list[QueryRow]] = {}
    for _, row in read_jsonl(lines, QueryRow.model_validate_json):
        rows.setdefault(row.stage, []).append(row)
    if not rows:
        raise InvalidInput(f"{lines}: no queries; run the evaluation again")
    by_stage = {stage: tuple(each) for stage, each in rows.items()}
    return RetrievalRun(name=name or folder.resolve().name, folder=folder, results=read_results(results), rows=by_stage)


def read_results(path: Path) -> Results:
    """``results.json`` of a run. Raises ``InvalidInput`` for a file that cannot be read."""
    try:
        return Results.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InvalidInput(f"{path}: {first_fault(error)}; run the evaluation again") from error


def read_answers(path: Path, name: str = "") -> AnswersFile:
    """Raises ``NotFound`` for a missing file and ``InvalidInput`` for one that is empty or cannot be read."""
    require_file(path, "what `citedesk eval answers --out` writes")
    rows = tuple(row for _, row in read_jsonl(path, AnswerRow.model_validate_json))
    if not rows:
        raise InvalidInput(f"{path}: no answers; run the evaluation again")
    return AnswersFile(name=name or path.stem, rows=rows)


def rankings(path: Path, wanted: Collection[str], depth: int) -> dict[str, list[str]]:
    """The first ``depth`` documents of each wanted query in a TREC run file, best first; none without the file."""
    found: dict[str, list[tuple[int, str]]] = {query: [] for query in wanted}
    for query, document, rank in _trec_lines(path) if path.is_file() else ():
        if rank <= depth and query in found:
            found[query].append((rank, document))
    return {query: [document for _, document in sorted(ranked)] for query, ranked in found.items()}


def _trec_lines(path: Path) -> Iterator[tuple[str, str, int]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            parts = line.split()
            if len(parts) != 6 or not parts[3].isdecimal():
                raise InvalidInput(f"{path}, line {number}: {line.strip()!r} is not `query Q0 document rank score tag`")
            yield parts[0], parts[2], int(parts[3])
