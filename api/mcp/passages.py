"""One stored passage as JSON."""

from api.citation_schema import headings_of
from api.schemas import JsonObject
from core.errors import NotFound
from store.catalog import Catalog
from store.kb_key import KbKey


def passage_of(catalog: Catalog, kb: KbKey, chunk_id: str) -> JsonObject:
    """A live passage of the knowledge base. Blocks.

    Raises ``NotFound``, also for a passage that was replaced or is another knowledge base's.
    """
    chunk = catalog.live_chunks(kb, [chunk_id]).get(chunk_id)
    if chunk is None:
        raise NotFound(f"there is no passage {chunk_id[:80]!r} in this knowledge base; search finds those there are")
    return {
        "chunk_id": chunk.id,
        "document_id": chunk.document_id,
        "source": chunk.source,
        "title": chunk.title,
        "heading_path": list(headings_of(chunk)),
        "page": chunk.page,
        "span": [chunk.span.start, chunk.span.end],
        "text": chunk.text,
        "kind": chunk.kind.value,
        "language": chunk.language,
    }
