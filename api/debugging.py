"""Where the threads of this process spend their time and what its event loop waits for: places in the code, no values.

The standard library suffices: pyinstrument follows one thread, py-spy needs the right to look into other processes.
"""

import asyncio
import re
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from types import FrameType
from typing import Any, TypedDict

INTERVAL_SECONDS = 0.02

_NUMBER = re.compile(r"[-_\d]+$")


class WaitingTask(TypedDict):
    """``waits_at`` leads from the task's own coroutine inwards, each place as ``module:function:line``."""

    name: str
    waits_at: list[str]


class Profiler:
    """Takes one profile at a time."""

    def __init__(self) -> None:
        self._taking = threading.Lock()

    def take(self, seconds: float, stop: threading.Event) -> str | None:
        """The stacks of all threads, most frequent first, a line each: ``thread;outermost;...;innermost COUNT``, as
        tools for flame graphs read it. Threads that wait are counted where they wait. None while another one is taken.

        Blocks for ``seconds``, or until ``stop`` is set.
        """
        if not self._taking.acquire(blocking=False):
            return None
        try:
            counts: Counter[str] = Counter()
            end = time.monotonic() + seconds
            while time.monotonic() < end and not stop.wait(INTERVAL_SECONDS):
                counts.update(_stacks())
        finally:
            self._taking.release()
        return "".join(f"{stack} {count}\n" for stack, count in counts.most_common())


def waiting_tasks() -> list[WaitingTask]:
    """Every task of the running loop but the one that asks, by name."""
    current = asyncio.current_task()
    tasks = sorted((task.get_name(), task) for task in asyncio.all_tasks() if task is not current)
    return [{"name": name, "waits_at": list(_awaited(task.get_coro()))} for name, task in tasks]


def _stacks() -> Iterator[str]:
    names = {thread.ident: _NUMBER.sub("", thread.name) for thread in threading.enumerate()}
    own = threading.get_ident()
    for ident, frame in sys._current_frames().items():
        if ident != own:
            places = [_place(each) for each, _ in traceback.walk_stack(frame)]
            yield ";".join([names.get(ident, "unknown"), *reversed(places)])


def _awaited(coroutine: Any) -> Iterator[str]:
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "ag_frame", None)
        if frame is not None:
            yield f"{_place(frame)}:{frame.f_lineno}"
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "ag_await", None)


def _place(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__', 'unknown')}:{frame.f_code.co_qualname}"
