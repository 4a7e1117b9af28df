"""Traces and replays as JSON documents, the same on the command line and over HTTP."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from answer.traces.replay import Replay
    from store.traces import TraceLine


def list_document(lines: "Sequence[TraceLine]") -> dict[str, Any]:
    """The shape of ``citedesk traces list``."""
    return {"traces": [{**asdict(line), "created_at": iso(line.created_at)} for line in lines]}


def replay_document(replay: "Replay") -> dict[str, Any]:
    """The shape of ``citedesk replay``. Both traces were made without personal data already."""
    from answer.traces.trace_json import trace_document

    return {
        "trace_id": replay.then.trace_id,
        "same": replay.same,
        "stages": [{"stage": each.stage, "differences": list(each.differences)} for each in replay.stages],
        "then": trace_document(replay.then, redacting=False),
        "now": trace_document(replay.now, redacting=False),
    }


def iso(seconds: float) -> str:
    """Seconds since 1970 as an ISO time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
