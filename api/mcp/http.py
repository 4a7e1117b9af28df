"""``/mcp`` over streamable HTTP. Each request stands alone, so that any process of the service can answer it."""

import asyncio
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from api.auth import room_of
from api.mcp.tools import Toolbox

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from api.mcp.server import Context


class McpService:
    """The protocol's side of one application. It is started by the first request, since the SDK takes 0.7 s to import,
    and ended by ``close``."""

    def __init__(self, state: Any) -> None:
        self._state = state
        self._starting = asyncio.Lock()
        self._ending = asyncio.Event()
        self._manager: StreamableHTTPSessionManager | None = None
        self._runner: asyncio.Task[None] | None = None

    async def manager(self) -> "StreamableHTTPSessionManager":
        """The running one."""
        async with self._starting:
            if self._manager is None:
                manager = await to_thread.run_sync(self._new_manager)
                started = asyncio.Event()
                self._runner = asyncio.create_task(self._run(manager, started))
                await started.wait()
                self._manager = manager
            return self._manager

    async def close(self) -> None:
        """End what was started; requests that are on their way are cancelled."""
        self._ending.set()
        if self._runner is not None:
            await self._runner

    async def _run(self, manager: "StreamableHTTPSessionManager", started: asyncio.Event) -> None:
        # In a task of its own: its cancel scopes must be left where they were entered.
        async with manager.run():
            started.set()
            await self._ending.wait()

    def _new_manager(self) -> "StreamableHTTPSessionManager":
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        from api.mcp.server import build_server

        server = build_server(self._tools_of)
        return StreamableHTTPSessionManager(
            server, stateless=True, max_request_body_size=self._state.service.max_body_bytes
        )

    async def _tools_of(self, context: "Context") -> Toolbox:
        caller = context.request.state.caller  # type: ignore[union-attr]  # the HTTP request, which the door has seen
        room, service = room_of(self._state, caller), self._state.service
        return Toolbox(
            room,
            self._state.desk.catalog,
            max_question_chars=service.max_question_chars,
            searches=service.searches,
        )


class McpResponse(Response):
    """Whatever the SDK answers to the request."""

    def __init__(self, service: McpService) -> None:
        super().__init__()
        self._service = service

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Pass the request on, its body unread."""
        manager = await self._service.manager()
        await manager.handle_request(scope, receive, send)
