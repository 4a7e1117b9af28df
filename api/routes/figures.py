"""``/v1/service``: what a person who looks after the service wants to see."""

from anyio import to_thread
from fastapi import Request
from starlette.responses import JSONResponse, Response

from api import access_examples, openapi
from api.auth import TheShelf, needs
from api.caller import Caller
from api.figures import service_figures
from api.routes.service import guarded_router
from api.shapes.figures import ServiceFigures
from core.errors import NotFound
from store.key import Scope

router = guarded_router("/v1")


@router.get(
    "/service",
    operation_id="show_service",
    summary="How the service does",
    response_model=ServiceFigures,
    responses=openapi.named_responses(access_examples.SERVICE),
    **needs(Scope.ADMIN),
)
async def show_service(request: Request, shelf: TheShelf) -> Response:
    """What `/metrics` counts, with latencies as ranks and by the minute, and how far the indexes are.

    To the operator and to keys with `admin` on all of the tenant `default`; to others a 404.
    """
    caller: Caller = request.state.caller
    if not caller.runs_the_home:
        raise NotFound("there are no figures for this key; they take one with admin on all of the tenant default")
    state = request.app.state

    def figures() -> ServiceFigures:
        return service_figures(state.watch.metrics, state.desk.gauges(), state.limits, shelf.lags())

    return JSONResponse(await to_thread.run_sync(figures))
