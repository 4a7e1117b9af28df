"""Questions and searches."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import Body, Request
from starlette.responses import JSONResponse, Response

from api import examples, openapi
from api.asked import check_length, note_answer, reporter
from api.auth import TheRoom, needs
from api.bodies import AskBody, SearchBody
from api.disconnect import unless_gone
from api.errors import answer_code, problem_of, retry_headers
from api.room import Room
from api.routes.service import TheService, guarded_router, taking_json
from api.schemas import AskDocument, SearchDocument
from api.sse import EventStream, answer_frames, frame
from api.streams import AnswerStream, AnswerStreams
from api.telling import WHOLE, ForVisitors, Telling
from api.visitor_schema import VisitorAnswer
from core.errors import Unavailable
from core.types import AnswerStatus, Question
from store.kb_key import KbKey
from store.key import Scope

_MEDIA_RANGE = re.compile(r"\s*([^\s;,]+)(?:\s*;\s*q=([01](?:\.\d{0,3})?))?")
router = guarded_router("/v1")


@router.post(
    "/ask",
    operation_id="ask",
    summary="Answer a question, every claim with located quotes",
    response_model=AskDocument | VisitorAnswer,
    responses=openapi.ask_responses(),
    dependencies=taking_json,
    **needs(Scope.ASK, publishable=True),
)
async def ask(
    body: Annotated[AskBody, Body(openapi_examples=dict(examples.ASK_BODIES))],
    request: Request,
    service: TheService,
    room: TheRoom,
) -> Response:
    """As one JSON document, or as server-sent events where `Accept` prefers `text/event-stream` or `stream` is true.

    The events are `evidence`, `claim` each, and one `final` or `error`; once they have begun, the status stays 200.
    With `Last-Event-ID`, the rest of an answer whose connection was lost, for as long as it is made and kept.

    A publishable key is told what the answer says and where that stands, and nothing of how it came about.
    """
    question = body.to_question()
    check_length("question", question.text, service.max_question_chars)
    # Before anything is streamed, so that a wrong name is a 404 rather than an event under a 200.
    key = await to_thread.run_sync(room.require, question.kb)
    if body.stream or prefers_events(request.headers.get("accept", "")):
        return EventStream(await _events(room, key, question, request))
    answer = await unless_gone(request.receive, room.ask(key, question))
    note_answer(request, answer)
    headers = retry_headers(retryable=answer.status is AnswerStatus.UNAVAILABLE)
    document = await _telling(request, room).answer(answer)
    return JSONResponse(document, answer_code(answer.status), headers)


@router.post(
    "/search",
    operation_id="search",
    summary="Find passages",
    response_model=SearchDocument,
    responses=openapi.body_responses(examples.SEARCH_ANSWERS),
    dependencies=taking_json,
    **needs(Scope.SEARCH),
)
async def search(
    body: Annotated[SearchBody, Body(openapi_examples=dict(examples.SEARCH_BODIES))],
    service: TheService,
    room: TheRoom,
) -> Response:
    """Hits, best first, as far as the `stage` goes; scores compare only within one stage.

    With `explain`, each hit's rank and score in every stage, its terms, and what the filter left; with `why`, also at
    which step a passage or document that is not among the hits was lost.
    """
    check_length("query", body.query, service.max_question_chars)
    arguments = (body.kb, body.query, body.k, body.stage, body.to_filter())
    search_now = partial(room.search, *arguments, explain=body.explain, why=body.why)
    return JSONResponse(await to_thread.run_sync(search_now, limiter=service.searches))


def prefers_events(accept: str) -> bool:
    """Whether an ``Accept`` header names ``text/event-stream`` with a higher weight than ``application/json``."""
    weights = {name.lower(): float(weight or 1) for name, weight in _MEDIA_RANGE.findall(accept)}
    return weights.get("text/event-stream", 0.0) > weights.get("application/json", 0.0)


def _telling(request: Request, room: Room) -> Telling:
    return ForVisitors(request.app.state.links) if room.caller.publishable else WHOLE


async def _events(room: Room, key: KbKey, question: Question, request: Request) -> AsyncGenerator[bytes]:
    streams: AnswerStreams = request.app.state.streams
    owner, last = room.caller.key, request.headers.get("last-event-id", "")
    if last:
        return _noted(request, *streams.resume(owner, last))
    trace_id: str = request.state.trace_id

    def cut(event_id: str) -> bytes:
        # Not logged: either nobody is there to read it, or the service ends.
        problem = problem_of(Unavailable("the answer was cut off"), trace_id)
        return frame("error", problem.model_dump_json(), event_id)

    # Also before: who is kept out is told so by the status.
    events = await unless_gone(request.receive, room.open(key, question))
    stream = streams.begin(owner, cut)
    frames = answer_frames(
        events,
        report=reporter(trace_id),
        finished=stream.finished,
        stream=stream.id,
        telling=_telling(request, room),
    )
    return _noted(request, stream, streams.frames(stream, frames))


async def _noted(request: Request, stream: AnswerStream, frames: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """The same; the access log of whoever got the end knows how it ended."""
    async with aclosing(frames) as each:
        async for one in each:
            if stream.answer is not None:
                note_answer(request, stream.answer)
            yield one
