"""The tools of a service that runs elsewhere, asked over its ``/mcp``."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import MCPError
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import TextContent

from api.mcp.tools import ToolDescription, ToolResult
from core.errors import Unavailable

_SECONDS = 120.0


class RemoteTools:
    """``token`` is asked for before every call: the operator's lives a minute only. Raises ``Unavailable``."""

    def __init__(self, address: str, token: Callable[[], str]) -> None:
        self._address = address
        self._token = token

    async def describe(self) -> list[ToolDescription]:
        """Those that the service offers."""
        async with self._client() as client:
            listed = await client.list_tools()
        return [
            ToolDescription(
                name=tool.name, title=tool.title or "", text=tool.description or "", schema=dict(tool.input_schema)
            )
            for tool in listed.tools
        ]

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        """As the service answers; what failed there has failed here."""
        async with self._client() as client:
            result = await client.call_tool(name, arguments)
        text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
        return ToolResult(text=text, document=result.structured_content or {}, failed=result.is_error)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Client]:
        headers = {"Authorization": f"Bearer {self._token()}"}
        try:
            # No proxy: the service is on this machine.
            async with (
                httpx2.AsyncClient(headers=headers, trust_env=False, timeout=_SECONDS) as http,
                Client(streamable_http_client(f"{self._address}/mcp", http_client=http)) as client,
            ):
                yield client
        except* (MCPError, httpx2.HTTPError) as group:
            error = group.exceptions[0]
            raise Unavailable(f"the service at {self._address} does not answer: {error}; start it again") from error
