"""What a job is: a piece of work on one knowledge base that outlives the process which asked for it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import IntEnum, StrEnum
from typing import Any, TypeAlias

from sqlalchemy import Row

from core.types import Outcome

# Whatever JSON holds: the words of one kind of job, which its handler reads back.
Words: TypeAlias = Mapping[str, Any]


class JobState(StrEnum):
    """Where a job stands. The last three are final, until somebody asks for a failed or cancelled one again."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether no worker will touch it again by itself."""
        return self in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


class Priority(IntEnum):
    """Who waits for a job; the smaller number goes first."""

    INTERACTIVE = 0
    BATCH = 1


class Order(StrEnum):
    """What the record tells a worker about the job it is at."""

    GO_ON = "go_on"
    CANCEL = "cancel"
    YIELD = "yield"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """How far a job has come: files (or documents) and their bytes, done and in all, passages written so far.

    ``embedded`` and ``removed`` count over all attempts; ``problems`` are files that gave no document; ``current`` is
    the source that is being waited for, empty between files.
    """

    files: int = 0
    files_done: int = 0
    bytes: int = 0
    bytes_done: int = 0
    passages: int = 0
    embedded: int = 0
    removed: int = 0
    problems: int = 0
    current: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFile:
    """What a job settled about one file or attachment; unchanged files are not kept."""

    source: str
    outcome: Outcome
    reason: str
    passages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job as it is asked for. Raises ``NotFound`` or ``InvalidInput`` when it is submitted, not here."""

    kb: str
    kind: str
    arguments: Words
    priority: Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of ``citedesk jobs list``; times are seconds since 1970.

    ``attempts`` counts how often a worker took it and is the token of its present lease; ``failures`` counts those
    that went wrong since the last progress. ``owner`` is empty while nobody has it, ``error`` what last went wrong.
    """

    id: int
    kb: str
    kind: str
    arguments: Words
    priority: Priority
    state: JobState
    attempts: int
    failures: int
    stopping: bool
    owner: str
    not_before: float
    lease_until: float
    created_at: float
    started_at: float | None
    heartbeat_at: float | None
    finished_at: float | None
    progress: JobProgress = field(default_factory=JobProgress)
    report: Words | None
    error: str


def job_from(row: Row[Any]) -> Job:
    """The job of one row of ``jobs``."""
    values = {each.name: getattr(row, each.name) for each in fields(Job)}
    values |= {
        "priority": Priority(row.priority),
        "state": JobState(row.state),
        "stopping": bool(row.stopping),
        "progress": JobProgress(**row.progress),
    }
    return Job(**values)


def progress_values(progress: JobProgress) -> dict[str, Any]:
    """As the column ``progress`` keeps it."""
    return asdict(progress)
