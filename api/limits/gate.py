"""The line in front of the answers: short, interactive before batch, and nobody stands in it in vain."""

import asyncio
import heapq
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from api.errors import Busy

# A batch request has nobody looking at a screen, and gives up its place in the line first.
_BATCH_SHARE = 1 / 3
_FIRST_GUESS_SECONDS = 1.0
_WEIGHT = 0.1


class Gate:
    """Lets ``at_once`` through at the same time; who would wait longer than ``wait_seconds`` is turned away at once.

    What one takes is guessed from those before. Belongs to one event loop.
    """

    def __init__(self, at_once: int, wait_seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._inside = 0
        self._mean_seconds = _FIRST_GUESS_SECONDS
        self._line: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return sum(not place.done() for _, _, place in self._line)

    @property
    def inside(self) -> int:
        """How many have a place."""
        return self._inside

    @asynccontextmanager
    async def through(self, *, batch: bool = False) -> AsyncIterator[None]:
        """Wait for a place. Raises ``Busy`` where that takes, or turns out to take, too long."""
        await self._enter(batch)
        began = self._clock()
        try:
            yield
        finally:
            self._mean_seconds += _WEIGHT * (self._clock() - began - self._mean_seconds)
            self._inside -= 1
            self._admit()

    def expected_seconds(self, *, batch: bool = False) -> float:
        """How long one who comes now would wait."""
        ahead = sum(not place.done() and (batch or not is_batch) for is_batch, _, place in self._line)
        return 0.0 if self._inside < self._at_once else (ahead + 1) * self._mean_seconds / self._at_once

    async def _enter(self, batch: bool) -> None:
        longest = self._wait_seconds * (_BATCH_SHARE if batch else 1)
        expected = self.expected_seconds(batch=batch)
        if expected > longest:
            raise self._busy(expected)
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._line, (batch, next(self._numbers), place))
        self._admit()
        try:
            await asyncio.wait_for(asyncio.shield(place), longest)
        except TimeoutError:
            if not self._left(place):
                return
            raise self._busy(longest) from None
        except asyncio.CancelledError:
            if not self._left(place):
                self._inside -= 1
                self._admit()
            raise

    def _left(self, place: "asyncio.Future[None]") -> bool:
        """Give up a place in line; False where it was one's turn in the same moment."""
        if place.done():
            return False
        place.cancel()
        self._line = [each for each in self._line if each[2] is not place]
        heapq.heapify(self._line)
        return True

    def _admit(self) -> None:
        while self._inside < self._at_once and self._line:
            _, _, place = heapq.heappop(self._line)
            if not place.done():
                self._inside += 1
                place.set_result(None)

    def _busy(self, seconds: float) -> Busy:
        return Busy(
            f"{self.waiting} answers are waited for; one more would take about {max(1, round(seconds))} s",
            retry_seconds=seconds,
        )
