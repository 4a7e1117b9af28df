"""The routes. Blocking calls of the desk run in threads, so that ``/health`` answers whatever else is going on."""

import re
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Body, Depends, Request
from starlette.responses import JSONResponse, Response

from api import examples, openapi
from api.bodies import AskBody, HealthDocument, KnowledgeBasesDocument, ReadyDocument, SearchBody
from api.desk_port import Desk
from api.disconnect import unless_gone
from api.errors import (
    UNAVAILABLE,
    InvalidField,
    answer_code,
    ready_code,
    report,
    retry_headers,
    unsupported_media_type,
)
from api.schemas import AskDocument, JsonObject, SearchDocument, ask_document
from api.searching import searched
from api.sse import EventStream, answer_frames
from core.errors import NotFound
from core.types import Answer, AnswerStatus, Question

_MEDIA_RANGE = re.compile(r"\s*([^\s;,]+)(?:\s*;\s*q=([01](?:\.\d{0,3})?))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the routes share. ``searches`` bounds the searches that use the processor at the same time."""

    desk: Desk
    max_question_chars: int
    searches: CapacityLimiter


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _require_json(request: Request) -> None:
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() != "application/json":
        raise unsupported_media_type(given)


TheService = Annotated[Service, Depends(_service)]
router = APIRouter()
v1 = APIRouter(prefix="/v1")
taking_json = [Depends(_require_json)]


@v1.post(
    "/ask",
    operation_id="ask",
    summary="Answer a question, every claim with located quotes",
    response_model=AskDocument,
    responses=openapi.ask_responses(),
    dependencies=taking_json,
)
async def ask(
    body: Annotated[AskBody, Body(openapi_examples=dict(examples.ASK_BODIES))], request: Request, service: TheService
) -> Response:
    """As one JSON document, or as server-sent events where `Accept` prefers `text/event-stream` or `stream` is true.

    The events are `evidence`, `claim` each, and one `final` or `error`; once they have begun, the status stays 200.
    """
    question = body.to_question()
    _check_length("question", question.text, service.max_question_chars)
    await _check_kb(service.desk, question.kb)
    if body.stream or prefers_events(request.headers.get("accept", "")):
        return _event_stream(service.desk, question, request)
    answer = await unless_gone(request.receive, service.desk.ask(question))
    _note(request, answer)
    headers = retry_headers(retryable=answer.status is AnswerStatus.UNAVAILABLE)
    return JSONResponse(ask_document(answer), answer_code(answer.status), headers)


@v1.post(
    "/search",
    operation_id="search",
    summary="Find passages",
    response_model=SearchDocument,
    responses=openapi.body_responses(examples.SEARCH_ANSWERS),
    dependencies=taking_json,
)
async def search(
    body: Annotated[SearchBody, Body(openapi_examples=dict(examples.SEARCH_BODIES))], service: TheService
) -> Response:
    """Hits, best first, as far as the `stage` goes; scores compare only within one stage.

    With `explain`, each hit's rank and score in every stage, its terms, and what the filter left; with `why`, also at
    which step a passage or document that is not among the hits was lost.
    """
    _check_length("query", body.query, service.max_question_chars)
    await _check_kb(service.desk, body.kb)
    arguments = (service.desk, body.kb, body.query, body.k, body.stage, body.to_filter())
    search_now = partial(searched, *arguments, explain=body.explain, why=body.why)
    return JSONResponse(await to_thread.run_sync(search_now, limiter=service.searches))


@v1.get(
    "/kbs",
    operation_id="list_kbs",
    summary="List the knowledge bases",
    response_model=KnowledgeBasesDocument,
    responses=openapi.read_responses(examples.KNOWLEDGE_BASES),
)
async def list_kbs(service: TheService) -> Response:
    """By name."""
    names = await to_thread.run_sync(service.desk.knowledge_bases)
    return JSONResponse({"kbs": [{"name": name} for name in names]})


@router.get(
    "/health",
    operation_id="health",
    summary="Whether the process runs",
    response_model=HealthDocument,
    responses=openapi.shown_responses(examples.HEALTH),
)
async def health() -> Response:
    """Asks nothing of any part; restart the process when this does not answer."""
    return JSONResponse({"status": "alive"})


@router.get(
    "/ready",
    operation_id="ready",
    summary="Whether questions can be answered now",
    response_model=ReadyDocument,
    responses=openapi.ready_responses(),
)
async def ready(service: TheService) -> Response:
    """What is wrong, by component; send no questions while this is 503. Meant for operators: it may name paths."""
    components = await to_thread.run_sync(service.desk.ready)
    code = ready_code(components)
    document = {"status": "not_ready" if code == UNAVAILABLE else "ready", "components": components}
    return JSONResponse(document, code, retry_headers(retryable=code == UNAVAILABLE))


def prefers_events(accept: str) -> bool:
    """Whether an ``Accept`` header names ``text/event-stream`` with a higher weight than ``application/json``."""
    weights = {name.lower(): float(weight or 1) for name, weight in _MEDIA_RANGE.findall(accept)}
    return weights.get("text/event-stream", 0.0) > weights.get("application/json", 0.0)


def _event_stream(desk: Desk, question: Question, request: Request) -> EventStream:
    trace_id = request.state.trace_id

    def reported(error: Exception) -> JsonObject:
        return report(error, trace_id).model_dump(mode="json")

    def noted(answer: Answer) -> None:
        _note(request, answer)

    return EventStream(answer_frames(desk.stream(question), report=reported, finished=noted))


def _check_length(name: str, text: str, limit: int) -> None:
    if not text.strip():
        raise InvalidField(f"#/{name}", f"the {name} is empty")
    if len(text) > limit:
        raise InvalidField(f"#/{name}", f"the {name} has {len(text)} characters; at most {limit} are taken")


async def _check_kb(desk: Desk, kb: str) -> None:
    # Before anything is streamed, so that a wrong name is a 404 rather than an event under a 200.
    if kb not in await to_thread.run_sync(desk.knowledge_bases):
        raise NotFound(f"there is no knowledge base {kb[:80]!r}; GET /v1/kbs lists those there are")


def _note(request: Request, answer: Answer) -> None:
    """Leave the answer's status and trace id for the access log."""
    request.state.answer_status = answer.status.value
    request.state.answer_trace_id = answer.trace_id
