"""``/widget.js``: the chat that other servers' pages take in with one script tag."""

from fastapi import Request
from starlette.responses import Response

from api.auth import PUBLIC
from api.errors import NOT_MODIFIED
from api.etag import matches
from api.pages.bundle import widget
from api.routes.service import guarded_router

router = guarded_router()
_HEADERS = {
    # A new release is in every page within the hour, and nobody waits for the question whether there is one.
    "Cache-Control": "public, max-age=600, stale-while-revalidate=3600",
    "Vary": "Accept-Encoding",
    # It is the same for everybody: pages may ask for it with `crossorigin`, and isolated ones may run it.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@router.api_route("/widget.js", methods=["GET", "HEAD"], include_in_schema=False, **PUBLIC)
async def script(request: Request) -> Response:
    """One file, packed where the browser takes that; 304 where it has this one."""
    bundle = widget()
    headers = {**_HEADERS, "ETag": f"W/{bundle.tag}"}
    if matches(request.headers.get("if-none-match"), bundle.tag):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(bundle.content, headers=headers, media_type="text/javascript; charset=utf-8")
    headers["Content-Encoding"] = "gzip"
    return Response(bundle.packed, headers=headers, media_type="text/javascript; charset=utf-8")
