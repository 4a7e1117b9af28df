"""The steps that a transaction about a job's lease is made of. Each runs inside the caller's transaction."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, literal, or_, select, update

from core.errors import CitedeskError
from core.settings import JobSettings
from core.types import Outcome
from store.changes import batches
from store.clock import seconds_now
from store.job import Job, JobFile, JobState, Priority
from store.tables import job_files, jobs
from store.worker_name import is_dead, process_of

_LONGEST_DELAY = 300.0
# A worker that has nothing to do takes a job sooner than this; only then a batch job makes room for it.
_PATIENCE_SECONDS = 1.0


class LeaseLost(CitedeskError):
    """Another worker has the job now, or it was deleted with its knowledge base; nothing was written."""

    retryable = True


def lease_of(job: Job) -> ColumnElement[bool]:
    """The job's row while this attempt holds it; an attempt that is over never holds it again."""
    return (jobs.c.id == job.id) & (jobs.c.attempts == job.attempts) & (jobs.c.state == JobState.RUNNING)


def hold(connection: Connection, job: Job) -> None:
    """Keep the lease from being taken until this transaction ends. Raises ``LeaseLost``."""
    if connection.scalar(select(jobs.c.id).where(lease_of(job)).with_for_update()) is None:
        raise LeaseLost(f"attempt {job.attempts} at job {job.id} is over: another worker has it, or it was deleted")


def note_files(connection: Connection, job: Job, files: Sequence[JobFile]) -> None:
    """Keep the verdicts; the last one on a source counts. A document that was stored ends a row of failures."""
    by_source = {file.source: file for file in files}
    for part in batches(list(by_source)):
        mine = (job_files.c.job_id == job.id) & job_files.c.source.in_(part)
        connection.execute(delete(job_files).where(mine))
        connection.execute(insert(job_files), [_file_values(job.id, by_source[source]) for source in part])
    if any(file.outcome is Outcome.INGESTED for file in files):
        connection.execute(update(jobs).where(jobs.c.id == job.id, jobs.c.failures > 0).values(failures=0))


def ready(owner: str, only: int | None, worst: Priority) -> Select[tuple[int]]:
    """The id of the next job that ``owner`` may take, by priority, then by age."""
    waiting = jobs.alias("waiting")
    statement = select(waiting.c.id).where(
        waiting.c.state == JobState.QUEUED,
        waiting.c.priority <= worst,
        waiting.c.not_before <= seconds_now(),
        or_(waiting.c.owner.in_(("", owner)), waiting.c.lease_until < seconds_now()),
        waiting.c.kb.not_in(_busy()),
        # The job that this one made room for may be another process's own.
        ~_urgent(waiting.c.kb, waiting.c.priority).exists(),
    )
    if only is not None:
        statement = statement.where(waiting.c.id == only)
    return statement.order_by(waiting.c.priority, waiting.c.id).limit(1)


def should_yield(job: Job) -> Select[tuple[bool]]:
    """Whether a more urgent job waits, on the same knowledge base, or elsewhere while no other worker is free."""
    waiting = jobs.alias("waiting")
    elsewhere = select(waiting.c.id).where(
        waiting.c.state == JobState.QUEUED,
        waiting.c.priority < job.priority,
        waiting.c.owner == "",
        waiting.c.not_before <= seconds_now() - _PATIENCE_SECONDS,
        waiting.c.kb.not_in(_busy()),
    )
    return select(or_(_urgent(literal(job.kb), literal(int(job.priority))).exists(), elsewhere.exists()))


def _urgent(kb: ColumnElement[str], priority: ColumnElement[int]) -> Select[tuple[int]]:
    """Jobs on this knowledge base that go before one of this priority."""
    urgent = jobs.alias("urgent")
    return select(urgent.c.id).where(
        urgent.c.kb == kb,
        urgent.c.state == JobState.QUEUED,
        urgent.c.priority < priority,
        urgent.c.not_before <= seconds_now(),
        or_(urgent.c.owner == "", urgent.c.lease_until >= seconds_now()),
    )


def _busy() -> Select[tuple[str]]:
    running = jobs.alias("running")
    return select(running.c.kb).where(running.c.state == JobState.RUNNING)


def has_lost(connection: Connection) -> bool:
    """Whether a lease ran out, or its worker is gone."""
    over = (jobs.c.lease_until < seconds_now()).label("over")
    rows = connection.execute(select(jobs.c.owner, over).where(_held()))
    return any(row.over or is_dead(row.owner) for row in rows)


def reap(connection: Connection, settings: JobSettings) -> None:
    """Put what dead and silent workers had back into the queue, or end it where that happens again and again."""
    over = (jobs.c.lease_until < seconds_now()).label("over")
    statement = select(jobs, over).where(_held()).with_for_update(skip_locked=True)
    for row in connection.execute(statement).all():
        if row.over or is_dead(row.owner):
            values: Mapping[str, Any] = {"owner": ""}
            if row.state == JobState.RUNNING:
                error = f"its worker ended in the middle ({process_of(row.owner)})"
                values = after_failure(row.failures + 1, error, settings, stopping=bool(row.stopping))
            connection.execute(update(jobs).where(jobs.c.id == row.id).values(values))


def _held() -> ColumnElement[bool]:
    return jobs.c.state.in_((JobState.QUEUED, JobState.RUNNING)) & (jobs.c.owner != "")


def after_failure(
    failures: int, error: str, settings: JobSettings, *, retryable: bool = True, stopping: bool = False
) -> dict[str, Any]:
    """The columns of a job whose attempt came to nothing, the ``failures``-th time in a row."""
    values: dict[str, Any] = {"owner": "", "failures": failures, "error": error}
    if stopping:
        return values | {"state": JobState.CANCELLED, "finished_at": seconds_now()}
    if not retryable or failures >= settings.attempts:
        return values | {"state": JobState.FAILED, "finished_at": seconds_now()}
    return values | {"state": JobState.QUEUED, "not_before": seconds_now() + delay(failures, settings)}


def delay(failures: int, settings: JobSettings) -> float:
    """Seconds to wait after so many failures in a row: doubled each time, up to five minutes, give or take half."""
    longest = min(_LONGEST_DELAY, settings.retry_seconds * 2.0 ** (failures - 1))
    return longest * random.uniform(0.5, 1.5)  # noqa: S311  # keeps workers apart, guards no secret


def _file_values(job: int, file: JobFile) -> dict[str, Any]:
    return {
        "job_id": job,
        "source": file.source,
        "outcome": file.outcome.value,
        "reason": file.reason,
        "passages": file.passages,
    }
