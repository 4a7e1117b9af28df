"""Equal questions that are asked at once are answered once: the first one flies, the others follow it.

An answer is made in a task of its own, so that whoever goes away takes nobody with him; when all have gone it is
cancelled.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TypeAlias

from core.types import AnswerEvent

Admitted: TypeAlias = Callable[[], None]
Start: TypeAlias = Callable[[Admitted], AsyncGenerator[AnswerEvent]]
"""Makes the events, and calls what it is given once it is let in; it may raise instead."""


@dataclass(slots=True)
class Flight:
    """One answer on its way, with all its events so far. ``waiting`` counts who has boarded and follows nothing yet."""

    key: str | None
    events: list[AnswerEvent] = field(default_factory=list)
    waiting: int = 0
    followers: int = 0
    ended: bool = False
    error: Exception | None = None
    admitted: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def move(self) -> None:
        """Wake whoever follows."""
        self.moved.set()
        self.moved = asyncio.Event()


class Flights:
    """All answers on their way in one event loop."""

    def __init__(self) -> None:
        self._by_key: dict[str, Flight] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def board(self, key: str | None, start: Start) -> tuple[Flight, bool]:
        """The flight of ``key``, and whether it began here; without a key always a new one.

        Returns once it is let in, or has failed: then it has ``error`` and no events.
        """
        flight = self._by_key.get(key) if key is not None else None
        leads = flight is None
        if flight is None:
            flight = self._launch(key, start)
        flight.waiting += 1
        try:
            await flight.admitted.wait()
        except asyncio.CancelledError:
            flight.waiting -= 1
            if not flight.waiting and not flight.followers:
                self._abandon(flight)
            raise
        return flight, leads

    def _launch(self, key: str | None, start: Start) -> Flight:
        flight = Flight(key=key)
        if key is not None:
            self._by_key[key] = flight
        flight.task = asyncio.create_task(self._fly(flight, start))
        self._running.add(flight.task)
        flight.task.add_done_callback(self._running.discard)
        return flight

    def _leave(self, flight: Flight) -> None:
        if flight.key is not None and self._by_key.get(flight.key) is flight:
            del self._by_key[flight.key]

    def _abandon(self, flight: Flight) -> None:
        # At once, so that nobody joins what ends.
        self._leave(flight)
        if flight.task is not None:
            flight.task.cancel()

    async def _fly(self, flight: Flight, start: Start) -> None:
        try:
            async with aclosing(start(flight.admitted.set)) as events:
                async for event in events:
                    flight.events.append(event)
                    flight.move()
                    # A source that never waits would keep the followers from their turn.
                    await asyncio.sleep(0)
        except Exception as error:
            flight.error = error
        finally:
            self._leave(flight)
            flight.ended = True
            flight.admitted.set()
            flight.move()

    async def follow(self, flight: Flight) -> AsyncGenerator[AnswerEvent]:
        """Every event from the first on, for one who boarded. Raises what the flight ended with.

        Who boards and never follows leaves an answer that runs to its end.
        """
        flight.waiting -= 1
        flight.followers += 1
        try:
            position = 0
            while True:
                moved = flight.moved
                while position < len(flight.events):
                    position += 1
                    yield flight.events[position - 1]
                if flight.ended:
                    break
                await moved.wait()
            if flight.error is not None:
                raise flight.error
        finally:
            flight.followers -= 1
            if not flight.followers and not flight.waiting and not flight.ended:
                self._abandon(flight)
                # Whoever asked learns of the end after the answer was given up, not before.
                await asyncio.gather(*([flight.task] if flight.task else []), return_exceptions=True)

    async def close(self) -> None:
        """Cancel what still flies, and wait for its cleaning up."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
