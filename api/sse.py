"""An answer as server-sent events: ``evidence``, then ``claim`` each, then one ``final`` or one ``error``.

Framed by hand after the WHATWG HTML standard, section 9.2: the framework's own event stream checks and encodes every
event again and costs six to seven times as much.
"""

import asyncio
import itertools
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TypeAlias

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.disconnect import ClientGone, stop, unless_gone
from api.schemas import JsonObject, to_json
from api.telling import WHOLE, Telling
from core.errors import Unavailable
from core.types import Answer, AnswerEvent, Evidence, EvidenceFound, Finished

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": still here\n\n"
Report: TypeAlias = Callable[[Exception], JsonObject]

logger = logging.getLogger(__name__)
# Not str.splitlines: it also splits at U+2028 and form feeds, which a client would not put back.
_LINE_END = re.compile(r"\r\n|\r|\n")


def frame(event: str, data: str, id: int | str) -> bytes:
    """One event as UTF-8 bytes. A client reads ``data`` back with every line end as ``\\n``; an ``id`` has none."""
    return f"id: {id}\nevent: {event}\n".encode() + unnamed_frame(data)


def unnamed_frame(data: str) -> bytes:
    """One event that is nothing but its data."""
    return ("".join(f"data: {line}\n" for line in _LINE_END.split(data)) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Told:
    """One event of an answer as clients get it; ``event`` is what it was made of, None for an error."""

    name: str
    document: JsonObject
    event: AnswerEvent | None = None


async def told(
    events: AsyncIterator[AnswerEvent],
    *,
    report: Report,
    finished: Callable[[Answer], None],
    telling: Telling = WHOLE,
) -> AsyncGenerator[Told]:
    """The events with their documents, the last one always ``final`` or ``error``; ``events`` is closed at the end.

    ``report`` turns an error into a problem document and ``finished`` is told the whole answer.
    """
    evidence: tuple[Evidence, ...] = ()
    try:
        async for event in events:
            evidence = event.evidence if isinstance(event, EvidenceFound) else evidence
            name, document = await telling.event(event, evidence)
            if isinstance(event, Finished):
                finished(event.answer)
            yield Told(name, document, event)
            if isinstance(event, Finished):
                return
        yield Told("error", report(Unavailable("the answer's events ended before the final one")))
    except Exception as error:
        yield Told("error", report(error))
    finally:
        await _close(events)


async def answer_frames(
    events: AsyncIterator[AnswerEvent],
    *,
    report: Report,
    finished: Callable[[Answer], None],
    stream: str,
    telling: Telling = WHOLE,
) -> AsyncGenerator[bytes]:
    """The same as frames, whose ids are ``stream``, a hyphen and their number from 1."""
    numbers = itertools.count(1)
    async with aclosing(told(events, report=report, finished=finished, telling=telling)) as each:
        async for one in each:
            yield frame(one.name, to_json(one.document), f"{stream}-{next(numbers)}")


async def _close(events: AsyncIterator[AnswerEvent]) -> None:
    if isinstance(events, AsyncGenerator):
        try:
            await events.aclose()
        except Exception:
            # The client has its last event already; only the operator can do something about this.
            logger.exception("the answer's events failed while closing")


class EventStream(StreamingResponse):
    """Frames as they come, a comment every ``heartbeat_seconds``, and an end when the client goes away."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncGenerator[bytes], heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        # nginx holds events back without this header.
        super().__init__(frames, headers={"X-Accel-Buffering": "no"})
        self._frames = frames
        self._heartbeat_seconds = heartbeat_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the whole stream; the parent's way notices a lost client only when it next has something to send."""
        with suppress(ClientGone):
            await unless_gone(receive, self._send_all(send))

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        heart = asyncio.create_task(self._beat(send))
        try:
            async with aclosing(self._frames) as frames:
                async for chunk in frames:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                    # Sending need not wait, nor need the desk: without a turn for the others nobody else is served
                    # and a lost client goes unnoticed.
                    await asyncio.sleep(0)
        finally:
            await stop(heart)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _beat(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_seconds)
            await send({"type": "http.response.body", "body": HEARTBEAT, "more_body": True})
