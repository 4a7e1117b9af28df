"""The trace of an answer that was given once more: what the first one's says, under an id and a time of its own."""

from dataclasses import asdict
from time import time
from typing import Protocol

from core.types import Answer, Question
from store.traces import TraceRow


class KeptTraces(Protocol):
    """Where traces are; ``store.traces.Traces`` is the real one."""

    def get(self, trace_id: str) -> TraceRow:
        """Raises ``NotFound``."""
        ...


def again(rows: KeptTraces, question: Question, answer: Answer, made: str) -> TraceRow:
    """Raises ``NotFound`` where the trace ``made`` of the first one is not there, or not yet."""
    first = rows.get(made)
    own = {"usage": asdict(answer.usage), "timings_ms": dict(answer.timings_ms)}
    ending = {**first.document["ending"], **own}
    now = time()
    document = {**first.document, "trace_id": answer.trace_id, "at": now, "ending": ending}
    return TraceRow(
        trace_id=answer.trace_id,
        kb=question.kb,
        created_at=now,
        status=first.status,
        question=first.question,
        document=document,
    )
