"""Versions of documents, and documents that repeat others."""

from typing import Annotated

from anyio import to_thread
from fastapi import Path
from starlette.responses import JSONResponse, Response

from api import history_examples, openapi
from api.auth import needs
from api.bodies import DEFAULT_KB, Words
from api.history import TheHistory
from api.once import OnceRoute
from api.routes.service import Cursor, Limit, guarded_router
from api.shapes.service import DocumentVersions, DuplicatesPage
from store.key import Scope

router = guarded_router("/v1/documents", OnceRoute)
# The highest number that both databases take.
_Version = Annotated[int, Path(ge=1, lt=2**63, description="Number of a version that is kept.")]


@router.get(
    "/duplicates",
    operation_id="list_duplicates",
    summary="List the documents that say what others say",
    response_model=DuplicatesPage,
    responses=openapi.named_responses(history_examples.DUPLICATES),
    **needs(Scope.SEARCH, Scope.INGEST),
)
async def list_duplicates(
    history: TheHistory, kb: Words = DEFAULT_KB, cursor: Cursor = "", limit: Limit = 50
) -> Response:
    """By source, each with those it repeats: first what says the same (`similarity` 1), then what is much alike."""
    return JSONResponse(await to_thread.run_sync(lambda: history.duplicates(kb, cursor=cursor, limit=limit)))


@router.get(
    "/{document_id}/versions",
    operation_id="list_versions",
    summary="List the versions of a document",
    response_model=DocumentVersions,
    responses=openapi.named_responses(history_examples.VERSIONS),
    **needs(Scope.SEARCH, Scope.INGEST),
)
async def list_versions(document_id: str, history: TheHistory) -> Response:
    """Those that are kept (`record.keep_versions`), newest first; none where no text was found."""
    return JSONResponse(await to_thread.run_sync(history.versions, document_id))


@router.post(
    "/{document_id}/versions/{version}/restore",
    operation_id="restore_version",
    summary="Let another version of a document answer",
    response_model=DocumentVersions,
    responses=openapi.named_responses(history_examples.VERSIONS),
    **needs(Scope.INGEST),
)
async def restore_version(document_id: str, version: _Version, history: TheHistory) -> Response:
    """At once, with what was said of the document by `PATCH`. It holds until the document's file changes: the same file
    once more changes nothing."""
    return JSONResponse(await to_thread.run_sync(history.restore, document_id, version))
