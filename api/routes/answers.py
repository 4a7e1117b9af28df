"""How answers came about, for whoever looks after their quality."""

from anyio import to_thread
from starlette.responses import JSONResponse, Response

from api import examples, openapi
from api.auth import TheRoom, needs
from api.routes.service import guarded_router
from api.shapes.traces import Replay, Trace
from store.key import Scope

router = guarded_router("/v1/answers")


@router.get(
    "/{trace_id}",
    operation_id="show_answer",
    summary="How an answer came about",
    response_model=Trace,
    responses=openapi.named_responses(examples.TRACES),
    **needs(Scope.ADMIN),
)
async def show_answer(trace_id: str, room: TheRoom) -> Response:
    """By the `trace_id` of the answer, a moment after it: what was found, asked of a model, proven and dropped."""
    return JSONResponse(await to_thread.run_sync(room.trace, trace_id))


@router.post(
    "/{trace_id}/replay",
    operation_id="replay_answer",
    summary="Ask the question of an answer again and compare",
    response_model=Replay,
    responses=openapi.named_responses(examples.REPLAYS),
    **needs(Scope.ADMIN),
)
async def replay_answer(trace_id: str, room: TheRoom) -> Response:
    """Of the documents and settings of now; `stages` say in words what differs. Leaves no trace of its own."""
    return JSONResponse(await room.replay(trace_id))
