"""Asking for jobs, following them and ending them. Workers use ``store.leases``."""

from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from core.errors import InvalidInput, NotFound
from core.settings import JobSettings
from core.types import Outcome
from store.catalog import Catalog
from store.clock import seconds_now
from store.job import Job, JobFile, JobProgress, JobState, NewJob, job_from, progress_values
from store.lease import reap
from store.tables import job_files, jobs

_FINAL = tuple(state for state in JobState if state.is_final)


class Jobs:
    """The queue of one home. Thread-safe; any number of processes may use one record."""

    def __init__(self, catalog: Catalog, settings: JobSettings) -> None:
        self._catalog = catalog
        self._settings = settings

    def submit(self, new: NewJob, *, owner: str = "") -> Job:
        """Queue a job, kept for ``owner`` if one is named. Raises ``InvalidInput`` for an unusable knowledge base name.

        One that waits already with the same words, because its worker died or nobody has begun it, is taken instead.
        """
        self._catalog.ensure_kb(new.kb)
        with self._catalog.writing() as connection:
            reap(connection, self._settings)
            self._forget_old(connection)
            same = next((row for row in connection.execute(_free(new)) if row.arguments == new.arguments), None)
            return self._again(connection, same, new, owner) if same else self._insert(connection, new, owner)

    def get(self, job: int) -> Job:
        """Raises ``NotFound``."""
        with self._catalog.engine.connect() as connection:
            return job_from(_row(connection, job))

    def all(self) -> list[Job]:
        """Every job that is kept, newest first."""
        with self._catalog.engine.connect() as connection:
            return [job_from(row) for row in connection.execute(select(jobs).order_by(jobs.c.id.desc()))]

    def queued(self) -> int:
        """How many jobs wait, those that no living process keeps for itself."""
        statement = select(func.count()).where(jobs.c.state == JobState.QUEUED, jobs.c.owner == "")
        with self._catalog.engine.connect() as connection:
            return connection.scalar(statement) or 0

    def files(self, job: int) -> list[JobFile]:
        """What the job settled so far, by source; unchanged files are not among them."""
        statement = select(job_files).where(job_files.c.job_id == job).order_by(job_files.c.source)
        with self._catalog.engine.connect() as connection:
            return [_file_from(row) for row in connection.execute(statement)]

    def cancel(self, job: int) -> Job:
        """End a queued job now; ask the worker of a running one to stop. Raises ``NotFound`` or ``InvalidInput``."""
        with self._catalog.writing() as connection:
            reap(connection, self._settings)
            state = JobState(_row(connection, job).state)
            if state.is_final:
                raise InvalidInput(f"job {job} is {state} already")
            values: dict[str, Any] = {"stopping": 1}
            if state is JobState.QUEUED:
                values |= {"state": JobState.CANCELLED, "owner": "", "finished_at": seconds_now()}
            return _changed(connection, job, values)

    def retry(self, job: int) -> Job:
        """Queue a failed or cancelled job again; it goes on where it was. Raises ``NotFound`` or ``InvalidInput``."""
        with self._catalog.writing() as connection:
            state = JobState(_row(connection, job).state)
            if state not in {JobState.FAILED, JobState.CANCELLED}:
                raise InvalidInput(f"job {job} is {state}; only a failed or cancelled one can be tried again")
            values = {"state": JobState.QUEUED, "failures": 0, "stopping": 0, "report": None, "error": ""}
            return _changed(connection, job, {**values, "finished_at": None, "not_before": seconds_now()})

    def _insert(self, connection: Connection, new: NewJob, owner: str) -> Job:
        values = {
            "kb": new.kb,
            "kind": new.kind,
            "arguments": dict(new.arguments),
            "priority": new.priority,
            "state": JobState.QUEUED,
            "owner": owner,
            "not_before": seconds_now(),
            "lease_until": seconds_now() + self._settings.lease_seconds,
            "created_at": seconds_now(),
            "progress": progress_values(JobProgress()),
        }
        return job_from(connection.execute(insert(jobs).values(values).returning(jobs)).one())

    def _again(self, connection: Connection, same: Row[Any], new: NewJob, owner: str) -> Job:
        values: dict[str, Any] = {"priority": min(same.priority, new.priority)}
        if owner:
            until = seconds_now() + self._settings.lease_seconds
            values |= {"owner": owner, "lease_until": until, "not_before": seconds_now()}
        return _changed(connection, same.id, values)

    def _forget_old(self, connection: Connection) -> None:
        finished = select(jobs.c.id).where(jobs.c.state.in_(_FINAL)).order_by(jobs.c.id.desc())
        connection.execute(delete(jobs).where(jobs.c.id.in_(finished.offset(self._settings.keep))))


def _free(new: NewJob) -> Any:
    """Queued jobs of this kind that no living process keeps for itself."""
    mine = (jobs.c.kb == new.kb) & (jobs.c.kind == new.kind) & (jobs.c.state == JobState.QUEUED)
    return select(jobs).where(mine, jobs.c.owner == "").order_by(jobs.c.id)


def _row(connection: Connection, job: int) -> Row[Any]:
    row = connection.execute(select(jobs).where(jobs.c.id == job)).one_or_none()
    if row is None:
        raise NotFound(f"no job {job}; `citedesk jobs list` shows all")
    return row


def _changed(connection: Connection, job: int, values: dict[str, Any]) -> Job:
    return job_from(connection.execute(update(jobs).where(jobs.c.id == job).values(values).returning(jobs)).one())


def _file_from(row: Row[Any]) -> JobFile:
    return JobFile(source=row.source, outcome=Outcome(row.outcome), reason=row.reason, passages=row.passages)
