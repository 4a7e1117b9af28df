"""Writes traces behind the answers, so that no answer waits for the record or fails with it."""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from time import monotonic, time
from typing import Protocol, TypeAlias

from core.settings import TraceSettings
from store.traces import TraceRow

Make: TypeAlias = Callable[[], TraceRow | None]

logger = logging.getLogger(__name__)

_WAITING = 1_000
_AT_ONCE = 50
_ATTEMPTS = 3
_RETRY_SECONDS = 2.0
_SWEEP_SECONDS = 600.0
_CLOSE_SECONDS = 5.0
_DAY = 86_400.0


class TraceRows(Protocol):
    """Where traces go; ``store.traces.Traces`` is the real one."""

    def put(self, rows: Sequence[TraceRow]) -> None:
        """All of them, or none where it raises."""
        ...

    def sweep(self, *, before: float, keep: int) -> int:
        """Delete those made before that time and all but the newest of each knowledge base."""
        ...


class TraceKeeper:
    """One thread that writes what it is given, at once, and sweeps what is past its time.

    A trace that cannot be written is tried three times; then, and when a thousand wait already, it is ``lost``:
    counted and logged. A process that is killed loses those that wait, of the last moments where the record answers.
    """

    def __init__(self, rows: TraceRows, settings: TraceSettings, *, retry_seconds: float = _RETRY_SECONDS) -> None:
        self._rows = rows
        self._settings = settings
        self._retry_seconds = retry_seconds
        self._waiting: queue.Queue[Make | None] = queue.Queue(_WAITING)
        self._guard = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._sweep_at = monotonic()
        self._lost = 0

    @property
    def lost(self) -> int:
        """Traces that could not be kept."""
        return self._lost

    def start(self) -> None:
        """Start the thread, which sweeps at once and then every ten minutes."""
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
                self._thread.start()

    def put(self, make: Make) -> None:
        """Have ``make`` called and its row, if any, written soon, by the thread. Never waits and never raises."""
        if self._closing.is_set():
            return self._lose(1, "the process ends")
        self.start()
        try:
            self._waiting.put_nowait(make)
        except queue.Full:
            self._lose(1, f"{_WAITING:,} wait already")
        return None

    def close(self) -> None:
        """Write what waits, for at most five seconds."""
        with self._guard:
            thread, self._thread = self._thread, None
        if thread is None:
            return
        self._closing.set()
        try:
            self._waiting.put(None, timeout=_CLOSE_SECONDS)
        except queue.Full:
            logger.warning("the record does not take traces; %s are not waited for", self._waiting.qsize())
            return
        thread.join(_CLOSE_SECONDS)
        if thread.is_alive():
            self._lose(max(1, self._waiting.qsize()), "the process ends")

    def _run(self) -> None:
        ended = False
        while not ended:
            batch, ended = self._take()
            rows = [row for make in batch if (row := self._made(make)) is not None]
            if rows:
                self._write(rows)
            if monotonic() >= self._sweep_at:
                self._sweep()

    def _take(self) -> tuple[list[Make], bool]:
        """What waits, up to fifty, and whether that is the end; waits for the first until the next sweep is due."""
        taken: list[Make] = []
        try:
            item = self._waiting.get(timeout=max(0.0, self._sweep_at - monotonic()))
            while item is not None:
                taken.append(item)
                if len(taken) == _AT_ONCE:
                    return taken, False
                item = self._waiting.get_nowait()
        except queue.Empty:
            return taken, False
        return taken, True

    def _made(self, make: Make) -> TraceRow | None:
        try:
            return make()
        except Exception:
            # Whatever is wrong with one trace, a thread that ended here would lose all later ones.
            logger.exception("a trace could not be made")
            self._lose(1, "it could not be made")
            return None

    def _write(self, rows: Sequence[TraceRow]) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._rows.put(rows)
            except Exception as error:
                # The store's own errors and the disk's: the answers are out already, so nobody else can be told.
                reason = str(error)
                logger.warning("%s traces could not be written, attempt %s: %s", len(rows), attempt, reason)
            if self._closing.is_set():
                break
            self._closing.wait(self._retry_seconds * attempt)
        return self._lose(len(rows), reason)

    def _sweep(self) -> None:
        self._sweep_at = monotonic() + _SWEEP_SECONDS
        before = time() - self._settings.keep_days * _DAY
        try:
            if gone := self._rows.sweep(before=before, keep=self._settings.keep):
                logger.info("%s old traces were deleted", gone)
        except Exception as error:
            logger.warning("old traces could not be deleted: %s; it is tried again", error)

    def _lose(self, count: int, reason: str) -> None:
        with self._guard:
            self._lost += count
        logger.error("%s traces are lost, %s since the start: %s", count, self._lost, reason)
