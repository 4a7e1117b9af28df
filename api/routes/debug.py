"""``/debug``: what the process is at, for whoever runs it. Not there unless ``service.debug`` is set."""

import threading
from typing import Annotated

from anyio import to_thread
from fastapi import Query, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.auth import needs
from api.caller import Caller
from api.debugging import Profiler, waiting_tasks
from api.errors import Busy
from api.routes.service import guarded_router
from core.errors import NotFound
from store.key import Scope

router = guarded_router("/debug")

Seconds = Annotated[float, Query(ge=0.1, le=60, description="How long is looked.")]


@router.get("/profile", include_in_schema=False, **needs(Scope.ADMIN))
async def profile(request: Request, seconds: Seconds = 5.0) -> Response:
    """The stacks of all threads, counted, as text."""
    _check(request)
    profiler: Profiler = request.app.state.profiler
    stop = threading.Event()
    try:
        found = await to_thread.run_sync(profiler.take, seconds, stop, abandon_on_cancel=True)
    finally:
        stop.set()
    if found is None:
        raise Busy("another profile is being taken", retry_seconds=seconds)
    return PlainTextResponse(found)


@router.get("/tasks", include_in_schema=False, **needs(Scope.ADMIN))
async def tasks(request: Request) -> Response:
    """The tasks of the event loop and where each of them waits."""
    _check(request)
    return JSONResponse({"tasks": waiting_tasks()})


def _check(request: Request) -> None:
    caller: Caller = request.state.caller
    if not caller.runs_the_home:
        raise NotFound("there is nothing here for this key; it takes one with admin on all of the tenant default")
