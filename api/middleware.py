"""What surrounds every request: trace id, security headers, body limit, figures and one line in the access log."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import CLIENT_GONE, PROBLEM_JSON, body_too_large, report
from api.metrics import OTHER
from api.schemas import JsonObject, to_json
from api.trace_context import CURRENT, TraceContext, received
from api.watch import Watch

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

    ``of_path`` has the limits of paths that take more. Starlette's own limit answers with plain text in place of a
    problem document.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, of_path: Mapping[str, int] | None = None) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.of_path = of_path or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count while the application reads; the error is raised inside it and becomes its answer."""
        read, limit = 0, self.of_path.get(scope.get("path", ""), self.max_bytes)

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise body_too_large(limit)
            return message

        await self.app(scope, counted, send)


class Envelope:
    """The outermost layer: no error leaves it, and every request is counted and leaves one line in
    ``citedesk.access``. Pure ASGI, so that streams pass through untouched."""

    def __init__(self, app: ASGIApp, watch: Watch) -> None:
        self.app = app
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its trace id, ``request.state.trace_id`` further in."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        self._watch.begin()
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except Exception as error:
            await exchange.fail(error)
        finally:
            self._watch.end(exchange.context, scope["method"], exchange.route, exchange.answered, exchange.seconds)
            logger.info("%s", to_json(exchange.line()))


@dataclass(slots=True)
class _Exchange:
    """One request and what became of it."""

    scope: Scope
    receive_next: Receive
    send_on: Send
    started: float = field(default_factory=time.perf_counter)
    status: int = 0
    sent_bytes: int = 0
    ended: bool = False
    gone: bool = False
    context: TraceContext = field(init=False)

    def __post_init__(self) -> None:
        self.context = received(self.scope["headers"])
        CURRENT.set(self.context)
        self.scope.setdefault("state", {}).update(trace_id=self.trace_id, trace_context=self.context)

    @property
    def trace_id(self) -> str:
        return self.context.trace_id

    @property
    def route(self) -> str:
        """The template of the route that it met, which is known once it was answered."""
        return getattr(self.scope.get("route"), "path", OTHER)

    @property
    def answered(self) -> int:
        """The status that was sent; who has gone before that is answered nothing."""
        return self.status or CLIENT_GONE

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started

    async def receive(self) -> Message:
        message = await self.receive_next()
        self.gone = self.gone or (message["type"] == "http.disconnect" and not self.ended)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            trace = ((b"x-trace-id", self.trace_id.encode()), (b"traceresponse", self.context.header.encode()))
            given = list(message.get("headers", ()))
            noted = self.scope["state"].get("response_headers", ())
            message = {**message, "headers": [*given, *_unless_given(given), *noted, *trace]}
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
            "ms": round(self.seconds * 1000, 1),
            "bytes": self.sent_bytes,
            "trace_id": self.trace_id,
            "traceparent": self.context.header,
        }
        noted = ("answer_", "caller_")
        return line | {key: value for key, value in self.scope["state"].items() if key.startswith(noted)}
