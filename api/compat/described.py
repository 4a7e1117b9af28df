"""The OpenAPI description of the chat interface, with examples in both languages."""

from collections.abc import Mapping
from typing import Any

from fastapi.openapi.models import Example

from api import examples
from api.compat.body import Unsupported
from api.compat.completion import Envelope
from api.compat.errors import ErrorDocument, error_document
from api.compat.models import ModelList, UnknownModel, model_of
from api.errors import (
    OK,
    InvalidField,
    body_too_large,
    chat_code,
    failed_here,
    problem_of,
    unsupported_media_type,
)
from api.openapi import (
    ACCESS_PROBLEMS,
    LIMIT_PROBLEMS,
    SERVER_PROBLEMS,
    TRACE_ID,
    Responses,
    events_of,
    shown_responses,
)

_ALWAYS = (*ACCESS_PROBLEMS, UnknownModel("citedesk/handbok"), *LIMIT_PROBLEMS, *SERVER_PROBLEMS)
_BODY = (
    InvalidField("#/messages", "the last message should be the user's, with a question in it"),
    Unsupported("#/tools", "'tools' is not supported here; leave it out"),
    body_too_large(1_000_000),
    unsupported_media_type("text/plain"),
)

CHAT_BODIES: Mapping[str, Example] = {
    "english": Example(
        summary="English",
        value={
            "model": "citedesk/default",
            "messages": [{"role": "user", "content": "How long can I cancel an annual subscription?"}],
        },
    ),
    "chinese": Example(
        summary="中文",
        value={
            "model": "citedesk/default",
            "messages": [
                {"role": "system", "content": "客户使用 Team 套餐。"},
                {"role": "user", "content": "可以开增值税专用发票吗？"},
                {"role": "assistant", "content": "可以，没有金额门槛。"},
                {"role": "user", "content": "那多久能开出来？"},
            ],
            "stream": False,
        },
    ),
}
_NAMES = ("default", "产品手册")
MODELS: Mapping[str, Example] = {"models": Example(value=ModelList(data=tuple(map(model_of, _NAMES))).model_dump())}
MODEL: Mapping[str, Example] = {"model": Example(value=model_of(_NAMES[1]).model_dump())}
_CHUNKS = (
    'data: {"id": "chatcmpl-…", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": '
    '{"content": "提交后 2 个工作日内开出。[1]"}, "finish_reason": null}], "citedesk": {"claim": {...}}}\n\n'
    "data: [DONE]\n\n"
)


def read_responses(shown: Mapping[str, Example]) -> Responses:
    """Of a route without a body."""
    return shown_responses(shown) | _errors(*_ALWAYS)


def chat_responses() -> Responses:
    """As JSON or as a stream of chunks."""
    shown = {
        name: Example(summary=example["summary"], value=_completion(name)) for name, example in CHAT_BODIES.items()
    }
    content = {
        "application/json": {"examples": shown},
        "text/event-stream": events_of("message", example=_CHUNKS),
    }
    return {OK: {"content": content}} | _errors(*_BODY, *_ALWAYS)


def _completion(language: str) -> dict[str, object]:
    answer = examples.ANSWERS[language]
    return Envelope(trace_id=TRACE_ID, model="citedesk/default", messages=(), created=1_767_225_600).completion(answer)


def _errors(*errors: Exception) -> Responses:
    """One entry per status code, with the errors as examples."""
    responses: Responses = {}
    for error in errors:
        problem = problem_of(error, TRACE_ID)
        # Without the class of codes the framework would describe its own 422, which never comes.
        for code in (chat_code(problem), *(() if failed_here(problem.status) else ("4XX",))):
            shown = responses.setdefault(code, _response(problem.title))["content"]["application/json"]["examples"]
            shown[problem.type] = {"value": error_document(error, problem)}
    return responses


def _response(title: str) -> dict[str, Any]:
    return {"model": ErrorDocument, "description": title, "content": {"application/json": {"examples": {}}}}
