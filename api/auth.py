"""Who may take which route: the rule of each stands in its description, and no route can be made without one.

A rule is the ``security`` of the OpenAPI operation, so that what is described is what is enforced, before the body is
read. With no API key in the home, whoever reaches it on loopback is its operator; what a web page could send there from
a browser of this machine is refused.
"""

from collections.abc import Callable, Coroutine
from functools import partial
from ipaddress import ip_address
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.datastructures import Headers, State
from starlette.requests import HTTPConnection
from starlette.responses import Response

from api.caller import OPERATOR, Caller, holder_of
from api.errors import MissingScope, NotFromHere, TooManyRequests, Unauthenticated
from api.key_ring import KeyRing
from api.limits.limits import Limits
from api.limits.urgency import is_batch
from api.room import Room
from api.shelf import Shelf
from store.key import Scope

SCHEME = "key"
_THREADS = 4


def needs(*scopes: Scope) -> dict[str, Any]:
    """The rule of a route for callers with any of these scopes."""
    return {"openapi_extra": {"security": [{SCHEME: [scope.value]} for scope in scopes]}}


# Everybody may take the route, and is only told more with a key where it asks who it is.
PUBLIC: dict[str, Any] = {"openapi_extra": {"security": []}}


class Door:
    """Finds out who asks. ``ring`` None: no keys at all. ``loopback``: only this machine reaches the service."""

    def __init__(self, ring: KeyRing | None = None, *, loopback: bool = True) -> None:
        self._ring = ring
        self._loopback = loopback
        self._threads = CapacityLimiter(_THREADS)

    async def identify(self, request: Request) -> Caller:
        """As ``recognise``, of a request."""
        return await self.recognise(request.headers)

    async def recognise(self, headers: Headers) -> Caller:
        """Raises ``Unauthenticated``, or ``NotFromHere`` for a request that a web page may have sent."""
        return await to_thread.run_sync(self._caller, headers, limiter=self._threads)

    async def flush(self) -> None:
        """Write down which keys were used."""
        if self._ring is not None:
            await to_thread.run_sync(self._ring.flush)

    def _caller(self, headers: Headers) -> Caller:
        token = _bearer(headers)
        if self._ring is not None and self._ring.is_operator(token):
            return OPERATOR
        if self._loopback and (self._ring is None or not self._ring.required()):
            check_from_here(headers)
            return OPERATOR
        return _holder(self._ring, token)


class GuardedRoute(APIRoute):
    """A route that lets in whom its rule lets in. Raises ``TypeError`` where it is made without one."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **arguments: Any) -> None:
        extra = arguments.get("openapi_extra") or {}
        if "security" not in extra:
            raise TypeError(f"{path} has no rule; add **needs(Scope...) or **PUBLIC to it")
        self._rule = [Scope(name) for each in extra["security"] for name in each[SCHEME]]
        super().__init__(path, endpoint, **arguments)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's, behind the rule."""
        return partial(_guarded, self.unguarded(), self._rule, self.operation_id or self.path)

    def unguarded(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers once the caller was let in."""
        return super().get_route_handler()


class GuardedSocket(APIWebSocketRoute):
    """A WebSocket with a rule. The endpoint holds it, since browsers can name a key only once they are connected."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *scopes: Scope) -> None:
        self.rule = scopes
        super().__init__(path, endpoint)


async def _guarded(
    handle: Callable[[Request], Coroutine[Any, Any, Response]], rule: list[Scope], operation: str, request: Request
) -> Response:
    if rule:
        caller = await request.app.state.door.identify(request)
        if not any(caller.may(scope) for scope in rule):
            raise MissingScope(rule, caller.scopes)
        request.state.caller = caller
        if caller.key:
            request.state.caller_key = caller.key  # for the access log
        count(request, caller, operation)
    return await handle(request)


def count(connection: HTTPConnection, caller: Caller, operation: str) -> None:
    """One request or message of ``caller``; its response says what is left. Raises ``TooManyRequests``."""
    limits: Limits | None = connection.app.state.limits
    if limits is None:
        return
    counted = limits.rates.count(caller, operation)
    connection.state.response_headers = counted.headers
    if counted.exceeded:
        raise TooManyRequests(counted.exceeded, retry_seconds=counted.retry_seconds)


async def caller_if_known(request: Request) -> Caller | None:
    """Who takes a public route; None for anybody."""
    door: Door = request.app.state.door
    try:
        return await door.identify(request)
    except (Unauthenticated, NotFromHere):
        return None


def room_of(state: State, caller: Caller, priority: str = "") -> Room:
    """The desk of an application as ``caller`` may use it, within its limits. ``priority`` is the header's value."""
    limits: Limits | None = state.limits
    turnstile = None if limits is None else limits.turnstile
    return Room(state.desk, caller, state.watch, turnstile=turnstile, batch=is_batch(priority))


def _room(request: Request) -> Room:
    return room_of(request.app.state, request.state.caller, request.headers.get("priority", ""))


def _shelf(request: Request) -> Shelf:
    return Shelf(request.app.state.desk, request.state.caller)


TheRoom = Annotated[Room, Depends(_room)]
TheShelf = Annotated[Shelf, Depends(_shelf)]
PerhapsCaller = Annotated[Caller | None, Depends(caller_if_known)]


def check_from_here(headers: Headers) -> None:
    """Refuse what a web page could send: under a name of its own (DNS rebinding), or to another origin.

    Raises ``NotFromHere``.
    """
    host = headers.get("host", "")
    if not _is_loopback(host):
        raise NotFromHere(f"the host {host[:80]!r} is not this machine")
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        raise NotFromHere(f"the request comes from {origin[:80]!r}")


def _is_loopback(host: str) -> bool:
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(name.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False


def _bearer(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _holder(ring: KeyRing | None, token: str) -> Caller:
    if not token:
        raise Unauthenticated("send an API key: Authorization: Bearer cdk_...", given=False)
    key = ring.holder(token) if ring is not None else None
    if ring is None or key is None:
        raise Unauthenticated("the API key is not known here", given=True)
    if not ring.opens(key):
        raise Unauthenticated(f"the API key {key.prefix} has expired or was revoked", given=True)
    return holder_of(key)
