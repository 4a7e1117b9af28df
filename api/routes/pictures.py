"""Pages of documents as they look."""

from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import Header, Path, Query, Request
from starlette.responses import Response

from api import openapi
from api.auth import needs
from api.errors import NOT_MODIFIED, InvalidField
from api.etag import matches
from api.pictures import ThePictures
from api.routes.service import guarded_router
from core.types import Span
from store.key import Scope

router = guarded_router("/v1/documents")
BOXES = "Citedesk-Boxes"
_PAGES = 100_000
_MOST_SPANS = 20
_SPAN = r"\d{1,9}-\d{1,9}"
_Page = Annotated[int, Path(ge=1, le=_PAGES, description="Counted from 1.")]
_Width = Annotated[int, Query(ge=100, le=2_000, description="Of the picture, in pixels.")]
_At = Annotated[
    str,
    Query(
        pattern=f"^({_SPAN}(,{_SPAN}){{0,{_MOST_SPANS - 1}}})?$",
        description="Spans of the document's text, `20-80,84-96`, whose places on the page are told.",
    ),
]


@router.get(
    "/{document_id}/pages/{page}",
    operation_id="show_page",
    summary="A page of a PDF as a picture",
    response_class=Response,
    responses=openapi.picture_responses(BOXES),
    **needs(Scope.SEARCH, Scope.INGEST),
)
async def show_page(
    document_id: str,
    page: _Page,
    pictures: ThePictures,
    request: Request,
    width: _Width = 1_000,
    at: _At = "",
    if_none_match: Annotated[str | None, Header(description="Tags that are known.")] = None,
) -> Response:
    """Drawn from the file that was read, while it is where it was read and has not changed; else 404. `Citedesk-Boxes`
    holds the places of `at`: left, top, width and height of each line, as shares of the picture from 0 to 1."""
    spans = _spans(at)
    tag = await to_thread.run_sync(pictures.tag, document_id, page, width, spans)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if matches(if_none_match, tag):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    limiter: CapacityLimiter = request.app.state.drawing
    drawn = await to_thread.run_sync(pictures.draw, document_id, page, width, spans, limiter=limiter)
    boxes = ", ".join(" ".join(f"{share:.4f}" for share in box) for box in drawn.boxes)
    return Response(drawn.png, headers=headers | {BOXES: boxes}, media_type="image/png")


def _spans(at: str) -> list[Span]:
    """Raises ``InvalidField`` for one that ends before it begins."""
    pairs = [tuple(map(int, each.split("-"))) for each in at.split(",") if each]
    if any(start >= end for start, end in pairs):
        raise InvalidField("#/at", f"a span of {at!r} ends before it begins")
    return [Span(start, end) for start, end in pairs]
