"""How fast a graph takes in vectors while questions wait for it.

A graph that takes in vectors answers nobody meanwhile, and Chroma holds the interpreter until the disk has what was
added, 10 to 100 ms whatever its number (1.5.9). Many small slices therefore hold up many questions, a larger one now
and then holds up one: of 64 vectors every three seconds one question in two or three hundred hears
(``docs/decisions/0043``). What waits is found by ``retrieval/fresh_vectors.py``.
"""

from time import monotonic
from typing import ClassVar

MOST_WAITING = 20_000  # searched one by one in 2 ms; what comes on top is taken in without a pause
_ASKED_SECONDS = 1.0
_PORTION, _PAUSE_SECONDS = 64, 3.0
_SLICE_SECONDS, _MOST_SLICE = 1.0, 1_000  # a server takes bodies of 40 MB


class Pace:
    """Of one graph; whether questions are asked counts for all graphs of a process, which wait for one another."""

    _asked: ClassVar[float] = -_ASKED_SECONDS

    def __init__(self) -> None:
        self._rested = 0.0
        self._slice = _PORTION

    @staticmethod
    def asked() -> None:
        """A question is asked now."""
        Pace._asked = monotonic()

    def portion(self, waiting: int) -> int:
        """How many of so many waiting vectors to take in now; 0 while questions are to have the graph."""
        if waiting > MOST_WAITING or not self._is_asked():
            return waiting
        return min(waiting, _PORTION) if monotonic() >= self._rested else 0

    @property
    def slice_size(self) -> int:
        """How many vectors to add at once."""
        return _PORTION if self._is_asked() else self._slice

    def took(self, size: int, seconds: float) -> None:
        """So many vectors went in at once; the next slice is as large as fits a second where nobody asks."""
        self._rested = monotonic() + _PAUSE_SECONDS
        self._slice = max(_PORTION, min(_MOST_SLICE, round(size * _SLICE_SECONDS / max(seconds, 1e-6))))

    def _is_asked(self) -> bool:
        return monotonic() - Pace._asked < _ASKED_SECONDS
