"""A trace as JSON, as it is kept and shown, without the personal data that people write into questions."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from answer.guard.personal import redact
from answer.traces.trace import SHAPE, Trace
from core.as_json import as_json
from core.errors import InvalidInput

Json: TypeAlias = dict[str, Any]

# Names, numbers and digests of our own making; in ``sources`` the record's own names of documents.
_OURS = frozenset({"trace_id", "origin", "kb", "chunk_id", "document_id", "source", "scores", "digest", "timings_ms"})


def trace_document(trace: Trace, *, redacting: bool) -> Json:
    """Ready for ``json.dumps``. With ``redacting`` no text of it holds what ``redact`` knows."""
    document: Json = as_json(trace)
    if not redacting:
        return document
    clean: Json = _redacted(document)
    return {**clean, "redacted": [name for name, part in clean.items() if part != document[name]]}


def redacted_document(document: Mapping[str, Any]) -> Json:
    """What ``trace_document`` made, without personal data in any case. It may have been redacted before."""
    clean: Json = _redacted(dict(document))
    parts = {name for name, part in clean.items() if part != document[name]}
    return {**clean, "redacted": sorted(parts | set(document["redacted"]))}


def trace_from(document: Mapping[str, Any]) -> Trace:
    """The trace of what ``trace_document`` made. Raises ``InvalidInput`` for one that another release wrote."""
    if document.get("shape") != SHAPE:
        raise InvalidInput(
            f"the trace has shape {document.get('shape')!r}, this release reads {SHAPE}; ask the question again instead"
        )
    try:
        return _adapter().validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"the trace was written by another release: {where}: {first['msg']}") from error


@cache
def _adapter() -> TypeAdapter[Trace]:
    return TypeAdapter(Trace)


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: held if name in _OURS else _redacted(held) for name, held in value.items()}
    return [_redacted(held) for held in value] if isinstance(value, list) else value
