"""What ``citedesk jobs`` and ``citedesk ingest --detach`` print with ``--json``."""

from typing import Any

from typing_extensions import TypedDict


class Queued(TypedDict):
    """``citedesk ingest --detach``."""

    job: int
    state: str


class JobProgress(TypedDict):
    """Files and bytes done and in all, passages written, texts embedded, documents removed, files that gave nothing;
    ``current`` is the source that is waited for."""

    files: int
    files_done: int
    bytes: int
    bytes_done: int
    passages: int
    embedded: int
    removed: int
    problems: int
    current: str


class Job(TypedDict):
    """``citedesk jobs cancel`` and ``retry``. ``priority`` is interactive or batch.

    ``state`` is queued, running, done, failed or cancelled; times are ISO 8601 in UTC, null where not come yet.
    ``attempts`` counts how often a worker took the job, ``failures`` those that went wrong since the last progress;
    ``report`` is what the command of its kind prints, null before the end.
    """

    id: int
    kb: str
    kind: str
    arguments: dict[str, Any]
    priority: str
    state: str
    attempts: int
    failures: int
    owner: str
    created_at: str
    not_before: str
    started_at: str | None
    heartbeat_at: str | None
    finished_at: str | None
    progress: JobProgress
    report: dict[str, Any] | None
    error: str


class Jobs(TypedDict):
    """``citedesk jobs list``, newest first, ``citedesk jobs work``: those that ran, and ``citedesk jobs retry
    --failed``: those that are tried again."""

    jobs: list[Job]


class JobFile(TypedDict):
    """A file or attachment that a job settled; unchanged ones are not listed."""

    path: str
    outcome: str
    reason: str
    passages: int


class JobDetails(Job):
    """``citedesk jobs show``."""

    files: list[JobFile]
