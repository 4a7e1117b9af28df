"""The part of the composition root that runs jobs: the queue of a home, and workers that take from it."""

import logging
import threading
from functools import cached_property
from typing import TYPE_CHECKING

from answer.assemble import Desk
from core.settings import Settings
from store.job import Order, Priority
from store.jobs import Jobs
from store.leases import Leases

if TYPE_CHECKING:
    from ingest.attempt import Attempt, Done
    from ingest.jobs import JobRunner
    from ingest.originals import Originals
    from ingest.uploads import Uploads
    from store.editions import Edition
    from store.job import Job

logger = logging.getLogger(__name__)

_STOP_SECONDS = 5.0
_SWEEP_SECONDS = 30.0


class Workplace:
    """The jobs of one home."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._settings = desk.settings.jobs
        self._started: list[tuple[JobRunner, threading.Thread]] = []
        self._ended = threading.Event()
        self._sweeper: threading.Thread | None = None

    @cached_property
    def jobs(self) -> Jobs:
        """The queue."""
        return Jobs(self._desk.catalog, self._settings)

    @cached_property
    def uploads(self) -> "Uploads":
        """Files that came over the network."""
        from ingest.uploads import Uploads

        return Uploads(self._desk.settings.home / "uploads", self.jobs.all, self.originals.keep_from)

    @cached_property
    def originals(self) -> "Originals":
        """Files whose pages can be shown."""
        from ingest.originals import Originals, drawable

        keeps = self._desk.settings.service.keep_originals
        return Originals(
            self._desk.settings.home / "originals", lambda: drawable(self._desk.catalog) if keeps else set()
        )

    def retry(self, number: int) -> "Job":
        """Queue a job again. Raises ``NotFound``, or ``InvalidInput`` for one that neither failed nor was cancelled, or
        whose upload is gone."""
        self.uploads.require(self.jobs.get(number))
        return self.jobs.retry(number)

    def runner(self) -> "JobRunner":
        """A new worker for this process."""
        from ingest.attempt import Attempts
        from ingest.ingest_job import INGEST
        from ingest.jobs import JobRunner

        leases = Leases(self._desk.catalog, self._settings)
        attempts = Attempts(leases, {INGEST: self._ingest}, self._settings)
        return JobRunner(self.jobs, leases, attempts, self._settings)

    def start(self) -> None:
        """Run jobs in the background: one worker takes whatever is next, another only what a person waits for."""
        for priority in (Priority.BATCH, Priority.INTERACTIVE) if self._settings.in_service else ():
            runner = self.runner()
            name = f"jobs-{priority.name.lower()}"
            thread = threading.Thread(target=runner.serve, args=(priority,), name=name, daemon=True)
            self._started.append((runner, thread))
            thread.start()
        self._sweeper = threading.Thread(target=self._sweep, name="uploads", daemon=True)
        self._sweeper.start()

    def stop(self) -> None:
        """Give back what the workers are at; what takes longer than five seconds to stop loses its lease instead."""
        self._ended.set()
        if self._sweeper is not None:
            self._sweeper.join(_STOP_SECONDS)
        for runner, _ in self._started:
            runner.stop(Order.YIELD)
        for _, thread in self._started:
            thread.join(_STOP_SECONDS)
        self._started.clear()

    def _sweep(self) -> None:
        while not self._ended.is_set():
            try:
                self.uploads.sweep()
                self.originals.sweep()
            except Exception:
                # The record may be away for a while; the next sweep finds the same folders.
                logger.exception("uploads that are over could not be removed")
            self._ended.wait(_SWEEP_SECONDS)

    def _ingest(self, attempt: "Attempt") -> "Done":
        from ingest.ingest_job import ingest_files
        from ingest.job_watch import Stopped

        desk, kb = self._desk, attempt.job.kb
        done = ingest_files(attempt, lambda catalog, wrap: desk.ingestion_on(kb, catalog, wrap))
        try:
            desk.editions.bring_up(kb, check=attempt.watch.check)
        except Stopped as stopped:
            raise Stopped(stopped.order, done.report) from stopped
        return done


class WorkingDesk(Desk):
    """A desk that also runs queued jobs, from ``start`` to ``close``: the service's."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._workplace = Workplace(self)

    def start(self) -> None:
        """Own the indexes, warm the models, follow the record and take jobs. Raises ``IndexLocked``."""
        super().start()
        self._workplace.start()

    @property
    def jobs(self) -> Jobs:
        """The queue of the home."""
        return self._workplace.jobs

    @property
    def uploads(self) -> "Uploads":
        """Files that wait for their job."""
        return self._workplace.uploads

    @property
    def originals(self) -> "Originals":
        """Files whose pages can be shown."""
        return self._workplace.originals

    def roll_back(self, kb: str) -> "Edition":
        """Let the edition before answer again. Raises ``NotFound``, or ``InvalidInput`` where there is none."""
        return self.editions.rollback(kb)

    def close(self) -> None:
        """Give jobs back, close what was opened and let the next owner in."""
        self._workplace.stop()
        super().close()
