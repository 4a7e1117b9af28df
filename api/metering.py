"""Times every request at the outside of the application; pure ASGI, so that streams pass through untouched."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import CLIENT_GONE
from api.metrics import OTHER
from api.watch import Watch


class Metering:
    """Counts each request under the template of its route; what met no route is ``other``."""

    def __init__(self, app: ASGIApp, watch: Watch) -> None:
        self.app = app
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; its route is known once it was answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), CLIENT_GONE  # nobody is answered who has gone

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._watch.begin()
        try:
            await self.app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", OTHER)
            context = scope["state"]["trace_context"]
            self._watch.end(context, scope["method"], route, status, time.perf_counter() - started)
