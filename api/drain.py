"""The end of the service: what is on its way may finish, until a moment before it would be cut off without a word."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from typing import TypeVar

from core.errors import Unavailable

T = TypeVar("T")

GRACE_SECONDS = 8.0
"""Less than what the server waits before it cuts connections."""


class Drain:
    """Lets work go on until the service ends, and ``grace_seconds`` longer. Used in one event loop."""

    def __init__(self, grace_seconds: float = GRACE_SECONDS) -> None:
        self._grace_seconds = grace_seconds
        self._deadline: float | None = None
        self._waits: set[asyncio.Timeout] = set()

    def begin(self) -> None:
        """The service ends: what is on its way, and what still comes, has the grace period left."""
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._grace_seconds
            for wait in self._waits:
                wait.reschedule(self._deadline)

    async def within(self, work: Awaitable[T]) -> T:
        """The result of ``work``. Raises ``Unavailable`` where the service ends before it is there."""
        # Not an anyio scope: an async generator may hold one of its own open from one event to the next, and those
        # would be closed out of order.
        wait = asyncio.timeout_at(self._deadline)
        try:
            async with wait:
                self._waits.add(wait)
                return await work
        except TimeoutError as error:
            if not wait.expired():
                raise
            raise Unavailable("the service is being ended; ask again in a moment") from error
        finally:
            self._waits.discard(wait)

    async def each(self, events: AsyncIterator[T]) -> AsyncGenerator[T]:
        """The events while they come; a generator is closed at the end. Raises as ``within``."""
        try:
            while True:
                try:
                    event = await self.within(anext(events))
                except StopAsyncIteration:
                    return
                yield event
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()
