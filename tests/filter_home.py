"""A home with real indexes around a small embedder, and documents with metadata to filter."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from fakes import FakeEmbedder, FakeEncoders, a_document, paragraphs_of, state_of

from core.filtering import parse_filter
from core.settings import RetrievalSettings
from core.types import Filter, SearchResult, SearchStage
from retrieval.chroma_index import ChromaStore
from retrieval.indexes import Indexes
from retrieval.search import Retriever
from retrieval.tantivy_index import TantivyStore
from store.catalog import Catalog


def where(*words: str, as_of: str = "") -> Filter:
    """A filter as the command line reads it."""
    filter = parse_filter(words, as_of)
    assert filter is not None
    return filter


class FilterHome:
    """Searches with few candidates, so that small knowledge bases meet every way of filtering."""

    def __init__(self, home: Path, *, candidates: int = 3) -> None:
        self.catalog = Catalog.open(home)
        self.embedder = FakeEmbedder()
        self.indexes = Indexes(
            catalog=self.catalog,
            encoders=FakeEncoders(self.embedder),
            dense=ChromaStore(home / "indexes" / "chroma"),
            lexical=TantivyStore(home / "indexes" / "tantivy"),
        )
        self.retriever = Retriever(
            catalog=self.catalog, indexes=self.indexes, settings=RetrievalSettings(candidates=candidates)
        )

    def put(
        self,
        source: str,
        text: str,
        *,
        kb: str = "kb",
        valid_from: date | None = None,
        valid_until: date | None = None,
        **metadata: str,
    ) -> None:
        """A document of paragraphs."""
        self.catalog.ensure_kb(kb)
        plain = a_document(source, text, kb=kb)
        document = replace(
            plain,
            id=self.catalog.identity(kb, source),
            metadata=metadata,
            valid_from=valid_from,
            valid_until=valid_until,
            content_hash=plain.content_hash[:20] + str(hash((tuple(metadata.items()), valid_from, valid_until))),
        )
        passages = paragraphs_of(document)
        vectors = self.embedder.embed_passages([chunk.indexed_text for chunk in passages])
        fingerprint = self.embedder.fingerprint
        self.catalog.put_document(document, passages, list(vectors), fingerprint=fingerprint, state=state_of(document))

    def search(
        self, filter: Filter | None, *, query: str = "refund 退款", k: int = 10, kb: str = "kb", stage: str = "hybrid"
    ) -> SearchResult:
        """No arm may be down."""
        result = self.retriever.search(kb, query, k, SearchStage(stage), filter)
        assert result.degraded == ()
        return result

    def sources(self, filter: Filter | None, **options: object) -> list[str]:
        """Of the hits, sorted."""
        return sorted(hit.chunk.source for hit in self.search(filter, **options).hits)  # type: ignore[arg-type]

    def close(self) -> None:
        self.indexes.close()
        self.catalog.close()
