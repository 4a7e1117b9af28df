"""The dense index: one Chroma collection per generation, vectors only.

Measured traps that shape this file (chromadb 1.5.9): an embedding function must be refused explicitly or Chroma loads
one; ``add`` of an id that exists does nothing, which makes replay idempotent; new ids go in before old ones go out,
because re-upserting live ids can wedge compaction after a kill.
"""

from collections.abc import Collection, Sequence
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

_BATCH = 5_000  # Chroma refuses more than 5,461 in one call
_HNSW: "CreateHNSWConfiguration" = {"space": "cosine", "max_neighbors": 16, "ef_construction": 100, "ef_search": 100}


class ChromaStore:
    """The Chroma folder of one home. Its owner holds the index lock: two processes on one folder lose vectors."""

    durable = True

    def __init__(self, folder: Path, embedder_fingerprint: str) -> None:
        self.fingerprint = f"chroma-1.5 cosine m16 {embedder_fingerprint}"
        self._folder = folder
        self._client: Client | None = None

    def create(self, generation: str) -> "ChromaIndex":
        """A new empty collection."""
        made = self._open_client().create_collection(generation, embedding_function=None, configuration={"hnsw": _HNSW})
        return ChromaIndex(made)

    def open(self, generation: str) -> "ChromaIndex":
        """The collection of a generation. Raises ``DependencyError`` when it is gone or damaged."""
        from chromadb.errors import ChromaError

        try:
            return ChromaIndex(self._open_client().get_collection(generation, embedding_function=None))
        except (ChromaError, ValueError) as error:
            raise DependencyError(f"Chroma collection {generation} in {self._folder}: {error}") from error

    def sweep(self, keep: Collection[str]) -> None:
        """Delete the collections that no generation names."""
        client = self._open_client()
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
            import chromadb
            from chromadb.config import Settings

            self._folder.mkdir(parents=True, exist_ok=True)
            settings = Settings(anonymized_telemetry=False)
            self._client = cast("Client", chromadb.PersistentClient(self._folder, settings=settings))
        return self._client


class ChromaIndex:
    """A ``VectorIndex`` by cosine similarity; scores lie in -1..1."""

    def __init__(self, collection: "ChromaCollection") -> None:
        self._collection = collection

    def apply(self, adds: Sequence[IndexEntry], deletes: Sequence[str]) -> None:
        """Add, then delete; ids that are there already keep their vector."""
        for start in range(0, len(adds), _BATCH):
            part = adds[start : start + _BATCH]
            vectors = np.stack([entry.vector for entry in part])
            self._collection.add(ids=[entry.chunk_id for entry in part], embeddings=vectors)
        for start in range(0, len(deletes), _BATCH):
            self._collection.delete(ids=list(deletes[start : start + _BATCH]))

    def search(self, query: FloatArray, k: int) -> list[ScoredId]:
        """At most ``k`` nearest passages."""
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
