"""One attempt at a job: do it with signs of life, then finish it, give it back, or have it tried again later."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from core.errors import CitedeskError, InvalidInput
from core.settings import JobSettings
from core.types import Outcome
from ingest.job_watch import JobWatch, Stopped
from ingest.pulse import Pulse
from store.catalog import Catalog
from store.job import Job, JobState, Order, Priority, Words
from store.lease import LeaseLost
from store.leases import Leases, Standing

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a kind of job gets: the job, its watch, and the record as this attempt may write it."""

    job: Job
    watch: JobWatch
    catalog: Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a kind of job gives: its report, and why it is worth another attempt although it came to its end."""

    report: Words
    again: str = ""


Kind: TypeAlias = Callable[[Attempt], Done]


class Attempts:
    """Runs attempts at jobs of the kinds that it knows by name."""

    def __init__(self, leases: Leases, kinds: Mapping[str, Kind], settings: JobSettings) -> None:
        self._leases = leases
        self._kinds = kinds
        self._settings = settings

    def run(self, job: Job, watch: JobWatch) -> Exception | None:
        """One attempt at a leased job, to whatever end. Returns the error that ended it, if one did."""
        try:
            return self._ended(job, watch)
        except LeaseLost as error:
            logger.warning("%s", error)
            return None

    def _ended(self, job: Job, watch: JobWatch) -> Exception | None:
        try:
            with Pulse(self._leases, job, watch, self._settings):
                done = self._done(job, watch)
        except Stopped as stopped:
            self._stop(job, watch, stopped)
        except LeaseLost:
            raise
        except Exception as error:
            self._fail(job, watch, error)
            return error
        else:
            self._finish(job, watch, done)
        return None

    def _done(self, job: Job, watch: JobWatch) -> Done:
        kind = self._kinds.get(job.kind)
        if kind is None:
            raise InvalidInput(f"no kind of job {job.kind!r} here; there is: {', '.join(sorted(self._kinds))}")
        watch.check()
        return kind(Attempt(job=job, watch=watch, catalog=self._leases.fenced(job, watch.take_files)))

    def _finish(self, job: Job, watch: JobWatch, done: Done) -> None:
        standing = _standing(watch)
        # Nobody waits at a screen for a batch job; a person is told at once what could not be read.
        if done.again and job.priority is Priority.BATCH and job.failures + 1 < self._settings.attempts:
            self._leases.fail(job, standing, done.again, retryable=True)
        else:
            self._leases.finish(job, JobState.DONE, standing, done.report)

    def _stop(self, job: Job, watch: JobWatch, stopped: Stopped) -> None:
        if stopped.order is Order.CANCEL:
            self._leases.finish(job, JobState.CANCELLED, _cut_short(watch), stopped.report)
        elif stopped.order is Order.YIELD:
            self._leases.give_back(job, _cut_short(watch))
        else:
            raise LeaseLost(
                f"job {job.id} gave no sign of life for {self._settings.lease_seconds:g} s and goes on elsewhere"
            )

    def _fail(self, job: Job, watch: JobWatch, error: Exception) -> None:
        if isinstance(error, CitedeskError):
            said, retryable = str(error), error.retryable
        else:
            logger.error("job %s failed", job.id, exc_info=error)
            said, retryable = f"{type(error).__name__}: {error}", True
        self._leases.fail(job, _cut_short(watch), said, retryable=retryable)


def _standing(watch: JobWatch) -> Standing:
    return Standing(progress=watch.progress(), files=watch.take_files())


def _cut_short(watch: JobWatch) -> Standing:
    """What an attempt leaves that did not come to its end.

    A document of which it told, and whose transaction has not taken the verdict along, is not stored. Kept all the
    same, it would count as progress, and a job that can never store anything would be tried for ever.
    """
    files = tuple(file for file in watch.take_files() if file.outcome is not Outcome.INGESTED)
    return Standing(progress=watch.progress(), files=files)
