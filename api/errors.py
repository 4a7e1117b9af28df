"""Errors as RFC 9457 problem documents. HTTP status codes live in this file only.

A message of our own reaches the client only where it speaks of what the client sent; what it says about this machine
(paths, addresses, models) goes to the log, under the trace id that the problem document carries.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from urllib.parse import quote

from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from answer.health import DISPENSABLE
from core import errors
from core.types import Answer, AnswerStatus
from store.document_edits import ChangedMeanwhile
from store.idempotency import InFlight, KeyReused

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_SECONDS = 5
# nginx's code for a client that closed the connection; it is only ever seen in the log.
CLIENT_GONE = 499
STATUS_CODES = frozenset(str(status.value) for status in HTTPStatus) | {str(CLIENT_GONE)}
_MAX_POINTER = 200

logger = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """What is wrong with one part of the body."""

    model_config = ConfigDict(frozen=True)

    pointer: str = Field(description="JSON Pointer as a URI fragment, `#/history/0/role`; `#` is the whole body.")
    detail: str


class Problem(BaseModel):
    """An RFC 9457 problem document with two members of our own: `trace_id` and `errors`."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="A URN of ours, or `about:blank` where the status says it all.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="A URN for this one occurrence.")
    trace_id: str = Field(description="Stands in the log and in the `X-Trace-Id` header too.")
    errors: tuple[FieldProblem, ...] = Field(description="Empty where no part of the body is to blame.")


class InvalidField(errors.InvalidInput):
    """One part of the body cannot be used. ``pointer`` is a JSON Pointer as a URI fragment."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(reason)
        self.pointer = pointer


class Unauthenticated(errors.CitedeskError):
    """Nobody knows who asks. ``given``: a key came with the request, and is of no use."""

    def __init__(self, reason: str, *, given: bool) -> None:
        super().__init__(reason)
        self.challenge = 'Bearer realm="citedesk"' + (', error="invalid_token"' if given else "")


class MissingScope(errors.CitedeskError):
    """The key is sound, and not meant for this route, which takes any of ``needed``."""

    def __init__(self, needed: Sequence[str], has: Collection[str]) -> None:
        super().__init__(f"this needs a key with the scope {' or '.join(needed)}; yours has {', '.join(sorted(has))}")
        self.challenge = f'Bearer realm="citedesk", error="insufficient_scope", scope="{" ".join(needed)}"'


class OnlyAsks(MissingScope):
    """The key is publishable, and the route is not for those."""

    def __str__(self) -> str:
        return "a publishable key takes POST /v1/ask only, from the pages of its origins"


class ForeignOrigin(errors.CitedeskError):
    """The key is sound, and not meant for the page that sends it."""


class NotFromHere(errors.CitedeskError):
    """Without API keys only programs of this machine are answered, and no web page."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason}; without API keys only programs of this machine are answered, at http://127.0.0.1 or "
            "http://localhost. `citedesk keys create` makes a key"
        )


class Refused(errors.CitedeskError):
    """Nothing is wrong with the request, but that it comes now; after ``retry_seconds`` it may be taken."""

    retryable = True

    def __init__(self, reason: str, *, retry_seconds: float) -> None:
        super().__init__(reason)
        self.retry_seconds = retry_seconds


class TooManyRequests(Refused):
    """A key or a tenant asks more often than it may, or for too much at the same time."""


class BudgetSpent(Refused):
    """What is left of a token budget does not suffice for an answer."""


class Busy(Refused):
    """Whoever asks now would wait too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemKind:
    """``urn:citedesk:problem:<name>``. ``shown`` says whether the error's own message may reach the client."""

    status: HTTPStatus
    name: str
    title: str
    shown: bool = False


OK, CREATED, NO_CONTENT = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT
ACCEPTED, NOT_MODIFIED = HTTPStatus.ACCEPTED, HTTPStatus.NOT_MODIFIED
UNAVAILABLE = HTTPStatus.SERVICE_UNAVAILABLE
_INTERNAL = HTTPStatus.INTERNAL_SERVER_ERROR
_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY

MALFORMED = ProblemKind(status=HTTPStatus.BAD_REQUEST, name="malformed-json", title="The body is not JSON", shown=True)
UNEXPECTED = ProblemKind(status=_INTERNAL, name="unexpected", title="Something went wrong here")
# Errors of HTTP alone; those of the error tree follow.
ACCESS_KINDS: Mapping[type[Exception], ProblemKind] = {
    Unauthenticated: ProblemKind(
        status=HTTPStatus.UNAUTHORIZED, name="unauthenticated", title="An API key is needed", shown=True
    ),
    MissingScope: ProblemKind(
        status=HTTPStatus.FORBIDDEN, name="missing-scope", title="The API key is not meant for this", shown=True
    ),
    ForeignOrigin: ProblemKind(
        status=HTTPStatus.FORBIDDEN, name="foreign-origin", title="The API key is not meant for this page", shown=True
    ),
    NotFromHere: ProblemKind(
        status=HTTPStatus.FORBIDDEN, name="not-from-here", title="Not a request of this machine", shown=True
    ),
    TooManyRequests: ProblemKind(
        status=HTTPStatus.TOO_MANY_REQUESTS, name="too-many-requests", title="Too many requests", shown=True
    ),
    BudgetSpent: ProblemKind(
        status=HTTPStatus.TOO_MANY_REQUESTS, name="budget-spent", title="The token budget is used up", shown=True
    ),
    Busy: ProblemKind(status=UNAVAILABLE, name="busy", title="Too many are asking now", shown=True),
    InFlight: ProblemKind(
        status=HTTPStatus.CONFLICT, name="in-flight", title="The first such request is at work", shown=True
    ),
    KeyReused: ProblemKind(
        status=_UNPROCESSABLE, name="idempotency-key-reused", title="The key belongs to another request", shown=True
    ),
    ChangedMeanwhile: ProblemKind(
        status=HTTPStatus.PRECONDITION_FAILED, name="changed-meanwhile", title="Somebody changed it", shown=True
    ),
}
KINDS: Mapping[type[Exception], ProblemKind] = {
    errors.CitedeskError: UNEXPECTED,
    errors.InvalidInput: ProblemKind(
        status=_UNPROCESSABLE, name="invalid-input", title="The request cannot be used as it is", shown=True
    ),
    errors.NotFound: ProblemKind(
        status=HTTPStatus.NOT_FOUND, name="not-found", title="What the request names does not exist", shown=True
    ),
    errors.ParseError: ProblemKind(
        status=_UNPROCESSABLE, name="unreadable-file", title="The file could not be read", shown=True
    ),
    errors.DependencyError: ProblemKind(
        status=_INTERNAL, name="dependency", title="Something that this service needs cannot be used"
    ),
    errors.DependencyMissing: ProblemKind(
        status=_INTERNAL, name="dependency-missing", title="Something that this service needs is not installed"
    ),
    errors.Unavailable: ProblemKind(
        status=UNAVAILABLE, name="unavailable", title="Something that this service needs does not answer now"
    ),
    errors.IndexLocked: ProblemKind(
        status=UNAVAILABLE, name="index-locked", title="Another process owns the index directory"
    ),
    errors.RecordError: ProblemKind(status=_INTERNAL, name="record", title="The catalog cannot be used"),
    errors.ModelRefused: ProblemKind(status=_INTERNAL, name="model-refused", title="A model's files fail their check"),
}
_ALL_KINDS = {**KINDS, **ACCESS_KINDS}


def kind_of(error: Exception) -> ProblemKind:
    """The entry of the nearest class; anything that we did not raise on purpose is ``UNEXPECTED``."""
    return next((_ALL_KINDS[cls] for cls in type(error).__mro__ if cls in _ALL_KINDS), UNEXPECTED)


def problem_of(error: Exception, trace_id: str) -> Problem:
    """What the client may know of an error."""
    if isinstance(error, StarletteHTTPException):
        return _http_problem(error, trace_id)
    if isinstance(error, RequestValidationError):
        return _validation_problem(error, trace_id)
    kind = kind_of(error)
    fields = (FieldProblem(pointer=error.pointer, detail=str(error)),) if isinstance(error, InvalidField) else ()
    return _problem(kind, str(error) if kind.shown else _hidden_detail(error), trace_id, fields)


def report(error: Exception, trace_id: str) -> Problem:
    """Like ``problem_of``; what is our fault is logged too, with a traceback where nobody expected it."""
    problem = problem_of(error, trace_id)
    if failed_here(problem.status) and not isinstance(error, Refused):
        unexpected = not isinstance(error, errors.DependencyError)
        logger.error("%s %s: %s", trace_id, type(error).__name__, error, exc_info=error if unexpected else None)
    return problem


def headers_of(error: Exception) -> dict[str, str]:
    """``Allow`` of a wrong method, how to say who asks, and ``Retry-After`` where the same may succeed later."""
    if isinstance(error, Unauthenticated | MissingScope):
        return {"WWW-Authenticate": error.challenge}
    if isinstance(error, StarletteHTTPException):
        return dict(error.headers or {})
    if isinstance(error, Refused):
        return {"Retry-After": str(max(1, ceil(error.retry_seconds)))}
    retryable = isinstance(error, errors.CitedeskError) and error.retryable
    return retry_headers(retryable=retryable)


def retry_headers(*, retryable: bool) -> dict[str, str]:
    """``Retry-After`` in seconds, or nothing."""
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if retryable else {}


def answer_problem(answer: Answer) -> errors.Unavailable:
    """The error that stands for an answer that a part was missing for, where only answers have a shape."""
    return errors.Unavailable(answer.reason or ", ".join(answer.degraded) or "a part of the service is down")


def chat_code(problem: Problem) -> int:
    """The status of a problem for OpenAI's clients: they know 400 for what we answer with 422."""
    return HTTPStatus.BAD_REQUEST if problem.status == _UNPROCESSABLE else problem.status


def answer_code(status: AnswerStatus) -> HTTPStatus:
    """503 for ``unavailable``: balancers, retries and monitors must not count it as an answer.

    The body stays the ``ask`` document, which says what was down; an honest no and a refusal are answers.
    """
    return UNAVAILABLE if status is AnswerStatus.UNAVAILABLE else OK


def ready_code(components: Mapping[str, str]) -> HTTPStatus:
    """503 when a component is not ``"ok"`` without which nothing can be answered, else 200."""
    return UNAVAILABLE if wrong_of(components) - DISPENSABLE else OK


def failed_here(status: int) -> bool:
    """Whether a response says that the fault is on this side."""
    return status >= _INTERNAL


def wrong_of(components: Mapping[str, str]) -> set[str]:
    """The names of those that are not ``"ok"``."""
    return {name for name, state in components.items() if state != "ok"}


def body_too_large(limit: int) -> HTTPException:
    """For a body of more than ``limit`` bytes."""
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {limit} bytes.")


def unsupported_media_type(given: str, wanted: str = "application/json") -> HTTPException:
    """For a body that does not say that it is what the route takes."""
    detail = f"The body is {given[:80] or 'of no stated type'}; send it with Content-Type: {wanted}."
    return HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)


def _http_problem(error: StarletteHTTPException, trace_id: str) -> Problem:
    status = HTTPStatus(error.status_code)
    return Problem(
        type="about:blank",
        title=status.phrase,
        status=status,
        detail=error.detail or status.description,
        instance=f"urn:uuid:{trace_id}",
        trace_id=trace_id,
        errors=(),
    )


def _validation_problem(error: RequestValidationError, trace_id: str) -> Problem:
    found = error.errors()
    if found[0]["type"] == "json_invalid":
        return _problem(MALFORMED, f"{found[0]['ctx']['error']} at character {found[0]['loc'][-1]}.", trace_id)
    fields = tuple(FieldProblem(pointer=pointer_of(item["loc"][1:]), detail=item["msg"]) for item in found)
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    return _problem(KINDS[errors.InvalidInput], f"{fields[0].pointer}: {fields[0].detail}{more}", trace_id, fields)


def pointer_of(location: tuple[str | int, ...]) -> str:
    """``("history", 0)`` as ``#/history/0`` (RFC 6901, section 6)."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in location)
    return "#" + "".join("/" + quote(part[:_MAX_POINTER], errors="replace") for part in escaped)


def _hidden_detail(error: Exception) -> str:
    if isinstance(error, errors.CitedeskError) and error.retryable:
        return f"Try again in {RETRY_AFTER_SECONDS} seconds; the log says more under the trace id."
    return "The log says more under the trace id."


def _problem(kind: ProblemKind, detail: str, trace_id: str, fields: tuple[FieldProblem, ...] = ()) -> Problem:
    return Problem(
        type=f"urn:citedesk:problem:{kind.name}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=f"urn:uuid:{trace_id}",
        trace_id=trace_id,
        errors=fields,
    )
