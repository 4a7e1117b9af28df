"""A streamed answer as chunks of a chat completion, each claim the moment it is proven."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing

from api.compat.completion import Envelope
from api.compat.content import BREAK, behind_claims, marked
from api.errors import answer_problem
from api.schemas import JsonObject, to_json
from api.sse import Report, Told, told, unnamed_frame
from core.types import Answer, AnswerEvent, AnswerStatus, ClaimProven, Finished

_DONE = unnamed_frame("[DONE]")


async def chunk_frames(
    events: AsyncIterator[AnswerEvent],
    envelope: Envelope,
    *,
    includes_usage: bool,
    report: Report,
    finished: Callable[[Answer], None],
) -> AsyncGenerator[bytes]:
    """Frames of data; the last one is ``[DONE]``, or an error in OpenAI's shape. ``events`` is closed at the end."""
    usage: JsonObject = {"usage": None} if includes_usage else {}
    said = False
    yield _frame(envelope.chunk({"role": "assistant", "content": ""}) | usage)
    async with aclosing(told(events, report=report, finished=finished)) as each:
        async for one in each:
            for document in _chunks(one, envelope, report, is_first=not said):
                yield _frame(document if "error" in document else document | usage)
            said = said or one.name == "claim"
            if isinstance(one.event, Finished) and one.event.answer.status is not AnswerStatus.UNAVAILABLE:
                if includes_usage:
                    tokens = envelope.usage(one.event.answer).model_dump()
                    yield _frame(envelope.chunk({}) | {"choices": [], "usage": tokens})
                yield _DONE


def _chunks(one: Told, envelope: Envelope, report: Report, *, is_first: bool) -> Iterator[JsonObject]:
    match one.event:
        case ClaimProven(claim=claim):
            text = marked(claim) if is_first else BREAK + marked(claim)
            yield envelope.chunk({"content": text}, cited={"claim": one.document})
        case Finished(answer=answer) if answer.status is AnswerStatus.UNAVAILABLE:
            yield report(answer_problem(answer))
        case Finished(answer=answer):
            if rest := behind_claims(answer):
                yield envelope.chunk({"content": rest})
            yield envelope.chunk({}, "stop", {"answer": one.document})
        case None:
            yield one.document


def _frame(document: JsonObject) -> bytes:
    return unnamed_frame(to_json(document))
