"""Who may take which route: the rule of each stands in its description, and no route can be made without one.

A rule is the ``security`` of the OpenAPI operation, so that what is described is what is enforced, before the body is
read. With no API key in the home, whoever reaches it on loopback is its operator; what a web page could send there from
a browser of this machine is refused.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.datastructures import Headers, State
from starlette.requests import HTTPConnection
from starlette.responses import Response

from api.caller import OPERATOR, Caller, holder_of
from api.errors import ForeignOrigin, MissingScope, NotFromHere, OnlyAsks, TooManyRequests, Unauthenticated
from api.key_ring import KeyRing
from api.limits.limits import Limits
from api.limits.urgency import is_batch
from api.origins import check_from_here, check_origin
from api.room import Room
from api.shelf import Shelf
from core.errors import NotFound
from store.key import Scope
from store.keys import Keys

SCHEME, PUBLISHABLE_SCHEME = "key", "publishable_key"
_THREADS = 4


def needs(*scopes: Scope, publishable: bool = False) -> dict[str, Any]:
    """The rule of a route for callers with any of these scopes; with ``publishable`` for publishable keys too."""
    rules: list[dict[str, list[str]]] = [{SCHEME: [scope.value]} for scope in scopes]
    return {"openapi_extra": {"security": [*rules, {PUBLISHABLE_SCHEME: []}] if publishable else rules}}


# Everybody may take the route, and is only told more with a key where it asks who it is.
PUBLIC: dict[str, Any] = {"openapi_extra": {"security": []}}


class Door:
    """Finds out who asks. ``ring`` None: no keys at all. ``loopback``: only this machine reaches the service."""

    def __init__(self, ring: KeyRing | None = None, *, loopback: bool = True) -> None:
        self._ring = ring
        self._loopback = loopback
        self._threads = CapacityLimiter(_THREADS)

    @property
    def keys(self) -> Keys | None:
        """Where the keys are; None where there are none at all."""
        return None if self._ring is None else self._ring.keys

    async def recognise(self, headers: Headers) -> Caller:
        """Raises ``Unauthenticated``, or ``NotFromHere`` or ``ForeignOrigin`` for a request of a page that may not."""
        return await to_thread.run_sync(self._caller, headers, limiter=self._threads)

    async def admit(self, headers: Headers, rule: Sequence[Scope], *, publishable: bool = False) -> Caller:
        """A caller with any of the scopes. Raises ``MissingScope``, or as ``recognise`` does.

        The holder of a publishable key is let in with ``publishable`` only, whatever its scopes.
        """
        caller = await self.recognise(headers)
        if caller.publishable and not publishable:
            raise OnlyAsks(rule, caller.scopes)
        if not any(caller.may(scope) for scope in rule):
            raise MissingScope(rule, caller.scopes)
        return caller

    async def listens_to(self, origin: str) -> bool:
        """Whether any key is for pages of this origin."""
        ring = self._ring
        return ring is not None and origin in await to_thread.run_sync(ring.origins, limiter=self._threads)

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
        return _holder(self._ring, token, headers)


class GuardedRoute(APIRoute):
    """A route that lets in whom its rule lets in. Raises ``TypeError`` where it is made without one."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **arguments: Any) -> None:
        extra = arguments.get("openapi_extra") or {}
        if "security" not in extra:
            raise TypeError(f"{path} has no rule; add **needs(Scope...) or **PUBLIC to it")
        self._rule = [Scope(name) for each in extra["security"] for name in each.get(SCHEME, ())]
        self._publishable = any(PUBLISHABLE_SCHEME in each for each in extra["security"])
        super().__init__(path, endpoint, **arguments)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's, behind the rule."""
        operation = self.operation_id or self.path
        return partial(_guarded, self.unguarded(), self._rule, operation, publishable=self._publishable)

    def unguarded(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers once the caller was let in."""
        return super().get_route_handler()


class GuardedSocket(APIWebSocketRoute):
    """A WebSocket with a rule. The endpoint holds it, since browsers can name a key only once they are connected."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *scopes: Scope) -> None:
        self.rule = scopes
        super().__init__(path, endpoint)


async def _guarded(
    handle: Callable[[Request], Coroutine[Any, Any, Response]],
    rule: list[Scope],
    operation: str,
    request: Request,
    *,
    publishable: bool,
) -> Response:
    if rule:
        caller = await request.app.state.door.admit(request.headers, rule, publishable=publishable)
        request.state.caller = caller
        if caller.key:
            request.state.caller_key = caller.key  # for the access log
        await count(request, caller, operation)
    _refuse_nul(request.path_params)
    return await handle(request)


def _refuse_nul(named: Mapping[str, Any]) -> None:
    """PostgreSQL takes no NUL: what has one in its name is not there, and is not asked for."""
    for name in named.values():
        if "\0" in str(name):
            raise NotFound(f"there is no {name[:80]!r}: no name here holds a NUL")


async def count(connection: HTTPConnection, caller: Caller, operation: str) -> None:
    """One request or message of ``caller``; its response says what is left. Raises ``TooManyRequests``."""
    connection.app.state.watch.asked(caller)
    limits: Limits | None = connection.app.state.limits
    if limits is None:
        return
    address = connection.client.host if connection.client else ""
    rates = limits.rates
    if rates.blocks:
        counted = await to_thread.run_sync(rates.count, caller, operation, address)
    else:
        counted = rates.count(caller, operation, address)
    connection.state.response_headers = counted.headers
    if counted.exceeded:
        raise TooManyRequests(counted.exceeded, retry_seconds=counted.retry_seconds)


async def caller_if_known(request: Request) -> Caller | None:
    """Who takes a public route; None for anybody."""
    door: Door = request.app.state.door
    try:
        return await door.recognise(request.headers)
    except (Unauthenticated, NotFromHere, ForeignOrigin):
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


def _bearer(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _holder(ring: KeyRing | None, token: str, headers: Headers) -> Caller:
    if not token:
        raise Unauthenticated("send an API key: Authorization: Bearer cdk_...", given=False)
    key = ring.holder(token) if ring is not None else None
    if ring is None or key is None:
        raise Unauthenticated("the API key is not known here", given=True)
    if not ring.opens(key):
        raise Unauthenticated(f"the API key {key.prefix} has expired or was revoked", given=True)
    check_origin(key, headers)
    return holder_of(key)
