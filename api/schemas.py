"""The JSON shapes of ``ask`` and ``search``, the same on the command line and over HTTP.

Scripts may rely on every key here: keys are added, never renamed or removed. ``docs/json.md`` keeps the schemas.
Nothing here needs the HTTP service, so that the command line stays cheap to start.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Annotated, TypeAlias

from pydantic import BaseModel, Field, FiniteFloat
from pydantic.json_schema import GenerateJsonSchema

from api.citation_schema import CitationDocument, HeadingPath, Page, Shape, SpanPair, citation_document, headings_of
from api.explanation_schema import ExplanationDocument
from api.next_step_schema import ConflictDocument, NextStepDocument, conflict_document, next_step_document
from api.visitor_schema import VisitorAnswer
from core.explanation import Explanation
from core.types import Answer, Claim, Evidence, Hit, Quarantined, SearchResult

JsonObject: TypeAlias = dict[str, object]
Timings: TypeAlias = Annotated[dict[str, FiniteFloat], Field(description="Milliseconds per stage.")]
Degraded: TypeAlias = Annotated[
    tuple[str, ...],
    Field(
        description="Parts that were down and were done without; main_model: a fallback answered, model: none did, the "
        "claims are verbatim sentences."
    ),
]


class HitDocument(Shape):
    """A passage that was found. Scores compare only within one stage, higher is better."""

    chunk_id: str
    document_id: str
    source: str = Field(description="Path relative to the ingested folder, or a URI.")
    title: str
    heading_path: HeadingPath
    page: Page
    span: SpanPair
    text: str = Field(description="The passage, character for character as stored.")
    score: FiniteFloat = Field(description="Score of the last stage.")
    stage: str = Field(description="The last stage: lexical, dense, fused or reranked.")
    scores: dict[str, FiniteFloat] = Field(description="Raw score of every earlier stage that returned the passage.")
    also_in: tuple[str, ...] = Field(description="Sources of other documents that hold the same passage.")


class EvidenceDocument(HitDocument):
    """A passage under the number by which claims cite it."""

    number: int = Field(description="Counts from 1.")


class ClaimDocument(Shape):
    """One proven statement of an answer."""

    text: str
    support: FiniteFloat = Field(description="How well the quotes support the statement, 0 to 1.")
    citations: tuple[CitationDocument, ...] = Field(description="Never empty.")


class UsageDocument(Shape):
    """Tokens that answer models read and wrote for this answer, failed ones included; 0 where none was asked."""

    input_tokens: int
    output_tokens: int
    estimated: bool = Field(description="Whether some are our own count, because a server did not tell.")
    cost: FiniteFloat | None = Field(description="By the prices of the settings; null without prices.")


class PromptDocument(Shape):
    """The words that the answer model was asked with; `citedesk prompts show` prints them."""

    name: str = Field(description="answer.en or answer.zh.")
    language: str
    version: int
    digest: str = Field(description="First 16 hexadecimal digits of the file's SHA-256.")
    variant: str = Field(description="shipped for the packaged one.")


class QuarantinedDocument(Shape):
    """Words that give orders to whoever answers, kept from the answer model and from the answer."""

    kind: str = Field(description="override, role, extraction, exfiltration, task, or follows: behind such a passage.")
    chunk_id: str = Field(description="Of the passage that holds them; empty where the question does.")
    span: SpanPair | None = Field(
        description="In the question where it holds them; null where no line of the text does."
    )


class AskDocument(Shape):
    """The end of one question."""

    status: str = Field(description="answered, insufficient_evidence, refused or unavailable.")
    text: str
    claims: tuple[ClaimDocument, ...]
    probability: FiniteFloat = Field(description="Calibrated probability, 0 to 1, that the evidence answers.")
    reason: str = Field(
        description="Why there is no answer: nothing_relevant, related_but_not_answering, conflicting, "
        "not_valid_at_date, nothing_proven, only_orders, or what is down; empty where there is an answer."
    )
    degraded: Degraded
    dropped: int = Field(description="Claims that could not be proven and are not shown.")
    question: str = Field(description="As it was searched: a follow-up stands alone here.")
    trace_id: str
    timings_ms: Timings
    usage: UsageDocument
    evidence: tuple[EvidenceDocument, ...] = Field(description="Passages that could be cited, by number.")
    quarantined: tuple[QuarantinedDocument, ...] = Field(description="What the guard found; empty almost always.")
    prompt: PromptDocument | None = Field(description="null where no model was asked.")
    conflicts: tuple[ConflictDocument, ...] = Field(description="Documents that disagree about what was asked.")
    next_step: NextStepDocument
    cached: bool = Field(description="Made for an equal question before, or at the same time; it cost no tokens.")
    max_tokens: int | None = Field(
        default=None,
        description="What a model might write, where a budget that comes to its end made it less; null otherwise.",
    )


class EvidenceEventDocument(Shape):
    """Data of the ``evidence`` event: what was found, before any claim."""

    question: str = Field(description="The stand-alone question that the passages were found for.")
    evidence: tuple[EvidenceDocument, ...]


class SearchDocument(Shape):
    """Hits, best first."""

    hits: tuple[HitDocument, ...]
    degraded: Degraded
    timings_ms: Timings
    passages_left: int | None = Field(description="Live passages that the filter left; null without a filter.")
    explanation: ExplanationDocument | None = Field(description="null where it was not asked for.")


def ask_document(answer: Answer) -> JsonObject:
    """The ``ask`` shape, ready for ``json.dumps``.

    Raises ``ValueError`` when a citation names evidence that the answer does not carry.
    """
    evidence = {item.number: item for item in answer.evidence}
    return AskDocument(
        status=answer.status.value,
        text=answer.text,
        claims=tuple(_claim(claim, answer.evidence) for claim in answer.claims),
        probability=answer.probability,
        reason=answer.reason,
        degraded=answer.degraded,
        dropped=answer.dropped,
        question=answer.question,
        trace_id=answer.trace_id,
        timings_ms=_rounded(answer.timings_ms),
        usage=UsageDocument.model_validate(asdict(answer.usage)),
        evidence=tuple(map(_evidence, answer.evidence)),
        quarantined=tuple(map(_quarantined, answer.quarantined)),
        prompt=None if answer.prompt is None else PromptDocument.model_validate(asdict(answer.prompt)),
        conflicts=tuple(conflict_document(conflict, evidence) for conflict in answer.conflicts),
        next_step=next_step_document(answer.next_step, evidence),
        cached=answer.cached,
        max_tokens=answer.max_tokens,
    ).model_dump(mode="json")


def search_document(result: SearchResult, explanation: Explanation | None = None) -> JsonObject:
    """The ``search`` shape, ready for ``json.dumps``."""
    return SearchDocument(
        hits=tuple(HitDocument.model_validate(_hit_fields(hit)) for hit in result.hits),
        degraded=result.degraded,
        timings_ms=_rounded(result.timings_ms),
        passages_left=result.passages_left,
        explanation=None if explanation is None else ExplanationDocument.model_validate(explanation),
    ).model_dump(mode="json")


def claim_document(claim: Claim, evidence: Iterable[Evidence]) -> JsonObject:
    """One claim as it stands in ``ask``; raises ``ValueError`` like ``ask_document``."""
    return _claim(claim, tuple(evidence)).model_dump(mode="json")


def evidence_document(question: str, evidence: Iterable[Evidence]) -> JsonObject:
    """What was found for the stand-alone ``question``, as the first event of a stream carries it."""
    found = tuple(map(_evidence, evidence))
    return EvidenceEventDocument(question=question, evidence=found).model_dump(mode="json")


def to_json(document: Mapping[str, object]) -> str:
    """One line of JSON with Chinese left readable; raises ``ValueError`` for NaN and infinities."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


def json_schemas() -> dict[str, JsonObject]:
    """JSON Schema (2020-12) of each shape, by the name of its command."""
    shapes: dict[str, type[BaseModel]] = {"ask": AskDocument, "visitor": VisitorAnswer, "search": SearchDocument}
    return {
        name: shape.model_json_schema(mode="serialization", schema_generator=_PlainSchema)
        for name, shape in shapes.items()
    }


class _PlainSchema(GenerateJsonSchema):
    """Without a title per field, which only repeats its name."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def _claim(claim: Claim, evidence: tuple[Evidence, ...]) -> ClaimDocument:
    by_number = {item.number: item for item in evidence}
    citations = tuple(citation_document(citation, by_number) for citation in claim.citations)
    return ClaimDocument(text=claim.text, support=claim.support, citations=citations)


def _quarantined(quarantined: Quarantined) -> QuarantinedDocument:
    span = quarantined.span
    return QuarantinedDocument(
        kind=quarantined.kind,
        chunk_id=quarantined.chunk_id,
        span=None if span is None else (span.start, span.end),
    )


def _evidence(evidence: Evidence) -> EvidenceDocument:
    return EvidenceDocument.model_validate({**_hit_fields(evidence.hit), "number": evidence.number})


def _hit_fields(hit: Hit) -> JsonObject:
    chunk = hit.chunk
    return {
        "chunk_id": chunk.id,
        "document_id": chunk.document_id,
        "source": chunk.source,
        "title": chunk.title,
        "heading_path": headings_of(chunk),
        "page": chunk.page,
        "span": (chunk.span.start, chunk.span.end),
        "text": chunk.text,
        "score": float(hit.score),
        "stage": hit.stage.value,
        "scores": {stage.value: float(score) for stage, score in hit.scores.items()},
        "also_in": hit.also_in,
    }


def _rounded(timings: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(float(value), 3) for stage, value in timings.items()}
