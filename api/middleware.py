"""What surrounds every request: trace id, security headers, body limit and one line in the access log."""

import logging
import time
import uuid
from dataclasses import dataclass, field

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import CLIENT_GONE, PROBLEM_JSON, body_too_large, report
from api.schemas import JsonObject, to_json

logger = logging.getLogger("citedesk.access")
_MAX_PATH = 200
_SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


def _unless_given(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    # Browsers obey every policy that they are sent, so a page's own must be the only one.
    names = {name.lower() for name, _ in headers}
    return [header for header in _SECURITY_HEADERS if header[0] not in names]


class BodyLimit:
    """Refuses a body once more than ``max_bytes`` of it were read, whatever ``Content-Length`` said.

    Starlette's own limit answers with plain text in place of a problem document.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count while the application reads; the error is raised inside it and becomes its answer."""
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.max_bytes:
                raise body_too_large(self.max_bytes)
            return message

        await self.app(scope, counted, send)


class Envelope:
    """The outermost layer: no error leaves it, and every request leaves one line in ``citedesk.access``."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under a fresh trace id, ``request.state.trace_id`` further in."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except Exception as error:
            await exchange.fail(error)
        finally:
            logger.info("%s", to_json(exchange.line()))


@dataclass(slots=True)
class _Exchange:
    """One request and what became of it."""

    scope: Scope
    receive_next: Receive
    send_on: Send
    trace_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.perf_counter)
    status: int = 0
    sent_bytes: int = 0
    ended: bool = False
    gone: bool = False

    def __post_init__(self) -> None:
        self.scope.setdefault("state", {})["trace_id"] = self.trace_id

    async def receive(self) -> Message:
        message = await self.receive_next()
        self.gone = self.gone or (message["type"] == "http.disconnect" and not self.ended)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            trace = (b"x-trace-id", self.trace_id.encode())
            given = list(message.get("headers", ()))
            message = {**message, "headers": [*given, *_unless_given(given), trace]}
        else:
            self.sent_bytes += len(message.get("body", b""))
            self.ended = not message.get("more_body", False)
        await self.send_on(message)

    async def fail(self, error: Exception) -> None:
        """Answer with a problem document, or break the response off where it has begun: a cut one must look cut."""
        problem = report(error, self.trace_id)
        if not self.status:
            response = JSONResponse(problem.model_dump(mode="json"), problem.status, media_type=PROBLEM_JSON)
            await response(self.scope, self.receive, self.send)

    def line(self) -> JsonObject:
        """The access log's line. It never holds what was asked or answered."""
        line: JsonObject = {
            "event": "request",
            "method": self.scope["method"],
            "path": self.scope["path"][:_MAX_PATH],
            "status": CLIENT_GONE if self.gone else self.status,
            "ms": round((time.perf_counter() - self.started) * 1000, 1),
            "bytes": self.sent_bytes,
            "trace_id": self.trace_id,
        }
        noted = ("answer_", "caller_")
        return line | {key: value for key, value in self.scope["state"].items() if key.startswith(noted)}
