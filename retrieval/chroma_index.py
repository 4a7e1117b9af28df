"""The dense index: one Chroma collection per generation, vectors only.

Measured traps that shape this file (chromadb 1.5.9): an embedding function must be refused explicitly or Chroma loads
one; ``add`` of an id that exists does nothing, which makes replay idempotent; new ids go in before old ones go out,
because re-upserting live ids can wedge compaction after a kill.
"""

import logging
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from core.errors import DependencyError
from core.ports import IndexEntry, ScoredId
from core.types import FloatArray

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection as ChromaCollection

logger = logging.getLogger(__name__)

_BATCH = 5_000  # Chroma refuses more than 5,461 in one call
# Wide beams cost 1.4 ms at 8,000 passages and find what exact search finds (recall@100 .893 at 100, .9995 at 1,000 on
# clustered vectors); narrow ones also answer differently from one process to the next. With 16 neighbours passages that
# are much alike push one another out of the graph, above all when many were replaced: one of 1,000 pages of a template
# was found by no query (chroma issue 7758), and in every third opening one of 110 among 330 deleted ones. With 48 that
# is every fiftieth opening, and none where at most a third is deleted. It costs twice the time to build (1 ms a passage
# at 20,000) and 2 ms more a query there.
_HNSW: "CreateHNSWConfiguration" = {"space": "cosine", "max_neighbors": 48, "ef_construction": 200, "ef_search": 1_000}
_DELETED = "deleted"


class ChromaStore:
    """The Chroma folder of one home. Its owner holds the index lock: two processes on one folder lose vectors."""

    durable = True
    fingerprint = "chroma-1.5 cosine m48 ef200/1000"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client: Client | None = None

    def create(self, generation: str) -> "ChromaIndex":
        """A new empty collection."""
        client = self._open_client()
        with _mapped("a new collection"):
            made = client.create_collection(generation, embedding_function=None, configuration={"hnsw": _HNSW})
        return ChromaIndex(made)

    def open(self, generation: str) -> "ChromaIndex":
        """The collection of a generation. Raises ``DependencyError`` when it is gone or damaged."""
        client = self._open_client()
        with _mapped(f"collection {generation} in {self._folder}"):
            return ChromaIndex(client.get_collection(generation, embedding_function=None))

    def sweep(self, keep: Collection[str]) -> None:
        """Delete the collections that no generation names."""
        client = self._open_client()
        with _mapped(f"old collections in {self._folder}"):
            for collection in client.list_collections():
                if collection.name not in keep:
                    client.delete_collection(collection.name)

    def close(self) -> None:
        """Close the client and its files."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _open_client(self) -> "Client":
        if self._client is None:
            try:
                self._client = self._new_client()
            except DependencyError as error:
                # A copy that cannot be opened is worth nothing: put it aside and let the indexes be built anew.
                aside = self._folder.with_name(f"{self._folder.name}-damaged-{uuid.uuid4().hex[:8]}")
                logger.warning("%s; it is put aside as %s", error, aside)
                self._forget_broken_client()
                self._folder.rename(aside)
                self._client = self._new_client()
        return self._client

    def _forget_broken_client(self) -> None:
        from chromadb.api.shared_system_client import SharedSystemClient

        # Chroma keeps what it began to open under the folder's name and would hand it out again.
        SharedSystemClient.clear_system_cache()

    def _new_client(self) -> "Client":
        import chromadb
        from chromadb.config import Settings

        self._folder.mkdir(parents=True, exist_ok=True)
        with _mapped(f"the folder {self._folder}"):
            settings = Settings(anonymized_telemetry=False)
            client = cast("Client", chromadb.PersistentClient(self._folder, settings=settings))
            client.list_collections()  # opening alone does not read the file
        return client


@contextmanager
def _mapped(what: str) -> Iterator[None]:
    """Chroma's errors as ``DependencyError`` that names what was being done."""
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, ValueError, RuntimeError) as error:
        raise DependencyError(f"Chroma, {what}: {error}") from error


class ChromaIndex:
    """A ``VectorIndex`` by cosine similarity; scores lie in -1..1."""

    def __init__(self, collection: "ChromaCollection") -> None:
        self._collection = collection
        self._deleted = int((collection.metadata or {}).get(_DELETED, 0))
        self._live: int | None = None

    @property
    def is_worn(self) -> bool:
        """Whether a third of what it ever took is deleted: that stays in the graph and crowds out what is live."""
        if self._live is None:
            with _mapped("a count"):
                self._live = self._collection.count()
        return 2 * self._deleted > self._live

    def apply(self, adds: Sequence[IndexEntry], deletes: Sequence[str]) -> None:
        """Add, then delete; ids that are there already keep their vector."""
        with _mapped("changes"):
            for start in range(0, len(adds), _BATCH):
                part = adds[start : start + _BATCH]
                vectors = np.stack([entry.vector for entry in part])
                self._collection.add(ids=[entry.chunk_id for entry in part], embeddings=vectors)
            self._live = None
            if deletes:
                self._deleted += len(deletes)
                self._collection.modify(metadata={_DELETED: self._deleted})
            for start in range(0, len(deletes), _BATCH):
                self._collection.delete(ids=list(deletes[start : start + _BATCH]))

    def search(self, query: FloatArray, k: int) -> list[ScoredId]:
        """At most ``k`` nearest passages."""
        with _mapped("a search"):
            found = self._collection.query(query_embeddings=query[None, :], n_results=k, include=["distances"])
        distances = found["distances"]
        assert distances is not None
        scored = [ScoredId(i, 1.0 - distance) for i, distance in zip(found["ids"][0], distances[0], strict=True)]
        return sorted(scored, key=lambda hit: (-hit.score, hit.chunk_id))

    def ids(self) -> set[str]:
        """Every id in the collection, read page by page."""
        found: set[str] = set()
        for offset in range(0, self._collection.count(), _BATCH):
            found.update(self._collection.get(include=[], limit=_BATCH, offset=offset)["ids"])
        return found

    def close(self) -> None:
        """Nothing of its own to close: the client belongs to ``ChromaStore``."""
