"""The trace and the replay of a worked example."""

from dataclasses import replace
from datetime import date

from answer.traces.replay import compare
from answer.traces.trace import Notes, Origin, Trace, TracedHit, trace_of
from answer.traces.trace_json import trace_document
from api.schemas import JsonObject
from api.traced import replay_document
from core.types import Answer, Question

_ORIGIN = Origin(
    fingerprint="5d0f2b7c1a9e4863",
    release="0.1.0",
    models={"embedder": "minilm-zh:1", "reranker": "late_interaction:3f1c", "answerer": "extractive"},
    settings={"answer.evidence": "8"},
    edition=3,
    generations={"dense": "dense-1f", "lexical": "lexical-2a"},
    change=412,
)


def traced(answer: Answer) -> JsonObject:
    """How it came about."""
    return trace_document(_trace(answer), redacting=True)


def replayed(answer: Answer) -> JsonObject:
    """Asked again after its document was replaced."""
    then = _trace(answer)
    now = replace(then, trace_id="a1", hits=(), origin=replace(_ORIGIN, change=415))
    return replay_document(compare(then, now, _why_gone))


def _trace(answer: Answer) -> Trace:
    hits = [item.hit for item in answer.evidence]
    notes = Notes(at=1_767_261_600.0, day=date(2026, 1, 1), hits=hits, support_bar=0.5, verdicts=list(answer.claims))
    return trace_of(Question(text=answer.question, kb="handbook"), notes, answer, _ORIGIN)


def _why_gone(hit: TracedHit) -> str:
    return f"{hit.source} was replaced on 2026-01-02 at 09:30 UTC; this passage stood in a version before that"
