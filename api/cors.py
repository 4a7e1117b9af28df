"""What a browser is told before and when a page of another origin asks (Fetch standard, section 3.3).

Only whether a page may send and read: who is answered, and with what, the key decides (``api/auth.py``).
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import Door
from api.errors import NO_CONTENT, PROBLEM_JSON, ForeignOrigin, report

# All that the widget needs; nothing else is answered to pages of other origins.
PATHS = frozenset({"/v1/ask"})
_KEPT_SECONDS = 600
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "authorization, content-type, last-event-id",
    "Access-Control-Max-Age": str(_KEPT_SECONDS),
}


class Cors:
    """Lets pages of the origins that keys list send questions and read the answers, without cookies."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, and add to other answers who may read them."""
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        is_known = bool(origin) and await self._door.listens_to(origin)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            answer = _preflight(origin) if is_known else _refused(origin, scope["state"]["trace_id"])
            await answer(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                _mark(MutableHeaders(scope=message), origin if is_known else "")
            await send(message)

        await self.app(scope, receive, told)


def _preflight(origin: str) -> Response:
    answer = Response(status_code=NO_CONTENT, headers=_PREFLIGHT)
    _mark(answer.headers, origin)
    return answer


def _refused(origin: str, trace_id: str) -> Response:
    problem = report(ForeignOrigin(f"no key is for pages of {origin[:80]!r}"), trace_id)
    return JSONResponse(problem.model_dump(mode="json"), problem.status, {"Vary": "Origin"}, PROBLEM_JSON)


def _mark(headers: MutableHeaders, origin: str) -> None:
    headers.add_vary_header("Origin")
    if origin:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = "Retry-After"
