"""The HTTP service: routes, errors and middleware put together around a desk."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.auth import Door
from api.cors import Cors
from api.debugging import Profiler
from api.desk_port import Desk
from api.disconnect import ClientGone, stop
from api.errors import CLIENT_GONE, PROBLEM_JSON, headers_of, report
from api.evaluations import Evaluations
from api.limits.limits import Limits
from api.mcp.http import McpService
from api.metrics import Metrics
from api.middleware import BodyLimit, Envelope
from api.openapi import DescribedApp
from api.routes import ROUTERS, debug
from api.routes.service import Service
from api.routes.uploads import UPLOAD_PATH
from api.source_links import SourceLinks
from api.streams import AnswerStreams
from api.telemetry import Spans
from api.topic_board import QuestionVectors
from api.usage_counts import FLUSH_SECONDS, UsageCounts
from api.watch import Watch
from core.errors import CitedeskError
from core.settings import AnswerSettings, IngestSettings, ServiceSettings
from ingest.page_pictures import PagePictures
from store.document_metadata import DocumentMetadata
from store.usage_days import UsageDays

_DESCRIPTION = """Answers questions from your own documents, in English and Chinese, and proves every claim with a quote
that is located, character for character, in the stored text. Where the documents do not hold the answer it says so."""
_NOTE_SECONDS = 30.0
# Requests for pictures of pages that wait in threads for the one process that draws.
_DRAWING = 2
# The framework's own telemetry records error messages and bodies, which hold what people asked.
_NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)


def create_app(
    desk: Desk,
    service: ServiceSettings | None = None,
    answer: AnswerSettings | None = None,
    door: Door | None = None,
    limits: Limits | None = None,
    spans: Spans | None = None,
    ingest: IngestSettings | None = None,
) -> FastAPI:
    """The service around ``desk``, which is started and closed with it.

    ``service`` gives the limit of a body and ``answer`` that of a question; without them the defaults hold. Without a
    ``door`` there are no keys, and only this machine is answered; without ``limits`` nobody is held up, and
    without ``spans`` none are made.
    A desk that fails to start keeps the server from starting.
    """
    service, answer = service or ServiceSettings(), answer or AnswerSettings()
    # The interactive pages are left out: they load scripts from another site.
    app = DescribedApp(
        title="Citedesk",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        telemetry=_NO_TELEMETRY,
    )
    app.state.desk, app.state.door = desk, door or Door()
    app.state.limits = limits
    metrics = Metrics(desk.gauges)
    if limits is not None:
        metrics.waiting.set_function(lambda: limits.turnstile.waiting)
    app.state.watch = Watch(metrics, spans, usage=UsageCounts(lambda: UsageDays(desk.catalog)))
    app.state.service = Service(
        max_question_chars=answer.max_question_chars,
        max_body_bytes=service.max_body_bytes,
        searches=CapacityLimiter(os.cpu_count() or 1),
    )
    app.state.question_vectors = QuestionVectors(lambda texts: desk.packaged_encoder.embed_passages(texts))
    app.state.pictures = PagePictures(ingest or IngestSettings())
    app.state.drawing = CapacityLimiter(_DRAWING)
    app.state.evaluations = Evaluations(service.evaluations)
    app.state.streams = AnswerStreams(service.resume_seconds)
    app.state.links = SourceLinks(lambda ids: DocumentMetadata(desk.catalog.engine)(ids), service.link_origins)
    app.state.mcp = McpService(app.state)
    for router in ROUTERS:
        app.include_router(router)
    if service.debug:
        app.state.profiler = Profiler()
        app.include_router(debug.router)
    for error in (CitedeskError, RequestValidationError, HTTPException):
        app.add_exception_handler(error, _problem)
    app.add_exception_handler(ClientGone, _nobody)
    app.add_middleware(BodyLimit, max_bytes=service.max_body_bytes, of_path={UPLOAD_PATH: service.max_upload_bytes})
    app.add_middleware(Cors, door=app.state.door)
    app.add_middleware(Envelope, watch=app.state.watch)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    desk: Desk = app.state.desk
    await to_thread.run_sync(desk.start)
    notes = [asyncio.create_task(_note_keys(app.state.door)), asyncio.create_task(_note_usage(app.state.watch.usage))]
    try:
        yield
    finally:
        await app.state.streams.close()
        await app.state.mcp.close()
        if app.state.limits is not None:
            await app.state.limits.turnstile.close()
        for task in notes:
            await stop(task)
        await app.state.door.flush()
        await to_thread.run_sync(app.state.watch.usage.flush)
        await to_thread.run_sync(app.state.watch.spans.close)
        await to_thread.run_sync(app.state.pictures.close)
        await to_thread.run_sync(desk.close)


async def _note_keys(door: Door) -> None:
    while True:
        await asyncio.sleep(_NOTE_SECONDS)
        await door.flush()


async def _note_usage(usage: UsageCounts) -> None:
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        await to_thread.run_sync(usage.flush)


async def _problem(request: Request, error: Exception) -> Response:
    problem = report(error, request.state.trace_id)
    return JSONResponse(problem.model_dump(mode="json"), problem.status, headers_of(error), PROBLEM_JSON)


async def _nobody(request: Request, error: Exception) -> Response:
    return Response(status_code=CLIENT_GONE)
