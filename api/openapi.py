"""The OpenAPI description: what each route can answer, problem documents included."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.models import Example
from pydantic import BaseModel

from api import examples
from api.auth import PUBLISHABLE_SCHEME, SCHEME
from api.content_examples import JOB_EVENTS
from api.errors import (
    ACCEPTED,
    CREATED,
    NO_CONTENT,
    NOT_MODIFIED,
    OK,
    PROBLEM_JSON,
    UNAVAILABLE,
    BudgetSpent,
    Busy,
    ForeignOrigin,
    InvalidField,
    MissingScope,
    NotFromHere,
    Problem,
    TooManyRequests,
    Unauthenticated,
    body_too_large,
    problem_of,
    unsupported_media_type,
)
from core.errors import CitedeskError, IndexLocked, InvalidInput, NotFound, ParseError, Unavailable
from store.document_edits import ChangedMeanwhile
from store.idempotency import InFlight, KeyReused

_KEY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key of `citedesk keys create`, with one of the scopes that the operation names. A home "
    "without any key answers programs of its own machine without one.",
}
_PUBLISHABLE_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key of `citedesk keys create --publishable`, which anybody may see; with an `Origin` it lists.",
}
Responses: TypeAlias = dict[int | str, dict[str, Any]]
_SCHEMA_PLACE = "#/components/schemas/{model}"
_SAID_TRACE = "$response.body#/trace_id"
TRACE_ID = "7d3f1c52-1f0e-4a51-9d0b-0c8a5e6f2b17"
_BODY_PROBLEMS = (
    RequestValidationError([{"type": "json_invalid", "loc": ("body", 13), "ctx": {"error": "Expecting value"}}]),
    InvalidField("#/question", "the question has 100000 characters; at most 4000 are taken"),
    NotFound("there is no knowledge base 'handbok'; GET /v1/kbs lists those there are"),
    body_too_large(1_000_000),
    unsupported_media_type("text/plain"),
)
_TRACE_PROBLEMS = (
    NotFound("there is no trace '5f0c'"),
    InvalidInput("the trace has shape 0, this release reads 1; ask the question again instead"),
)
ACCESS_PROBLEMS = (
    Unauthenticated("send an API key: Authorization: Bearer cdk_...", given=False),
    MissingScope(["ask"], ["search"]),
    NotFromHere("the request comes from 'https://example.com'"),
    ForeignOrigin("the key q5ka3zv7n2wd is not for pages of 'https://example.com'"),
)
_ONCE_PROBLEMS = (
    InFlight("the request with the Idempotency-Key '7f3a' is at work; send it again in a moment"),
    KeyReused("the Idempotency-Key '7f3a' came with another request before; use a new one"),
)
_TAG = {"ETag": {"description": "Changes with every version and every change", "schema": {"type": "string"}}}
LIMIT_PROBLEMS = (
    TooManyRequests("the limit of this key is 1200 per 1 minute", retry_seconds=12),
    BudgetSpent("an answer may take 6,800 tokens, and the budget of this key has less left", retry_seconds=86_400),
)
_BUSY = Busy("14 answers are waited for; one more would take about 12 s", retry_seconds=12)
SERVER_PROBLEMS = (Unavailable(""), IndexLocked(""), CitedeskError(""))


class DescribedApp(FastAPI):
    """An application whose description holds the problem document, which no route names as its model."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document, made once."""
        document = super().openapi()
        schema = Problem.model_json_schema(ref_template=_SCHEMA_PLACE)
        parts = schema.pop("$defs")
        document["components"]["schemas"].update(parts, Problem=schema)
        document["components"]["securitySchemes"] = {SCHEME: _KEY_SCHEME, PUBLISHABLE_SCHEME: _PUBLISHABLE_SCHEME}
        return document


def shown_responses(shown: Mapping[str, Example]) -> Responses:
    """Of a route that cannot fail: the success with its examples."""
    return {OK: {"content": {"application/json": {"examples": dict(shown)}}}}


def read_responses(shown: Mapping[str, Example]) -> Responses:
    """Of a route without a body: the success, and what can go wrong here."""
    return shown_responses(shown) | _problems(*ACCESS_PROBLEMS, *LIMIT_PROBLEMS, *SERVER_PROBLEMS)


def named_responses(shown: Mapping[str, Example]) -> Responses:
    """Of a route whose path names something that may not be there."""
    return read_responses(shown) | _problems(*_TRACE_PROBLEMS)


def created_responses(shown: Mapping[str, Example], model: type[BaseModel]) -> Responses:
    """Of a route that makes what it names: 201, or 200 where it was there."""
    responses = named_responses(shown)
    content = {"application/json": {"examples": dict(shown)}}
    return {
        **responses,
        OK: {"description": "It was there", "model": model, **responses[OK]},
        CREATED: {"content": content},
    }


def made_responses(shown: Mapping[str, Example]) -> Responses:
    """Of a route that makes what its body describes."""
    responses = body_responses(shown)
    made = responses.pop(OK)
    return {**responses, CREATED: made}


def said_responses(shown: Mapping[str, Example], model: type[Any]) -> Responses:
    """Of a route that keeps what is said of an answer: 201, or 200 where it replaces what was said before."""
    responses = body_responses(shown) | _problems(NotFound("there is no trace '5f0c'"))
    again = {"description": "It replaces what the author said before", "model": model, **responses[OK]}
    said = {"links": {name: _said(name) for name in ("show_feedback", "delete_feedback")}}
    return {**responses, OK: again | said, CREATED: shown_responses(shown)[OK] | said}


def _said(operation: str) -> dict[str, Any]:
    return {"operationId": operation, "parameters": {"feedback_id": "$response.body#/id"}}


def filed_responses(shown: Mapping[str, Example]) -> Responses:
    """Of a route that takes something in and answers with the job that does the rest."""
    responses = once_responses(body_responses(shown))
    located = {"Location": {"description": "Of the job", "schema": {"type": "string"}}}
    taken = {"description": "A job does the rest", "headers": located, **responses.pop(OK)}
    return {**responses, ACCEPTED: taken}


def events_of(*names: str, example: str) -> dict[str, Any]:
    """Server-sent events of these names, each as ``itemSchema`` of OpenAPI 3.2 has it; readers of 3.1 pass it over."""
    fields = {"id": {"type": "string"}, "event": {"enum": list(names)}, "data": {"type": "string"}}
    event = {"type": "object", "properties": fields, "required": ["event", "data"]}
    return {"itemSchema": event, "example": example}


def job_events_responses() -> Responses:
    """Of a job as a stream of events."""
    responses = named_responses({})
    responses[OK]["content"] = {"text/event-stream": events_of("progress", "final", "error", example=JOB_EVENTS)}
    return responses


def once_responses(responses: Responses) -> Responses:
    """Those of a route, and what else it answers where an `Idempotency-Key` comes along."""
    both = {code: {**entry} for code, entry in responses.items()}
    for code, entry in _problems(*_ONCE_PROBLEMS).items():
        known = both.setdefault(code, entry)
        if known is not entry:
            content = known["content"][PROBLEM_JSON]
            examples = {**content["examples"], **entry["content"][PROBLEM_JSON]["examples"]}
            known["content"] = {PROBLEM_JSON: {**content, "examples": examples}}
    return both


def changed_responses(shown: Mapping[str, Example]) -> Responses:
    """Of a route that changes what was looked at before."""
    responses = {**body_responses(shown), **_problems(ChangedMeanwhile('the document was changed; its ETag is "7-2"'))}
    responses[OK]["headers"] = _TAG
    return responses


def tagged_responses(shown: Mapping[str, Example]) -> Responses:
    """Of a route whose answer can be kept by whoever asked."""
    responses = named_responses(shown)
    responses[OK]["headers"] = _TAG
    return {**responses, NOT_MODIFIED: {"description": "It is still what `If-None-Match` names"}}


def picture_responses(boxes: str) -> Responses:
    """Of a picture that can be kept; ``boxes`` is the header with places on it."""
    responses = tagged_responses({}) | _problems(*_TRACE_PROBLEMS, ParseError("page 3 takes longer than 10 s to draw"))
    places = {"description": "Left, top, width and height, line by line", "schema": {"type": "string"}}
    picture = {"image/png": {"schema": {"type": "string", "contentMediaType": "image/png"}}}
    responses[OK] = {"description": "The page", "headers": {**_TAG, boxes: places}, "content": picture}
    return responses


def empty_responses() -> Responses:
    """Of a route that deletes what its path names."""
    return {NO_CONTENT: {"description": "It is gone"}} | _problems(
        *_TRACE_PROBLEMS, *ACCESS_PROBLEMS, *LIMIT_PROBLEMS, *SERVER_PROBLEMS
    )


def body_responses(shown: Mapping[str, Example]) -> Responses:
    """Of a route with a JSON body."""
    return read_responses(shown) | _problems(*_BODY_PROBLEMS)


def ask_responses() -> Responses:
    """As JSON or as a stream of events; 503 is also the status of an answer that a part was missing for."""
    responses = body_responses(examples.ASK_ANSWERS) | _problems(_BUSY, *SERVER_PROBLEMS)
    told = events_of("evidence", "claim", "final", "error", example=examples.EVENTS)
    responses[OK]["content"]["text/event-stream"] = told
    responses[OK]["links"] = {
        "trace": {"operationId": "show_answer", "parameters": {"trace_id": _SAID_TRACE}},
        "replay": {"operationId": "replay_answer", "parameters": {"trace_id": _SAID_TRACE}},
        "feedback": {"operationId": "give_feedback", "requestBody": {"trace_id": _SAID_TRACE, "rating": "up"}},
    }
    either = [{"$ref": _SCHEMA_PLACE.format(model=name)} for name in ("AskDocument", "VisitorAnswer")]
    answer = {"schema": {"anyOf": either}, "examples": examples.UNAVAILABLE_ANSWERS}
    responses[UNAVAILABLE]["content"]["application/json"] = answer
    return responses


def ready_responses() -> Responses:
    """The same document whether ready or not, so that one reader serves both."""
    schema = {"$ref": _SCHEMA_PLACE.format(model="ReadyDocument")}
    responses = shown_responses(examples.READY) | _problems(*SERVER_PROBLEMS)
    responses[UNAVAILABLE] = {
        "description": "A component cannot be used",
        "content": {"application/json": {"schema": schema, "examples": examples.NOT_READY}},
    }
    return responses


def _problems(*errors: Exception) -> Responses:
    """One entry per status code, with the problem documents of ``errors`` as examples."""
    responses: Responses = {}
    for error in errors:
        problem = problem_of(error, TRACE_ID)
        content = {"schema": {"$ref": _SCHEMA_PLACE.format(model="Problem")}, "examples": {}}
        entry = {"description": problem.title, "content": {PROBLEM_JSON: content}}
        shown = responses.setdefault(problem.status, entry)["content"][PROBLEM_JSON]["examples"]
        shown[problem.type] = {"value": problem.model_dump(mode="json")}
    return responses
