"""The pages for people with a browser. They hold no data of their own: what they show, they ask the API for."""

from fastapi import Request
from starlette.responses import Response

from api.auth import PUBLIC
from api.pages.assets import assets
from api.pages.shell_page import POLICY, preferred_language, shell
from api.routes.service import guarded_router
from core.errors import NotFound

router = guarded_router()
_KEPT = "public, max-age=31536000, immutable"


async def _page(request: Request) -> Response:
    name = request.url.path.strip("/") or "ask"
    language = preferred_language(request.headers.get("accept-language", ""))
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "Vary": "Accept-Language"}
    return Response(shell(assets(), name, language), headers=headers, media_type="text/html; charset=utf-8")


for path in ("/", "/library", "/lab", "/quality", "/ops", "/document"):
    router.add_api_route(path, _page, methods=["GET", "HEAD"], include_in_schema=False, **PUBLIC)


@router.get("/assets/{digest}/{path:path}", include_in_schema=False, **PUBLIC)
async def asset(digest: str, path: str, request: Request) -> Response:
    """One file, packed where the browser takes that; kept for good under the digest of this release."""
    found = assets().files.get(path)
    if found is None:
        raise NotFound(f"the pages have no file {path[:80]!r}")
    # While a new release is put in place, a page of the old one may ask here: better this file than none.
    headers = {"Cache-Control": _KEPT if digest == assets().digest else "no-store", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(found.content, headers=headers, media_type=found.media_type)
    return Response(found.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=found.media_type)
