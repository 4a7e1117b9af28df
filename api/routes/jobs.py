"""Jobs: ingestions that wait, run or are done."""

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import Path, Query, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from api import content_examples, openapi
from api.asked import reporter
from api.auth import TheShelf, needs
from api.bodies import Words
from api.job_events import job_frames
from api.once import OnceRoute
from api.routes.service import Cursor, Limit, guarded_router
from api.shapes.jobs import Job
from api.shapes.service import JobsPage, JobWithFiles
from api.sse import EventStream
from store.job import JobState
from store.key import Scope

router = guarded_router("/v1/jobs", OnceRoute)
# SQLite's and PostgreSQL's numbers end there.
Number = Annotated[int, Path(ge=0, lt=2**63)]


@router.get(
    "",
    operation_id="list_jobs",
    summary="List jobs",
    response_model=JobsPage,
    responses=openapi.named_responses(content_examples.JOBS),
    **needs(Scope.INGEST),
)
async def list_jobs(
    shelf: TheShelf,
    kb: Annotated[Words | None, Query(description="Of this knowledge base.")] = None,
    state: Annotated[JobState | None, Query(description="In this state.")] = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Response:
    """Those on the key's knowledge bases, newest first. Paths and processes are shown to the operator only."""
    page = await to_thread.run_sync(lambda: shelf.jobs(kb, state=state, cursor=cursor, limit=limit))
    return JSONResponse(page)


@router.get(
    "/{job}",
    operation_id="show_job",
    summary="One job, how far it is and what it settled",
    response_model=JobWithFiles,
    responses=openapi.named_responses(content_examples.JOB_WITH_FILES),
    **needs(Scope.INGEST),
)
async def show_job(job: Number, shelf: TheShelf) -> Response:
    """Unchanged files are not among `files`."""
    return JSONResponse(await to_thread.run_sync(shelf.job, job))


@router.get(
    "/{job}/events",
    operation_id="follow_job",
    summary="Follow a job",
    response_class=StreamingResponse,  # what it describes is in `responses`
    responses=openapi.job_events_responses(),
    **needs(Scope.INGEST),
)
async def follow_job(job: Number, shelf: TheShelf, request: Request) -> Response:
    """Server-sent events: `progress` whenever it has moved on, the job as `GET /v1/jobs` lists it; the last is `final`,
    the job with its files, or `error`. It may be followed again at any time, and begins with where it stands."""
    await to_thread.run_sync(shelf.job, job)  # what is not there is a 404, not an event under a 200
    return EventStream(job_frames(partial(shelf.job, job), report=reporter(request.state.trace_id)))


@router.post(
    "/{job}/cancel",
    operation_id="cancel_job",
    summary="End a job",
    response_model=Job,
    responses=openapi.named_responses(content_examples.JOB),
    **needs(Scope.INGEST),
)
async def cancel_job(job: Number, shelf: TheShelf) -> Response:
    """A running one stops within a second or so; what it stored stays. One that has ended is a 422."""
    return JSONResponse(await to_thread.run_sync(shelf.cancel_job, job))


@router.post(
    "/{job}/retry",
    operation_id="retry_job",
    summary="Queue a failed or cancelled job again",
    response_model=Job,
    responses=openapi.named_responses(content_examples.JOB),
    **needs(Scope.INGEST),
)
async def retry_job(job: Number, shelf: TheShelf) -> Response:
    """It goes on where it was. One that is not failed or cancelled is a 422, and so is one whose upload is gone: a day
    after it ended."""
    return JSONResponse(await to_thread.run_sync(shelf.retry_job, job))
