"""Streamed answers in the making. A client that lost its connection comes back for the rest by ``Last-Event-ID``.

An answer that nobody reads goes on for a few seconds, in which its client may come back; then it is cancelled.
"""

import asyncio
import re
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from api.disconnect import stop
from core.errors import NotFound
from core.types import Answer

# How far an answer may run ahead of who reads it, and how many frames are kept for who comes back.
_AHEAD = 64
_KEPT = 1_000
# An answer whose reader never came, such as one that hung up before its response began.
_FIRST_READ_SECONDS = 5.0
# A timer of asyncio may fire this much early.
_TICK_SECONDS = 0.01
_NUMBER = re.compile(r"[0-9]{1,9}")


class AnswerStream:
    """The frames of one answer, made by a task of its own and read by any number of connections.

    ``cut`` makes the frame, from its id, that ends it where it cannot go on. ``answer`` is there before the last frame;
    ``deadline`` is the loop's time at which it is forgotten, unless somebody reads it then.
    """

    def __init__(self, stream: str, owner: str, cut: Callable[[str], bytes]) -> None:
        self.id = stream
        self.owner = owner
        self.answer: Answer | None = None
        self.deadline = 0.0
        self._cut = cut
        self._kept: deque[bytes] = deque(maxlen=_KEPT)
        self._made = self._read = self._readers = 0
        self._done = False
        self._changed = asyncio.Condition()

    @property
    def is_read(self) -> bool:
        """Whether a connection reads it now."""
        return self._readers > 0

    def holds(self, after: int) -> bool:
        """Whether all frames after the first ``after`` can still be read."""
        return self._made - len(self._kept) <= after <= self._made

    def finished(self, answer: Answer) -> None:
        """Called with the whole answer."""
        self.answer = answer

    async def fill(self, frames: AsyncGenerator[bytes]) -> None:
        """Take the frames to the end, never far ahead of the readers."""
        try:
            async with aclosing(frames) as each:
                async for frame in each:
                    await self._put(frame)
        except BaseException:
            self._keep(self._cut(f"{self.id}-{self._made + 1}"))
            raise
        finally:
            self._done = True
            await self._tell()

    async def read(self, after: int, left: Callable[[], None]) -> AsyncGenerator[bytes]:
        """The frames after the first ``after``, as they are made. ``left`` is called when the reader goes."""
        self._readers += 1
        try:
            while True:
                await self._reach(after)
                # One that fell far behind another connection to the same answer was given up by its client.
                if self._made <= after or not self.holds(after):
                    return
                frame = self._kept[after - self._made]
                after += 1
                self._read = max(self._read, after)
                yield frame
                await self._tell()
        finally:
            self._readers -= 1
            left()

    async def _reach(self, after: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._made > after or self._done)

    async def _put(self, frame: bytes) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._made < self._read + _AHEAD)
        self._keep(frame)
        await self._tell()

    def _keep(self, frame: bytes) -> None:
        self._kept.append(frame)
        self._made += 1

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


class AnswerStreams:
    """The streams of one service. An answer that nobody reads lives on for ``linger_seconds``."""

    def __init__(self, linger_seconds: float) -> None:
        self._linger_seconds = linger_seconds
        self._open: dict[str, AnswerStream] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def begin(self, owner: str, cut: Callable[[str], bytes]) -> AnswerStream:
        """A stream that ``owner`` alone can come back to. ``cut`` makes its last frame where it is cut off."""
        return AnswerStream(secrets.token_hex(8), owner, cut)

    def frames(self, stream: AnswerStream, source: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """Fill the stream from ``source`` and read it from its beginning."""
        self._open[stream.id] = stream
        self._tasks[stream.id] = asyncio.create_task(stream.fill(source))
        self._forget_later(stream, _FIRST_READ_SECONDS)  # its reader may be gone before it began
        return stream.read(0, lambda: self._forget_later(stream, self._linger_seconds))

    def resume(self, owner: str, last_event_id: str) -> tuple[AnswerStream, AsyncGenerator[bytes]]:
        """The stream and its frames after the one with this id. Raises ``NotFound``, also for another owner's."""
        name, _, number = last_event_id.rpartition("-")
        stream = self._open.get(name)
        after = int(number) if _NUMBER.fullmatch(number) else -1
        if stream is None or stream.owner != owner or not stream.holds(after):
            raise NotFound(
                f"the answer of Last-Event-ID {last_event_id[:80]!r} is not kept any more; ask again without it"
            )
        self._forget_later(stream, _FIRST_READ_SECONDS)
        return stream, stream.read(after, lambda: self._forget_later(stream, self._linger_seconds))

    async def close(self) -> None:
        """Cut all answers off; who reads one gets its error event."""
        await stop(*self._tasks.values())

    def _forget_later(self, stream: AnswerStream, seconds: float) -> None:
        stream.deadline = asyncio.get_running_loop().time() + seconds
        asyncio.get_running_loop().call_later(seconds, self._forget, stream)

    def _forget(self, stream: AnswerStream) -> None:
        is_early = asyncio.get_running_loop().time() < stream.deadline - _TICK_SECONDS
        if stream.is_read or is_early or stream.id not in self._open:
            return
        del self._open[stream.id]
        self._tasks.pop(stream.id).cancel()
