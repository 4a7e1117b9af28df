"""A home that holds the generated corpus, filled as every other: through the record, which its indexes follow."""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from core.settings import RecordSettings, RetrievalSettings
from core.types import Filter, FloatArray, Outcome, SearchResult, SearchStage
from eval.bench.scale.corpus import Asked, Made
from retrieval.chroma_index import ChromaStore
from retrieval.indexes import Indexes
from retrieval.search import Retriever
from retrieval.tantivy_index import TantivyStore
from store.catalog import Catalog
from store.editions import Recipe
from store.put import NewVersion
from store.source_state import SourceState, text_key

KB = "scale"
_DOCUMENTS_AT_ONCE = 100


class StandIn:
    """An embedder that knows the vectors of its questions and reads every text."""

    fingerprint = "stand-in-1"

    def __init__(self) -> None:
        self._known: dict[str, FloatArray] = {}

    def know(self, asked: Iterable[Asked]) -> None:
        """Answer with these vectors from now on."""
        self._known |= {each.text: each.vector for each in asked}

    def recipe(self) -> Recipe:
        """Of the only edition."""
        return Recipe(cut="generated", fingerprint=self.fingerprint, passages={}, embedder="stand-in")

    def of(self, recipe: Recipe) -> "StandIn":
        """Itself, for every edition."""
        return self

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Never asked for: passages come with their vectors."""
        raise NotImplementedError

    def embed_query(self, text: str) -> FloatArray:
        """Shape (dim,). Raises ``KeyError`` for a question that it was not told."""
        return self._known[text]

    def legibility(self, text: str) -> float:
        """All of it."""
        return 1.0


class ScaleHome:
    """The record, the indexes and the search of one folder."""

    def __init__(self, folder: Path, *, following: float | None = None) -> None:
        self.embedder = StandIn()
        self.catalog = Catalog.open(folder, RecordSettings())
        self.catalog.ensure_kb(KB)
        self.indexes = Indexes(
            catalog=self.catalog,
            encoders=self.embedder,
            dense=ChromaStore(folder / "indexes" / "chroma"),
            lexical=TantivyStore(folder / "indexes" / "tantivy"),
        )
        self._retriever = Retriever(catalog=self.catalog, indexes=self.indexes, settings=RetrievalSettings())
        if following is not None:
            self.indexes.start_following(following)

    def put(self, documents: Iterable[Made]) -> None:
        """Into the record; the indexes follow."""
        put(self.catalog, documents, self.embedder.fingerprint)

    def documents(self) -> int:
        """How many it holds."""
        return len(self.catalog.document_ids(KB))

    def search(self, question: str, stage: SearchStage, filter: Filter | None = None, k: int = 10) -> SearchResult:
        """As a person's search, without the embedding of the question."""
        return self._retriever.search(KB, question, k, stage, filter)

    def close(self) -> None:
        """Close indexes and record."""
        self.indexes.close()
        self.catalog.close()


def put(catalog: Catalog, documents: Iterable[Made], fingerprint: str) -> None:
    """Into the record, a hundred documents in a transaction."""
    made = map(_new_version, documents)
    while part := [*islice(made, _DOCUMENTS_AT_ONCE)]:
        catalog.put_documents(KB, part, fingerprint=fingerprint)


def _new_version(made: Made) -> NewVersion:
    document = made.document
    return NewVersion(
        document=document,
        passages=made.passages,
        keys=[text_key(passage) for passage in made.passages],
        vectors=[*made.vectors],
        state=SourceState(
            source=document.source,
            content_hash=document.content_hash,
            pipeline="generated",
            outcome=Outcome.INGESTED,
            reason="",
            parser="generated",
            size=len(document.text.encode()),
            mtime_ns=0,
        ),
    )
