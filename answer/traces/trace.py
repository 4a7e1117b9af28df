"""How one answer came about: noted along its way, made into a trace behind it.

The flow only keeps references (``Notes``); everything that costs time, from picking apart hits to redacting, is done
when the trace is made, off the answering path.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from time import time
from typing import TypeAlias

from answer.proof.prove import Refusal
from core.ports import Message
from core.types import (
    Answer,
    AnswerStatus,
    Claim,
    Conflict,
    Evidence,
    Hit,
    NextStep,
    Quarantined,
    Question,
    Span,
    Stage,
    Usage,
)

SHAPE = 1
"""Raised when a trace of before can no longer be read as one of now."""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request to an answer model, filled in while it is streamed. ``prompt`` names its template.

    ``parameters`` are those that decide the output; ``shown`` the numbers of the passages that the prompt holds.
    ``usage`` is None as long as the server has said nothing.
    """

    model: str
    prompt: str
    messages: Sequence[Message]
    parameters: Mapping[str, str | float | int] = field(default_factory=dict)
    shown: Sequence[int] = ()
    output: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None
    error: str = ""


@dataclass(slots=True, kw_only=True)
class Notes:
    """What the flow notes of one question. ``day`` is the one that validity was judged by."""

    at: float = field(default_factory=time)
    day: date | None = None
    hits: Sequence[Hit] = ()
    support_bar: float = 0.0
    exchanges: list[Exchange] = field(default_factory=list)
    verdicts: list[Claim | Refusal] = field(default_factory=list)


Keep: TypeAlias = Callable[[Question, Notes, Answer], None]


def keep_nothing(question: Question, notes: Notes, answer: Answer) -> None:
    """For answers that leave no trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What answered. ``edition`` and the index ``generations``, by arm, are those that answered the knowledge base when
    the trace was made, ``change`` the number of the record's last change. ``models`` names each model or its weights;
    ``settings`` are those that bear on answers, and ``fingerprint`` names all of these but edition, generations and
    change."""

    fingerprint: str
    release: str
    models: Mapping[str, str]
    settings: Mapping[str, str]
    edition: int | None = None
    generations: Mapping[str, str] = field(default_factory=dict)
    change: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedHit:
    """A passage that was found, without its text; its id changes with its text. ``number`` is the one under which it
    became evidence, None where it did not."""

    rank: int
    chunk_id: str
    document_id: str
    source: str
    page: int | None
    span: Span
    score: float
    stage: Stage
    scores: Mapping[Stage, float]
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedExchange:
    """A request to an answer model. ``prompt`` names the template, ``digest`` all messages (SHA-256, 16 digits)."""

    model: str
    prompt: str
    digest: str
    parameters: Mapping[str, str | float | int]
    shown: tuple[int, ...]
    output: str
    finish_reason: str | None
    usage: Usage
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the proof said of one drafted claim: its support, or the ``reason`` why it is not shown."""

    text: str
    proven: bool
    reason: str = ""
    support: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The answer, without what stands elsewhere in the trace, such as what a hand-off repeats."""

    status: AnswerStatus
    reason: str
    text: str
    claims: tuple[Claim, ...]
    probability: float
    support_bar: float
    degraded: tuple[str, ...]
    dropped: int
    usage: Usage
    quarantined: tuple[Quarantined, ...]
    timings_ms: Mapping[str, float]
    conflicts: tuple[Conflict, ...] = ()
    next_step: NextStep = field(default_factory=NextStep)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One answered question, stage by stage. ``at`` is in seconds since 1970; ``stand_alone`` is the question that was
    searched; ``redacted`` names the parts of the trace in which personal data was replaced."""

    trace_id: str
    at: float
    day: date | None
    question: Question
    stand_alone: str
    origin: Origin
    hits: tuple[TracedHit, ...]
    exchanges: tuple[TracedExchange, ...]
    verdicts: tuple[Verdict, ...]
    ending: Ending
    redacted: tuple[str, ...] = ()
    shape: int = SHAPE

    def without_settings(self) -> "Trace":
        """For those who ask here and do not run the home: settings name servers and folders."""
        return replace(self, origin=replace(self.origin, settings={}))


def trace_of(question: Question, notes: Notes, answer: Answer, origin: Origin) -> Trace:
    """The trace of an answer. ``question`` is what was asked, before anything was done to it."""
    return Trace(
        trace_id=answer.trace_id,
        at=notes.at,
        day=notes.day,
        question=question,
        stand_alone=answer.question,
        origin=origin,
        hits=_hits(notes.hits, answer.evidence),
        exchanges=tuple(map(_exchange, notes.exchanges)),
        verdicts=tuple(map(_verdict, notes.verdicts)),
        ending=_ending(notes, answer),
    )


def _hits(hits: Sequence[Hit], evidence: Sequence[Evidence]) -> tuple[TracedHit, ...]:
    numbers = {item.hit.chunk.id: item.number for item in evidence}
    return tuple(
        TracedHit(
            rank=rank,
            chunk_id=hit.chunk.id,
            document_id=hit.chunk.document_id,
            source=hit.chunk.source,
            page=hit.chunk.page,
            span=hit.chunk.span,
            score=float(hit.score),
            stage=hit.stage,
            scores={stage: float(score) for stage, score in hit.scores.items()},
            number=numbers.get(hit.chunk.id),
        )
        for rank, hit in enumerate(hits, start=1)
    )


def _exchange(exchange: Exchange) -> TracedExchange:
    said = "\x1e".join(f"{message.role}\x1f{message.content}" for message in exchange.messages)
    return TracedExchange(
        model=exchange.model,
        prompt=exchange.prompt,
        digest=hashlib.sha256(said.encode()).hexdigest()[:16],
        parameters=dict(exchange.parameters),
        shown=tuple(exchange.shown),
        output=exchange.output,
        finish_reason=exchange.finish_reason,
        usage=exchange.usage or Usage(),
        error=exchange.error,
    )


def _verdict(verdict: Claim | Refusal) -> Verdict:
    if isinstance(verdict, Refusal):
        return Verdict(text=verdict.claim, proven=False, reason=verdict.reason)
    return Verdict(text=verdict.text, proven=True, support=verdict.support)


def _ending(notes: Notes, answer: Answer) -> Ending:
    return Ending(
        status=answer.status,
        reason=answer.reason,
        text=answer.text,
        claims=answer.claims,
        probability=float(answer.probability),
        support_bar=float(notes.support_bar),
        degraded=answer.degraded,
        dropped=answer.dropped,
        usage=answer.usage,
        quarantined=answer.quarantined,
        timings_ms={stage: float(value) for stage, value in answer.timings_ms.items()},
        conflicts=answer.conflicts,
        next_step=replace(answer.next_step, hand_off=None),
    )
