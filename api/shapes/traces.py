"""How answers came about."""

from typing import Any

from typing_extensions import TypedDict


class TraceLine(TypedDict):
    """One answer that is kept; ``created_at`` is an ISO time in UTC, ``question`` without personal data."""

    trace_id: str
    kb: str
    created_at: str
    status: str
    question: str


class TraceList(TypedDict):
    """``citedesk traces list``, the newest first."""

    traces: list[TraceLine]


class TraceOrigin(TypedDict):
    """What answered; ``settings`` hold JSON by name, ``change`` is the number of the record's last change."""

    fingerprint: str
    release: str
    models: dict[str, str]
    settings: dict[str, str]
    edition: int | None
    generations: dict[str, str]
    change: int


class TracedHit(TypedDict):
    """A passage that was found; ``number`` is its number as evidence, null where it was not taken."""

    rank: int
    chunk_id: str
    document_id: str
    source: str
    page: int | None
    span: dict[str, int]
    score: float
    stage: str
    scores: dict[str, float]
    number: int | None


class TracedExchange(TypedDict):
    """A request to an answer model; ``shown`` are the numbers of the passages in the prompt, ``digest`` is that of its
    words, ``usage`` as in ``ask``."""

    model: str
    prompt: str
    digest: str
    parameters: dict[str, str | float | int]
    shown: list[int]
    output: str
    finish_reason: str | None
    usage: dict[str, Any]
    error: str


class TracedVerdict(TypedDict):
    """A claim that was drafted: ``support`` where it is proven, ``reason`` where it is not."""

    text: str
    proven: bool
    reason: str
    support: float | None


class Trace(TypedDict):
    """``citedesk traces show`` and ``GET /v1/answers/{trace_id}``.

    ``at`` is in seconds since 1970 and ``day`` the one that validity was judged by. ``question`` holds text, kb,
    history and filter as they were asked; ``ending`` the answer with its claims, usage and timings in milliseconds.
    ``redacted`` names the parts in which personal data was replaced.
    """

    trace_id: str
    at: float
    day: str | None
    question: dict[str, Any]
    stand_alone: str
    origin: TraceOrigin
    hits: list[TracedHit]
    exchanges: list[TracedExchange]
    verdicts: list[TracedVerdict]
    ending: dict[str, Any]
    redacted: list[str]
    shape: int


class StageReplay(TypedDict):
    """One stage: origin, rewriting, search, evidence, prompt, model, proof or answer, and what differs, in words."""

    stage: str
    differences: list[str]


class Replay(TypedDict):
    """``citedesk replay`` and ``POST /v1/answers/{trace_id}/replay``; ``same`` where no stage differs."""

    trace_id: str
    same: bool
    stages: list[StageReplay]
    then: Trace
    now: Trace
