"""``/health`` and ``/ready``: for whoever looks after the process."""

from anyio import to_thread
from fastapi import Request
from starlette.responses import JSONResponse, Response

from api import examples, openapi
from api.auth import PUBLIC, PerhapsCaller
from api.bodies import HealthDocument, ReadyDocument
from api.errors import UNAVAILABLE, ready_code, retry_headers, wrong_of
from api.routes.service import guarded_router

router = guarded_router()
_HIDDEN = "not ok"


@router.get(
    "/health",
    operation_id="health",
    summary="Whether the process runs",
    response_model=HealthDocument,
    responses=openapi.shown_responses(examples.HEALTH),
    **PUBLIC,
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
    **PUBLIC,
)
async def ready(request: Request, caller: PerhapsCaller) -> Response:
    """What is wrong, by component; send no questions while this is 503.

    With 200 and `degraded` questions are answered without what it names: worse, or not for long. Only the operator and
    admins of the default tenant read the words, which may name paths.
    """
    components = await to_thread.run_sync(request.app.state.desk.ready)
    code = ready_code(components)
    if caller is None or not caller.runs_the_home:
        components = {name: state if state == "ok" else _HIDDEN for name, state in components.items()}
    wrong = sorted(wrong_of(components))
    status = "not_ready" if code == UNAVAILABLE else "degraded" if wrong else "ready"
    document = {"status": status, "components": components, "degraded": wrong}
    return JSONResponse(document, code, retry_headers(retryable=code == UNAVAILABLE))
