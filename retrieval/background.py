"""Work on indexes that no question waits for: opening, building, building anew.

At each place (an edition, an arm and what is done there) one thread works at a time; who asks for the same again gets
the same future. What fails is not tried again before a while, which doubles.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

from core.errors import CitedeskError
from core.types import Stage
from retrieval.generations import Followed

logger = logging.getLogger(__name__)

Place: TypeAlias = tuple[int, Stage, str]
Work: TypeAlias = Callable[[], Followed]

_THREADS = 4
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0


@dataclass(frozen=True, slots=True)
class _Failure:
    """The last one at a place; ``until`` and ``pause`` are seconds by the monotonic clock."""

    error: BaseException
    until: float
    pause: float


class Background:
    """Threads that work until ``close``. Thread-safe."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="index-work")
        self._running: dict[Place, Future[Followed]] = {}
        self._failures: dict[Place, _Failure] = {}
        self._guard = threading.Lock()

    def ask(self, place: Place, name: str, work: Work) -> "Future[Followed]":
        """The work that is running at the place, or else this one; one that failed a moment ago fails at once."""
        with self._guard:
            if (running := self._running.get(place)) is not None:
                return running
            future: Future[Followed] = Future()
            failure = self._failures.get(place)
            if failure is not None and time.monotonic() < failure.until:
                future.set_exception(failure.error)
                return future
            self._running[place] = future
            self._pool.submit(self._work, place, name, work, future)
            return future

    def is_busy(self, place: Place) -> bool:
        """Whether somebody works there now."""
        return place in self._running

    def close(self) -> None:
        """Wait for what is running."""
        self._pool.shutdown(cancel_futures=True)

    def _work(self, place: Place, name: str, work: Work, future: "Future[Followed]") -> None:
        try:
            done = work()
        except BaseException as error:
            self._failed(place, name, error)
            self._settle(place)
            future.set_exception(error)
        else:
            if self._failures.pop(place, None) is not None:
                logger.info("the %s is well again", name)
            self._settle(place)
            future.set_result(done)

    def _settle(self, place: Place) -> None:
        with self._guard:
            self._running.pop(place, None)

    def _failed(self, place: Place, name: str, error: BaseException) -> None:
        before = self._failures.get(place)
        if before is None or str(before.error) != str(error):
            is_ours = isinstance(error, CitedeskError)
            logger.warning("the %s cannot be used: %s", name, error, exc_info=None if is_ours else error)
        pause = _FIRST_PAUSE if before is None else min(2 * before.pause, _LONGEST_PAUSE)
        self._failures[place] = _Failure(error, time.monotonic() + pause, pause)
