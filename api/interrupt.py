"""Ctrl-C and SIGTERM end a command in an orderly way; the second one ends it at once."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(slots=True)
class Interruption:
    """What has arrived so far; ``signal`` is 0 until something has."""

    signal: int = 0

    @property
    def exit_code(self) -> int:
        """130 after Ctrl-C, 143 after SIGTERM, as shells count; 0 while nothing has arrived."""
        return 128 + self.signal if self.signal else 0


@contextmanager
def interruptible(stop: Callable[[], None]) -> Iterator[Interruption]:
    """Call ``stop`` at the first signal that arrives in this block; let the second one kill the process."""
    interruption = Interruption()

    def arrived(number: int, _frame: FrameType | None) -> None:
        if interruption.signal:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        interruption.signal = number
        # In a thread: the interrupted code may hold a lock that ``stop`` needs.
        threading.Thread(target=stop, name="interrupt").start()

    before = {number: signal.signal(number, arrived) for number in _SIGNALS}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
