"""Parsing in processes of their own: a crash, a hang or a memory hog costs one file, never the run."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, TypeAlias

from core.settings import IngestSettings
from ingest.family import Delivery, Family
from ingest.guard import exit_reason, prepare_process, shortage_reason
from ingest.reading import read_task
from ingest.staging import staging_folder
from ingest.task import FileTask, Reading, Spent, lost

# Parsers leak; a process is replaced after this many files.
_FILES_PER_PROCESS = 1_000
_WAITING_PER_PROCESS = 4
_CHECK_SECONDS = 0.2
# Past its time limit a file is ended within seconds; when none ends for so long, the pool itself hangs.
_STUCK_SECONDS = 90.0
_TRIES = 3

Read: TypeAlias = Callable[[FileTask, IngestSettings, Path, Spent], Reading]


def parse_all(
    tasks: Iterable[FileTask],
    settings: IngestSettings,
    *,
    read: Read = read_task,
    check: Callable[[], None] = lambda: None,
) -> Iterator[Delivery]:
    """Verdicts as they come; ``read`` runs in up to ``settings.workers`` processes, on one file or member at a time.

    A file that passes a limit of time or memory, or ends its process, gives a ``failed`` result that names the limit.
    ``check`` is asked several times a second and raises to end it all.
    """
    with staging_folder() as scratch, _Workers(settings, scratch, read) as workers:
        queue = _Queue(tasks, settings)
        while queue.fill(workers):
            check()
            for family, task, reading in workers.finished():
                yield family.take(task, reading)


class _Queue:
    """What is to be read: members of files that were begun before the next file, so that few lie on disk at a time."""

    def __init__(self, tasks: Iterable[FileTask], settings: IngestSettings) -> None:
        self._tasks = iter(tasks)
        self._settings = settings
        self._begun: list[Family] = []

    def fill(self, workers: "_Workers") -> bool:
        """Give the workers all they have room for; whether anything is left to wait for."""
        self._begun = [family for family in self._begun if not family.is_read]
        while workers.room and (family := self._next()):
            workers.read(family)
        return workers.busy

    def _next(self) -> Family | None:
        waiting = next((family for family in self._begun if family.waiting), None)
        if waiting is None and (task := next(self._tasks, None)):
            waiting = Family(task, self._settings)
            self._begun.append(waiting)
        return waiting


class _Workers:
    """A pool of parser processes that is made anew when it breaks or hangs."""

    def __init__(self, settings: IngestSettings, scratch: Path, read: Read) -> None:
        self._settings = settings
        self._scratch = scratch
        self._read = read
        self._running: dict[Future[Reading], tuple[Family, FileTask]] = {}
        self._tries: Counter[str] = Counter()
        self._quiet = 0.0
        self._pool: Any = None

    def __enter__(self) -> "_Workers":
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop()

    @property
    def room(self) -> bool:
        """Whether another task can wait at the processes."""
        return len(self._running) < _WAITING_PER_PROCESS * self._settings.workers

    @property
    def busy(self) -> bool:
        """Whether a task runs or waits."""
        return bool(self._running)

    def read(self, family: Family) -> None:
        """Schedule the family's next task."""
        task = family.next()
        arguments = (task, self._settings, self._scratch, family.spent)
        future = self._ready().schedule(self._read, args=arguments, timeout=self._settings.parse_seconds)
        self._running[future] = (family, task)

    def finished(self) -> Iterator[tuple[Family, FileTask, Reading]]:
        """What was read meanwhile; waits a moment for the first."""
        done = wait(self._running, _CHECK_SECONDS, return_when=FIRST_COMPLETED).done
        self._quiet = 0.0 if done else self._quiet + _CHECK_SECONDS
        if self._quiet > self._settings.parse_seconds + _STUCK_SECONDS:
            done = set(self._running)
            self._stop()
        for future in done:
            family, task = self._running.pop(future)
            reading = self._reading(future, task)
            if reading is None:
                family.give_back(task)
            else:
                yield family, task, reading

    def _reading(self, future: Future[Reading], task: FileTask) -> Reading | None:
        """None where the pool broke before the task was through, which says nothing about its file; not for ever."""
        if future.done() and not isinstance(future.exception(), BrokenProcessPool):
            return _outcome(future, task, self._settings)
        self._tries[task.source] += 1
        if self._tries[task.source] < _TRIES:
            return None
        return Reading(parsed=lost(task, f"the parser's processes broke {_TRIES} times before the file was read"))

    def _ready(self) -> Any:
        if self._pool is not None and not self._pool.active:
            self._stop()
        if self._pool is None:
            self._pool = self._start()
        return self._pool

    def _start(self) -> Any:
        from pebble import ProcessPool

        return ProcessPool(
            max_workers=self._settings.workers,
            max_tasks=_FILES_PER_PROCESS,
            initializer=prepare_process,
            initargs=(self._settings, self._scratch),
            context=multiprocessing.get_context("spawn"),
        )

    def _stop(self) -> None:
        """End the processes; what still runs or waits is not read."""
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
        self._pool, self._quiet = None, 0.0


def _outcome(future: Future[Reading], task: FileTask, settings: IngestSettings) -> Reading:
    from pebble import ProcessExpired

    try:
        return future.result()
    except TimeoutError:
        reason = f"parsing took longer than {settings.parse_seconds:g} s (ingest.parse_seconds) and was stopped"
    except ProcessExpired as error:
        reason = exit_reason(error.exitcode, settings)
    except MemoryError as error:
        reason = shortage_reason(error, settings)
    except Exception as error:
        reason = f"the parser failed: {type(error).__name__}: {error}"
    return Reading(parsed=lost(task, reason))
