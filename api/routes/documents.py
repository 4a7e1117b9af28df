"""Documents: what there is, what was understood of each, and away with them."""

from typing import Annotated

from anyio import to_thread
from fastapi import Body, Header, Query
from starlette.responses import JSONResponse, Response

from api import content_examples, openapi
from api.auth import TheShelf, needs
from api.bodies import DEFAULT_KB, Words
from api.errors import NO_CONTENT, NOT_MODIFIED
from api.etag import matches, tags_of
from api.filing import DocumentChanges
from api.once import OnceRoute
from api.routes.service import Cursor, Limit, guarded_router, taking_json
from api.shapes.service import DocumentsPage, DocumentText
from core.types import Outcome
from store.key import Scope

router = guarded_router("/v1/documents", OnceRoute)


@router.get(
    "",
    operation_id="list_documents",
    summary="List the documents of a knowledge base",
    response_model=DocumentsPage,
    responses=openapi.named_responses(content_examples.DOCUMENTS),
    **needs(Scope.SEARCH, Scope.INGEST),
)
async def list_documents(
    shelf: TheShelf,
    kb: Words = DEFAULT_KB,
    cursor: Cursor = "",
    limit: Limit = 50,
    outcome: Annotated[Outcome | None, Query(description="Only sources that came to this.")] = None,
) -> Response:
    """Every source and what became of it, by source; those without text too, with the reason."""
    page = await to_thread.run_sync(lambda: shelf.documents(kb, cursor=cursor, limit=limit, outcome=outcome))
    return JSONResponse(page)


@router.get(
    "/{document_id}",
    operation_id="show_document",
    summary="What was understood of a document",
    response_model=DocumentText,
    responses=openapi.tagged_responses(content_examples.DOCUMENT),
    **needs(Scope.SEARCH, Scope.INGEST),
)
async def show_document(
    document_id: str,
    shelf: TheShelf,
    if_none_match: Annotated[
        str | None, Header(description="Tags that are known: a document with one of them is not sent again.")
    ] = None,
) -> Response:
    """Its stored text, into which every citation's `span` points, with its blocks and passages."""
    # The tag first: a change in between makes a tag that is too old, which a write then notices.
    tag = await to_thread.run_sync(shelf.tag, document_id)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if matches(if_none_match, tag):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    return JSONResponse(await to_thread.run_sync(shelf.document, document_id), headers=headers)


@router.patch(
    "/{document_id}",
    operation_id="change_document",
    summary="Change what is said of a document",
    response_model=DocumentText,
    responses=openapi.changed_responses(content_examples.DOCUMENT),
    dependencies=taking_json,
    **needs(Scope.INGEST),
)
async def change_document(
    document_id: str,
    body: Annotated[DocumentChanges, Body(openapi_examples=dict(content_examples.CHANGES))],
    shelf: TheShelf,
    if_match: Annotated[
        str | None, Header(description="`ETag` of what was looked at; refused if it changed since.")
    ] = None,
) -> Response:
    """Its metadata and validity, for filters and answers at once. It holds over what the document's file says, also
    after the file was ingested again, until the document is deleted."""
    await to_thread.run_sync(shelf.change_document, document_id, body.to_edit(), tags_of(if_match))
    tag = await to_thread.run_sync(shelf.tag, document_id)
    document = await to_thread.run_sync(shelf.document, document_id)
    return JSONResponse(document, headers={"ETag": tag})


@router.delete(
    "/{document_id}",
    operation_id="delete_document",
    summary="Delete a document",
    status_code=NO_CONTENT,
    responses=openapi.empty_responses(),
    **needs(Scope.INGEST),
)
async def delete_document(document_id: str, shelf: TheShelf) -> Response:
    """With all its versions; it stops answering at once. A later ingestion of its file brings it back."""
    await to_thread.run_sync(shelf.delete_document, document_id)
    return Response(status_code=NO_CONTENT)
