"""The workers: they take jobs from the record and run them. Commands and the service share them.

What a kind of job does stands in a mapping from its name; ``ingest/ingest_job.py`` has the one for files.
"""

import logging
import threading
from typing import Protocol

from core.settings import JobSettings
from ingest.attempt import Attempts
from ingest.job_watch import JobWatch
from store.job import Job, Order, Priority
from store.jobs import Jobs
from store.leases import Leases
from store.worker_name import worker_name

logger = logging.getLogger(__name__)


class Follower(Protocol):
    """Whoever shows a job to a person."""

    def running(self, job: Job, watch: JobWatch) -> None:
        """An attempt begins in this process; ``watch`` may be read until the next call."""
        ...

    def waiting(self, job: Job) -> None:
        """The job cannot run here now; told again and again."""
        ...


class JobRunner:
    """One worker: it runs one job at a time. Several may run in threads of one process."""

    def __init__(self, jobs: Jobs, leases: Leases, attempts: Attempts, settings: JobSettings) -> None:
        self.name = worker_name()
        self._jobs = jobs
        self._leases = leases
        self._attempts = attempts
        self._settings = settings
        self._watch: JobWatch | None = None
        self._order: Order | None = None
        self._stopped = threading.Event()

    def stop(self, order: Order) -> None:
        """Take no more jobs; the one at hand ends within a second and is given back (``yield``) or cancelled."""
        self._order = order
        self._stopped.set()
        if self._watch is not None:
            self._watch.stop(order)

    def work(self, *, for_ever: bool, worst: Priority = Priority.BATCH, follower: Follower | None = None) -> None:
        """Run queued jobs of priority ``worst`` or better until none is left, or until ``stop``."""
        while not self._stopped.is_set():
            job = self._leases.claim(self.name, worst=worst)
            if job is not None:
                self._attempt(job, follower)
            elif not for_ever and not self._jobs.queued():
                break
            else:
                self._stopped.wait(self._settings.pulse_seconds)

    def serve(self, worst: Priority = Priority.BATCH) -> None:
        """Like ``work`` for ever, and also where the record cannot be used for a while."""
        while not self._stopped.is_set():
            try:
                self.work(for_ever=True, worst=worst)
            except Exception:
                # A thread that ended here would leave every later job waiting.
                logger.exception("jobs cannot be run now; it is tried again in %g s", self._settings.lease_seconds)
                self._stopped.wait(self._settings.lease_seconds)

    def run(self, job: Job, follower: Follower) -> tuple[Job, Exception | None]:
        """Run this job here until it has ended, whatever that takes. Returns it, with the error of its last attempt.

        While another worker has its knowledge base, it waits; ``stop`` cancels it. Raises ``NotFound`` when it was
        deleted meanwhile.
        """
        error: Exception | None = None
        while True:
            claimed = self._leases.claim(self.name, only=job.id)
            if claimed is not None:
                error = self._attempt(claimed, follower)
            job = self._jobs.get(job.id)
            if self._stopped.is_set() and not job.state.is_final and not job.stopping:
                job = self._jobs.cancel(job.id)
            if job.state.is_final:
                return job, error
            self._leases.reserve(job, self.name)
            follower.waiting(job)
            self._stopped.wait(self._settings.pulse_seconds)

    def _attempt(self, job: Job, follower: Follower | None) -> Exception | None:
        watch = JobWatch(job, {file.source: file for file in self._jobs.files(job.id)})
        self._watch = watch
        if self._order is not None:
            watch.stop(self._order)
        if follower is not None:
            follower.running(job, watch)
        try:
            return self._attempts.run(job, watch)
        finally:
            self._watch = None
