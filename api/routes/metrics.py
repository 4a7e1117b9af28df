"""``/metrics``: the service's figures, for Prometheus."""

from anyio import to_thread
from fastapi import Request
from starlette.responses import Response

from api.auth import needs
from api.caller import Caller
from api.metrics import METRICS_TYPE
from api.routes.service import guarded_router
from core.errors import NotFound
from store.key import Scope

router = guarded_router()


@router.get("/metrics", include_in_schema=False, **needs(Scope.ADMIN))
async def metrics(request: Request) -> Response:
    """Of the whole home, so for the operator and admins of the whole default tenant only."""
    caller: Caller = request.state.caller
    if not caller.runs_the_home:
        raise NotFound("there are no figures for this key; they take one with admin on all of the tenant default")
    page = await to_thread.run_sync(request.app.state.watch.metrics.page)
    return Response(page, headers={"Content-Type": METRICS_TYPE})
