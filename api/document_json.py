"""A document with its blocks and passages as JSON, the same on the command line and over HTTP."""

from collections.abc import Sequence

from core.types import Chunk, Document


def document_json(document: Document, passages: Sequence[Chunk]) -> dict[str, object]:
    """The keys of ``citedesk documents show``, without those of its copies."""
    return {
        "document_id": document.id,
        "source": document.source,
        "title": document.title,
        "language": document.language,
        "metadata": dict(document.metadata),
        "valid_from": document.valid_from and document.valid_from.isoformat(),
        "valid_until": document.valid_until and document.valid_until.isoformat(),
        "text": document.text,
        "blocks": [
            {"kind": b.kind.value, "span": [b.span.start, b.span.end], "level": b.level, "page": b.page}
            for b in document.blocks
        ],
        "passages": [
            {
                "chunk_id": chunk.id,
                "span": [chunk.span.start, chunk.span.end],
                "heading_path": list(chunk.heading_path),
                "page": chunk.page,
                "kind": chunk.kind.value,
                "tokens": chunk.token_count,
                "text": chunk.text,
            }
            for chunk in passages
        ],
    }
