"""What was used, and how answers went of late."""

import time
from datetime import date
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import Query, Request
from starlette.responses import JSONResponse, Response

from api import openapi, usage_examples
from api.auth import TheRoom, needs
from api.bodies import Words
from api.limits.limits import Limits
from api.routes.service import guarded_router
from api.shapes.usage import LiveQuality, Usage
from api.usage_json import quality_document, usage_document
from store.key import Scope

router = guarded_router("/v1")


@router.get(
    "/usage",
    operation_id="show_usage",
    summary="What was used, by key and day",
    response_model=Usage,
    responses=openapi.named_responses(usage_examples.USAGE),
    **needs(*Scope),
)
async def show_usage(
    request: Request,
    room: TheRoom,
    since: Annotated[date | None, Query(description="First day, in UTC; of the present month without it.")] = None,
    until: Annotated[date | None, Query(description="Last day; today without it.")] = None,
) -> Response:
    """Requests, answers, tokens, cost, and what is left of budgets. A key is told of itself; with `admin` on all of its
    tenant, of the whole tenant; the operator and such keys of the tenant `default` are told of all tenants."""
    state = request.app.state
    limits: Limits | None = state.limits

    def document() -> Response:
        state.watch.usage.flush()
        budgets = None if limits is None else limits.budgets
        return JSONResponse(usage_document(state.desk.catalog, room.caller, budgets, since=since, until=until))

    return await to_thread.run_sync(document)


@router.get(
    "/quality/live",
    operation_id="show_live_quality",
    summary="How answers went of late",
    response_model=LiveQuality,
    responses=openapi.named_responses(usage_examples.QUALITY),
    **needs(Scope.ADMIN),
)
async def show_live_quality(
    request: Request,
    room: TheRoom,
    kb: Annotated[Words | None, Query(description="Of this knowledge base; of all that the key sees.")] = None,
    step: Annotated[Literal["hour", "day"], Query(description="Hours of two days, or days of thirty.")] = "hour",
) -> Response:
    """Rates of abstention, of claims that could not be proven, and of thumbs down, from the traces that are kept and
    from feedback: a restart or a second process changes nothing."""

    def document() -> Response:
        kbs = room.keys() if kb is None else [room.require(kb)]
        return JSONResponse(quality_document(request.app.state.desk.catalog, kbs, step=step, now=time.time()))

    return await to_thread.run_sync(document)
