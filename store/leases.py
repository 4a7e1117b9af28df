"""Who works on which job. Every claim is one statement, and nobody writes under a lease that another has taken.

A lease is one attempt at a job: its number is the token that every write of the worker is checked against, in the
same transaction. A worker that was held up for longer than its lease, and lost the job to another, stores nothing more.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select, update
from sqlalchemy.exc import IntegrityError

from core.settings import JobSettings
from store.catalog import Catalog
from store.clock import seconds_now
from store.job import Job, JobFile, JobProgress, JobState, Order, Priority, Words, job_from, progress_values
from store.lease import after_failure, has_lost, hold, lease_of, note_files, ready, reap, should_yield
from store.tables import jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an attempt leaves behind: its counts, and verdicts that are not kept yet."""

    progress: JobProgress
    files: tuple[JobFile, ...] = ()


class Leases:
    """What workers do with jobs. Thread-safe; any number of processes may use one record."""

    def __init__(self, catalog: Catalog, settings: JobSettings) -> None:
        self._catalog = catalog
        self._settings = settings

    def claim(self, owner: str, *, only: int | None = None, worst: Priority = Priority.BATCH) -> Job | None:
        """The next job that may run now, leased to ``owner``: by priority, then by age. None when there is none.

        ``only`` names the one job that is wanted, ``worst`` the lowest priority that is. What a dead worker had comes
        back into the queue first. One job of a knowledge base runs at a time.
        """
        wanted = ready(owner, only, worst)
        with self._catalog.engine.connect() as connection:
            if not connection.scalar(select(exists(wanted))) and not has_lost(connection):
                return None  # looking takes no write lock
        try:
            with self._catalog.writing() as connection:
                reap(connection, self._settings)
                row = connection.execute(self._take(owner, wanted)).one_or_none()
        except IntegrityError:
            return None  # another worker took a job of the same knowledge base a moment ago
        return None if row is None else job_from(row)

    def reserve(self, job: Job, owner: str) -> None:
        """Keep a queued job for ``owner`` alone, for as long as a lease lasts."""
        mine = (jobs.c.id == job.id) & (jobs.c.owner.in_(("", owner))) & (jobs.c.state == JobState.QUEUED)
        with self._catalog.writing() as connection:
            connection.execute(update(jobs).where(mine).values(owner=owner, lease_until=self._until()))

    def pulse(self, job: Job, progress: JobProgress) -> Order:
        """A sign of life with the present counts. Returns what the worker has to do about the job."""
        values = {"lease_until": self._until(), "heartbeat_at": seconds_now(), "progress": progress_values(progress)}
        statement = update(jobs).where(lease_of(job)).values(values).returning(jobs.c.stopping)
        with self._catalog.writing() as connection:
            stopping = connection.scalar(statement)
            if stopping is None:
                return Order.LOST
            if stopping:
                return Order.CANCEL
            return Order.YIELD if connection.scalar(should_yield(job)) else Order.GO_ON

    def finish(self, job: Job, state: JobState, standing: Standing, report: Words) -> None:
        """End the job as ``done`` or ``cancelled``. Raises ``LeaseLost``."""
        values = {"state": state, "report": report, "error": "", "owner": "", "finished_at": seconds_now()}
        self._settle(job, standing, lambda _: values)

    def give_back(self, job: Job, standing: Standing) -> None:
        """Put the job back into the queue, at its old place. Raises ``LeaseLost``."""
        self._settle(job, standing, lambda _: {"state": JobState.QUEUED, "owner": ""})

    def fail(self, job: Job, standing: Standing, error: str, *, retryable: bool) -> None:
        """Queue the job again for later, or end it where another attempt is pointless. Raises ``LeaseLost``."""
        self._settle(
            job, standing, lambda failures: after_failure(failures + 1, error, self._settings, retryable=retryable)
        )

    def fenced(self, job: Job, take_files: Callable[[], tuple[JobFile, ...]]) -> Catalog:
        """The catalog as this attempt may write it: every transaction raises ``LeaseLost`` once the lease is gone.

        Each one also keeps the verdicts that ``take_files`` hands out, so that a verdict and the document that it is
        about are stored together.
        """
        return _FencedCatalog(self._catalog, job, take_files)

    def _settle(self, job: Job, standing: Standing, values: Callable[[int], Mapping[str, Any]]) -> None:
        with self._catalog.writing() as connection:
            hold(connection, job)
            note_files(connection, job, standing.files)
            mine = jobs.c.id == job.id
            failures = connection.scalar(select(jobs.c.failures).where(mine)) or 0
            counts = {"progress": progress_values(standing.progress)}
            connection.execute(update(jobs).where(mine).values({**values(failures), **counts}))

    def _take(self, owner: str, wanted: Select[tuple[int]]) -> Any:
        values = {
            "state": JobState.RUNNING,
            "owner": owner,
            "attempts": jobs.c.attempts + 1,
            "lease_until": self._until(),
            "heartbeat_at": seconds_now(),
            "started_at": func.coalesce(jobs.c.started_at, seconds_now()),
        }
        chosen = jobs.c.id == wanted.with_for_update(skip_locked=True).scalar_subquery()
        return update(jobs).where(chosen, jobs.c.state == JobState.QUEUED).values(values).returning(jobs)

    def _until(self) -> ColumnElement[float]:
        return seconds_now() + self._settings.lease_seconds


class _FencedCatalog(Catalog):
    """A catalog whose every transaction holds a lease. It shares its engine with the one it was made from."""

    def __init__(self, catalog: Catalog, job: Job, take_files: Callable[[], tuple[JobFile, ...]]) -> None:
        super().__init__(catalog.engine, keep_versions=catalog._keep_versions, cut=catalog._cut)
        self._job = job
        self._take_files = take_files

    def taking(self, cut: str) -> Catalog:
        """The same record under the same lease, for passages that are cut as ``cut`` names it."""
        return _FencedCatalog(super().taking(cut), self._job, self._take_files)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction. Raises ``LeaseLost`` before anything is written."""
        with super().writing() as connection:
            hold(connection, self._job)
            yield connection
            note_files(connection, self._job, self._take_files())
