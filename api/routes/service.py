"""What routes share. Blocking calls run in threads, so that ``/health`` answers whatever else is going on."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, Query, Request

from api.auth import GuardedRoute
from api.errors import unsupported_media_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """``searches`` bounds the searches that use the processor at the same time."""

    max_question_chars: int
    max_body_bytes: int
    searches: CapacityLimiter


def guarded_router(prefix: str = "", route_class: type[GuardedRoute] = GuardedRoute) -> APIRouter:
    """A router that takes no route without a rule."""
    return APIRouter(prefix=prefix, route_class=route_class)


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _require_json(request: Request) -> None:
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() != "application/json":
        raise unsupported_media_type(given)


Cursor = Annotated[str, Query(max_length=2_000, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Entries of a page at most.")]
TheService = Annotated[Service, Depends(_service)]
taking_json = [Depends(_require_json)]
