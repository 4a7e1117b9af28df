"""Writes that may be sent again: with an ``Idempotency-Key``, the first is done and the later ones get its answer.

Only answers are kept: a request that ended in a problem changed nothing and is done anew. Where a process is killed
between the write and the keeping of its answer, the write is done a second time.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from anyio import CancelScope, to_thread
from fastapi import Request
from starlette.responses import Response

from api.auth import GuardedRoute
from api.caller import Caller
from api.errors import InvalidField
from api.openapi import once_responses
from store.idempotency import Idempotency, StoredAnswer

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[!-~]{1,255}")
_READS = frozenset({"GET", "HEAD"})
_KEPT_HEADERS = ("content-type", "location", "etag")
_DESCRIBED = {
    "name": HEADER,
    "in": "header",
    "description": "For 24 hours the same request with the same key gets the first one's answer, and changes nothing.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}


class OnceRoute(GuardedRoute):
    """A guarded route whose writes take an ``Idempotency-Key``."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **arguments: Any) -> None:
        if not _READS & set(arguments.get("methods") or ("GET",)):
            arguments["openapi_extra"] = taking_key(arguments.get("openapi_extra") or {})
            arguments["responses"] = once_responses(arguments.get("responses") or {})
        super().__init__(path, endpoint, **arguments)

    def unguarded(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, which then runs once for each key."""
        return partial(_once, super().unguarded())


def taking_key(described: dict[str, Any]) -> dict[str, Any]:
    """The description of an operation that ``once`` is around."""
    others = [each for each in described.get("parameters", ()) if each != _DESCRIBED]
    return {**described, "parameters": [*others, _DESCRIBED]}


async def once(request: Request, digest: str, handle: Callable[[], Awaitable[Response]]) -> Response:
    """The answer of ``handle``, or the one that the first request of this key got.

    ``digest`` stands for what is asked. Raises ``InFlight``, ``KeyReused``, or ``InvalidField`` for an unusable key.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return await handle()
    if not _KEY.fullmatch(key):
        raise InvalidField(f"#/{HEADER}", f"{HEADER} {key[:80]!r}: use 1 to 255 visible ASCII characters")
    kept, tenant = Idempotency(request.app.state.desk.catalog), _tenant(request.state.caller)
    found = await to_thread.run_sync(kept.claim, tenant, key, digest)
    if found is not None:
        return Response(found.body, found.status, {**found.headers, "Idempotency-Replayed": "true"})
    try:
        response = await handle()
        await to_thread.run_sync(kept.keep, tenant, key, _stored(response))
    except BaseException:
        with CancelScope(shield=True):  # else the key stays taken where the request is cancelled
            await to_thread.run_sync(kept.release, tenant, key)
        raise
    return response


def digest_of(request: Request, content: bytes) -> str:
    """Of everything that decides the answer: the request with its content, and what the key may see."""
    caller: Caller = request.state.caller
    kbs = "*" if caller.kbs is None else sorted(caller.kbs)
    asked = (request.method, request.url.path, request.url.query, request.headers.get("if-match"), kbs)
    return hashlib.sha256(repr(asked).encode() + b"\n" + content).hexdigest()


async def _once(handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request) -> Response:
    if request.method in _READS or HEADER not in request.headers:
        return await handle(request)
    return await once(request, digest_of(request, await request.body()), partial(handle, request))


def _stored(response: Response) -> StoredAnswer:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return StoredAnswer(status=response.status_code, headers=headers, body=bytes(response.body))


def _tenant(caller: Caller) -> str:
    """The operator of the home is nobody's tenant; no tenant has an empty name."""
    return caller.tenant or ""
