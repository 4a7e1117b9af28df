"""Signs of life of a job, from a thread of its own: a run that parses or embeds for long still holds its lease."""

import logging
import threading
import time
from typing import Protocol

from core.settings import JobSettings
from store.job import Job, JobProgress, Order

logger = logging.getLogger(__name__)


class Pulsed(Protocol):
    """What a pulse needs of the record."""

    def pulse(self, job: Job, progress: JobProgress) -> Order:
        """A sign of life; returns what the worker has to do."""
        ...


class Stoppable(Protocol):
    """What a pulse reads and ends."""

    def progress(self) -> JobProgress:
        """The present counts."""
        ...

    def stop(self, order: Order) -> None:
        """End the attempt soon."""
        ...


class Pulse:
    """Beats while a ``with`` block runs. The orders of the record reach ``watch``."""

    def __init__(self, leases: Pulsed, job: Job, watch: Stoppable, settings: JobSettings) -> None:
        self._leases = leases
        self._job = job
        self._watch = watch
        self._settings = settings
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"pulse-of-job-{job.id}", daemon=True)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        alive = time.monotonic()
        while not self._over.wait(self._settings.pulse_seconds):
            try:
                order = self._leases.pulse(self._job, self._watch.progress())
            except Exception as error:
                # The record may be locked or away for a moment; only silence for a whole lease ends the work.
                logger.warning("job %s gave no sign of life: %s", self._job.id, error)
                order = Order.GO_ON
                if time.monotonic() - alive > self._settings.lease_seconds:
                    order = Order.LOST
            else:
                alive = time.monotonic()
            if order is not Order.GO_ON:
                self._watch.stop(order)
