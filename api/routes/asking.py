"""Questions and searches."""

import re
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import Body, Request
from starlette.responses import JSONResponse, Response

from api import examples, openapi
from api.auth import TheRoom, needs
from api.bodies import AskBody, SearchBody
from api.disconnect import unless_gone
from api.errors import InvalidField, answer_code, report, retry_headers
from api.room import Room
from api.routes.service import TheService, guarded_router, taking_json
from api.schemas import AskDocument, JsonObject, SearchDocument, ask_document
from api.sse import EventStream, answer_frames
from core.types import Answer, AnswerStatus, Question
from store.kb_key import KbKey
from store.key import Scope

_MEDIA_RANGE = re.compile(r"\s*([^\s;,]+)(?:\s*;\s*q=([01](?:\.\d{0,3})?))?")
router = guarded_router("/v1")


@router.post(
    "/ask",
    operation_id="ask",
    summary="Answer a question, every claim with located quotes",
    response_model=AskDocument,
    responses=openapi.ask_responses(),
    dependencies=taking_json,
    **needs(Scope.ASK),
)
async def ask(
    body: Annotated[AskBody, Body(openapi_examples=dict(examples.ASK_BODIES))],
    request: Request,
    service: TheService,
    room: TheRoom,
) -> Response:
    """As one JSON document, or as server-sent events where `Accept` prefers `text/event-stream` or `stream` is true.

    The events are `evidence`, `claim` each, and one `final` or `error`; once they have begun, the status stays 200.
    """
    question = body.to_question()
    _check_length("question", question.text, service.max_question_chars)
    # Before anything is streamed, so that a wrong name is a 404 rather than an event under a 200.
    key = await to_thread.run_sync(room.require, question.kb)
    if body.stream or prefers_events(request.headers.get("accept", "")):
        return _event_stream(room, key, question, request)
    answer = await unless_gone(request.receive, room.ask(key, question))
    _note(request, answer)
    headers = retry_headers(retryable=answer.status is AnswerStatus.UNAVAILABLE)
    return JSONResponse(ask_document(answer), answer_code(answer.status), headers)


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
    _check_length("query", body.query, service.max_question_chars)
    arguments = (body.kb, body.query, body.k, body.stage, body.to_filter())
    search_now = partial(room.search, *arguments, explain=body.explain, why=body.why)
    return JSONResponse(await to_thread.run_sync(search_now, limiter=service.searches))


def prefers_events(accept: str) -> bool:
    """Whether an ``Accept`` header names ``text/event-stream`` with a higher weight than ``application/json``."""
    weights = {name.lower(): float(weight or 1) for name, weight in _MEDIA_RANGE.findall(accept)}
    return weights.get("text/event-stream", 0.0) > weights.get("application/json", 0.0)


def _event_stream(room: Room, key: KbKey, question: Question, request: Request) -> EventStream:
    trace_id = request.state.trace_id

    def reported(error: Exception) -> JsonObject:
        return report(error, trace_id).model_dump(mode="json")

    def noted(answer: Answer) -> None:
        _note(request, answer)

    return EventStream(answer_frames(room.stream(key, question), report=reported, finished=noted))


def _check_length(name: str, text: str, limit: int) -> None:
    if not text.strip():
        raise InvalidField(f"#/{name}", f"the {name} is empty")
    if len(text) > limit:
        raise InvalidField(f"#/{name}", f"the {name} has {len(text)} characters; at most {limit} are taken")


def _note(request: Request, answer: Answer) -> None:
    """Leave the answer's status and trace id for the access log."""
    request.state.answer_status = answer.status.value
    request.state.answer_trace_id = answer.trace_id
