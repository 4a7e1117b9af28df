"""The JSON shapes of ``ask`` and ``search``, the same on the command line and over HTTP.

Scripts may rely on every key here: keys are added, never renamed or removed. ``docs/json.md`` keeps the schemas.
Nothing here needs the HTTP service, so that the command line stays cheap to start.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat
from pydantic.json_schema import GenerateJsonSchema

from api.explanation_schema import ExplanationDocument
from core.explanation import Explanation
from core.types import Answer, Chunk, ChunkKind, Citation, Claim, Evidence, Hit, Quarantined, SearchResult

JsonObject: TypeAlias = dict[str, object]
SpanPair: TypeAlias = Annotated[
    tuple[int, int],
    Field(description="Half-open character offsets [start, end] in the document's stored text."),
]
Page: TypeAlias = Annotated[int | None, Field(description="Page, counted from 1; null where the format has none.")]
HeadingPath: TypeAlias = Annotated[tuple[str, ...], Field(description="Headings above the passage, outermost first.")]
Timings: TypeAlias = Annotated[dict[str, FiniteFloat], Field(description="Milliseconds per stage.")]
Degraded: TypeAlias = Annotated[tuple[str, ...], Field(description="Parts that were down and were done without.")]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class HitDocument(_Shape):
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


class CitationDocument(_Shape):
    """A quote at its place: the stored text from span[0] to span[1] equals the quote."""

    evidence: int = Field(description="Number of the cited evidence.")
    chunk_id: str
    document_id: str
    source: str
    title: str
    page: Page
    heading_path: HeadingPath
    span: SpanPair
    quote: str


class ClaimDocument(_Shape):
    """One proven statement of an answer."""

    text: str
    support: FiniteFloat = Field(description="How well the quotes support the statement, 0 to 1.")
    citations: tuple[CitationDocument, ...] = Field(description="Never empty.")


class UsageDocument(_Shape):
    """Tokens that the answer model counted; 0 where no model was asked."""

    input_tokens: int
    output_tokens: int


class QuarantinedDocument(_Shape):
    """Words that give orders to whoever answers, kept from the answer model and from the answer."""

    kind: str = Field(description="override, role, extraction, exfiltration, task, or follows: behind such a passage.")
    chunk_id: str = Field(description="Of the passage that holds them; empty where the question does.")
    span: SpanPair | None = Field(
        description="In the question where it holds them; null where no line of the text does."
    )


class AskDocument(_Shape):
    """The end of one question."""

    status: str = Field(description="answered, insufficient_evidence, refused or unavailable.")
    text: str
    claims: tuple[ClaimDocument, ...]
    probability: FiniteFloat = Field(description="Calibrated probability, 0 to 1, that the evidence answers.")
    reason: str = Field(description="Why there is no answer, in one word; empty where there is one.")
    degraded: Degraded
    dropped: int = Field(description="Claims that could not be proven and are not shown.")
    question: str
    trace_id: str
    timings_ms: Timings
    usage: UsageDocument
    evidence: tuple[EvidenceDocument, ...] = Field(description="Passages that could be cited, by number.")
    quarantined: tuple[QuarantinedDocument, ...] = Field(description="What the guard found; empty almost always.")


class EvidenceEventDocument(_Shape):
    """Data of the ``evidence`` event: what was found, before any claim."""

    question: str = Field(description="The stand-alone question that the passages were found for.")
    evidence: tuple[EvidenceDocument, ...]


class SearchDocument(_Shape):
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
        usage=UsageDocument(input_tokens=answer.usage.input_tokens, output_tokens=answer.usage.output_tokens),
        evidence=tuple(map(_evidence, answer.evidence)),
        quarantined=tuple(map(_quarantined, answer.quarantined)),
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
    shapes: dict[str, type[BaseModel]] = {"ask": AskDocument, "search": SearchDocument}
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
    citations = tuple(_citation(citation, by_number) for citation in claim.citations)
    return ClaimDocument(text=claim.text, support=claim.support, citations=citations)


def _citation(citation: Citation, evidence: Mapping[int, Evidence]) -> CitationDocument:
    if citation.evidence not in evidence:
        raise ValueError(f"a citation names evidence {citation.evidence}, but there is only {sorted(evidence)}")
    chunk = evidence[citation.evidence].hit.chunk
    return CitationDocument(
        evidence=citation.evidence,
        chunk_id=citation.chunk_id,
        document_id=citation.document_id,
        source=chunk.source,
        title=chunk.title,
        page=citation.page,
        heading_path=_path(chunk),
        span=(citation.span.start, citation.span.end),
        quote=citation.quote,
    )


def _path(chunk: Chunk) -> tuple[str, ...]:
    """The headings above the passage; for an FAQ entry its question is the last, though it stands in the text."""
    if chunk.kind is not ChunkKind.FAQ:
        return chunk.heading_path
    question = chunk.text.split("\n", 1)[0].lstrip("# ").strip()
    return (*chunk.heading_path, question)


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
        "heading_path": _path(chunk),
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
