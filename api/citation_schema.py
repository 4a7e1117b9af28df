"""The JSON shape of a citation, for all that cite."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from core.types import Chunk, ChunkKind, Citation, Evidence

SpanPair: TypeAlias = Annotated[
    tuple[int, int],
    Field(description="Half-open character offsets [start, end] in the document's stored text."),
]
Page: TypeAlias = Annotated[int | None, Field(description="Page, counted from 1; null where the format has none.")]
HeadingPath: TypeAlias = Annotated[tuple[str, ...], Field(description="Headings above the passage, outermost first.")]


class Shape(BaseModel):
    """A document that is only read."""

    model_config = ConfigDict(frozen=True)


class CitationDocument(Shape):
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


def citation_document(citation: Citation, evidence: Mapping[int, Evidence]) -> CitationDocument:
    """With what the cited evidence, by number, knows. Raises ``ValueError`` for a number that is not there."""
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
        heading_path=headings_of(chunk),
        span=(citation.span.start, citation.span.end),
        quote=citation.quote,
    )


def headings_of(chunk: Chunk) -> tuple[str, ...]:
    """The headings above the passage; for an FAQ entry its question is the last, though it stands in the text."""
    if chunk.kind is not ChunkKind.FAQ:
        return chunk.heading_path
    question = chunk.text.split("\n", 1)[0].lstrip("# ").strip()
    return (*chunk.heading_path, question)
