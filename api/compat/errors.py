"""Errors as OpenAI's clients read them. The words are those of our problem documents."""

import re
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.responses import JSONResponse, Response

from api.auth import GuardedRoute
from api.citation_schema import Shape
from api.compat.body import Unsupported
from api.compat.models import UnknownModel
from api.disconnect import ClientGone
from api.errors import (
    BudgetSpent,
    ForeignOrigin,
    InvalidField,
    MissingScope,
    NotFromHere,
    Problem,
    TooManyRequests,
    Unauthenticated,
    chat_code,
    failed_here,
    headers_of,
    report,
)
from api.sse import Report

_CODES = {"extra_forbidden": "unknown_parameter", "missing": "missing_required_parameter"}
_TYPES: Mapping[type[Exception], str] = {
    Unauthenticated: "authentication_error",
    MissingScope: "permission_error",
    ForeignOrigin: "permission_error",
    NotFromHere: "permission_error",
    TooManyRequests: "rate_limit_error",
    BudgetSpent: "insufficient_quota",
}
_ESCAPES = {"~1": "/", "~0": "~"}


class ErrorBody(Shape):
    """What went wrong."""

    message: str
    type: str = Field(description="invalid_request_error, authentication_error, permission_error, … or server_error.")
    param: str | None = Field(default=None, description="The parameter to blame.")
    code: str | None = Field(default=None, description="`model_not_found`, `unknown_parameter`, `unavailable`, …")
    trace_id: str = Field(description="Stands in the log and in the `X-Trace-Id` header too.")


class ErrorDocument(Shape):
    """An error in OpenAI's shape."""

    error: ErrorBody


class CompatRoute(GuardedRoute):
    """A route whose every error has OpenAI's shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The guarded one, with its errors in that shape."""
        return partial(_translated, super().get_route_handler())


def error_document(error: Exception, problem: Problem) -> dict[str, Any]:
    """The error of a problem document, ready for JSON."""
    param, code = _blamed(error, problem)
    kind = _TYPES.get(type(error), "server_error" if failed_here(problem.status) else "invalid_request_error")
    body = ErrorBody(message=_message(error, problem), type=kind, param=param, code=code, trace_id=problem.trace_id)
    return ErrorDocument(error=body).model_dump(mode="json")


def error_reporter(trace_id: str) -> Report:
    """As ``api.asked.reporter``, in OpenAI's shape."""
    return lambda error: error_document(error, report(error, trace_id))


async def _translated(handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request) -> Response:
    try:
        return await handle(request)
    except ClientGone:
        raise
    except Exception as error:
        problem = report(error, request.state.trace_id)
        return JSONResponse(error_document(error, problem), chat_code(problem), headers_of(error))


def _message(error: Exception, problem: Problem) -> str:
    if isinstance(error, RequestValidationError) and problem.errors:
        if error.errors()[0]["type"] == "extra_forbidden":
            return f"Unknown parameter: {_param(problem.errors[0].pointer)!r}."
        return f"{_param(problem.errors[0].pointer) or 'body'}: {problem.errors[0].detail}"
    return problem.detail


def _blamed(error: Exception, problem: Problem) -> tuple[str | None, str | None]:
    """The parameter and the code."""
    name = problem.type.rpartition(":")[2].replace("-", "_") if ":problem:" in problem.type else None
    match error:
        case UnknownModel():
            return "model", "model_not_found"
        case Unauthenticated():
            return None, "invalid_api_key"
        case RequestValidationError() if problem.errors:
            kind = error.errors()[0]["type"]
            return _param(problem.errors[0].pointer), _CODES.get(
                kind, kind if "unsupported" in kind else "invalid_value"
            )
        case Unsupported():
            return _param(error.pointer), "unsupported_parameter"
        case InvalidField():
            return _param(error.pointer), "invalid_value"
        case _:
            return None, name


def _param(pointer: str) -> str | None:
    """``#/messages/0/role`` as ``messages[0].role``."""
    parts = [re.sub("~[01]", lambda found: _ESCAPES[found[0]], part) for part in pointer.split("/")[1:]]
    named = "".join(f"[{part}]" if part.isdecimal() else f".{part}" for part in parts)
    return named.removeprefix(".") or None
