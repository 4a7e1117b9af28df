"""Knowledge bases of the caller."""

from anyio import to_thread
from starlette.responses import JSONResponse, Response

from api import content_examples, examples, openapi
from api.auth import TheRoom, TheShelf, needs
from api.bodies import KnowledgeBaseDocument, KnowledgeBasesDocument
from api.errors import CREATED, NO_CONTENT, OK
from api.once import OnceRoute
from api.routes.service import guarded_router
from api.shapes.service import EditionInForce, KnowledgeBaseStats
from store.key import Scope

router = guarded_router("/v1/kbs", OnceRoute)


@router.get(
    "",
    operation_id="list_kbs",
    summary="List the knowledge bases",
    response_model=KnowledgeBasesDocument,
    responses=openapi.read_responses(examples.KNOWLEDGE_BASES),
    **needs(*Scope),
)
async def list_kbs(room: TheRoom) -> Response:
    """Those that the key may use, by name."""
    names = await to_thread.run_sync(room.knowledge_bases)
    return JSONResponse({"kbs": [{"name": name} for name in names]})


@router.put(
    "/{kb:path}",
    operation_id="create_kb",
    summary="Make a knowledge base",
    status_code=CREATED,
    response_model=KnowledgeBaseDocument,
    responses=openapi.created_responses(content_examples.KB, KnowledgeBaseDocument),
    **needs(Scope.ADMIN),
)
async def create_kb(kb: str, shelf: TheShelf) -> Response:
    """201 where it is new, 200 where it was there; repeating it does no harm."""
    is_new = await to_thread.run_sync(shelf.create_kb, kb)
    return JSONResponse({"name": kb}, CREATED if is_new else OK)


@router.get(
    "/{kb:path}",
    operation_id="show_kb",
    summary="What is in a knowledge base",
    response_model=KnowledgeBaseStats,
    responses=openapi.named_responses(content_examples.KB_STATS),
    **needs(*Scope),
)
async def show_kb(kb: str, shelf: TheShelf) -> Response:
    """Documents by outcome and language, passages, and how far the indexes are."""
    return JSONResponse(await to_thread.run_sync(shelf.stats, kb))


@router.post(
    "/{kb:path}/rollback",
    operation_id="roll_back_kb",
    summary="Let the edition before answer again",
    response_model=EditionInForce,
    responses=openapi.named_responses(content_examples.EDITION),
    **needs(Scope.ADMIN),
)
async def roll_back_kb(kb: str, shelf: TheShelf) -> Response:
    """At once, in one step; a second time goes forward again. Without an edition before it is a 422.

    Documents that changed or were deleted since stay as they are.
    """
    return JSONResponse(await to_thread.run_sync(shelf.roll_back, kb))


@router.delete(
    "/{kb:path}",
    operation_id="delete_kb",
    summary="Delete a knowledge base",
    status_code=NO_CONTENT,
    responses=openapi.empty_responses(),
    **needs(Scope.ADMIN),
)
async def delete_kb(kb: str, shelf: TheShelf) -> Response:
    """With all its texts, vectors, jobs and traces, at once and for good."""
    await to_thread.run_sync(shelf.delete_kb, kb)
    return Response(status_code=NO_CONTENT)
