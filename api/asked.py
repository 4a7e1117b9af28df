"""What all ways of asking a question over HTTP share."""

from fastapi import Request

from api.errors import InvalidField, report
from api.schemas import JsonObject
from api.sse import Report
from core.types import Answer


def check_length(name: str, text: str, limit: int) -> None:
    """Raises ``InvalidField`` for words that are none, or more than ``limit`` characters."""
    if not text.strip():
        raise InvalidField(f"#/{name}", f"the {name} is empty")
    if len(text) > limit:
        raise InvalidField(f"#/{name}", f"the {name} has {len(text)} characters; at most {limit} are taken")


def note_answer(request: Request, answer: Answer) -> None:
    """Leave the answer's status and trace id for the access log."""
    request.state.answer_status = answer.status.value
    request.state.answer_trace_id = answer.trace_id


def reporter(trace_id: str) -> Report:
    """Turns an error into a problem document under this trace id, and logs what is our fault."""

    def reported(error: Exception) -> JsonObject:
        return report(error, trace_id).model_dump(mode="json")

    return reported
