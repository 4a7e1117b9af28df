"""``/mcp``: the tools of the Model Context Protocol, where its SDK is installed."""

from importlib.util import find_spec

from fastapi import Request
from starlette.responses import Response

from api.auth import needs
from api.mcp.http import McpResponse
from api.routes.service import guarded_router
from store.key import Scope

router = guarded_router()


async def _mcp(request: Request) -> Response:
    return McpResponse(request.app.state.mcp)


# A stream of GET would never carry anything, since no session is kept: 405, as the protocol allows.
if find_spec("mcp") is not None:
    router.add_api_route("/mcp", _mcp, methods=["POST"], include_in_schema=False, **needs(Scope.ASK, Scope.SEARCH))
