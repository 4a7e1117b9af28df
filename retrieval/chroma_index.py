"""The dense index: one Chroma collection per generation, vectors only.

Measured traps that shape this file (chromadb 1.5.9): an embedding function must be refused explicitly or Chroma loads
one; ``add`` of an id that exists does nothing, which makes replay idempotent; new ids go in before old ones go out,
because re-upserting live ids can wedge compaction after a kill.
"""

import logging
import shutil
import threading
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from core.errors import DependencyError, Unavailable
from core.ports import IndexEntry, ScoredId
from core.types import FloatArray
from retrieval.fresh_vectors import FreshVectors
from retrieval.pace import Pace
from retrieval.seal import Seal

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection as ChromaCollection

logger = logging.getLogger(__name__)

_BATCH = 5_000  # Chroma refuses more than 5,461 in one call
# Among 100,000 passages a beam of 256 finds .998 of the first ten of exact search in 4 ms, one of 400 no more in 6
# (decision 0027); an open collection keeps the beam that it was opened with. With 16 neighbours passages that are much
# alike push one another out of the graph, above all when many were replaced: one of 1,000 pages of a template was found
# by no query (chroma issue 7758), and in every third opening one of 110 among 330 deleted ones. With 48 that is every
# fiftieth opening, and none where at most a third is deleted. It costs twice the time to build (1 ms a passage at
# 20,000) and 2 ms more a query there.
_HNSW: "CreateHNSWConfiguration" = {"space": "cosine", "max_neighbors": 48, "ef_construction": 200, "ef_search": 256}
_LARGE, _LARGE_BEAM = 200_000, 512  # among 300,000 passages 400 find .992, 800 .998
_DELETED = "deleted"
_OPENING = "opening-"
_MOST_DEATHS = 2


class ChromaStore:
    """The Chroma folder of one home. Its owner holds the index lock: two processes on one folder lose vectors.

    A folder whose files are damaged is opened by nobody: ``open`` says what is wrong with it, ``create`` puts it aside.
    """

    durable = True
    fingerprint = "chroma-1.5 cosine m48 ef200"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seal = Seal(folder)
        self._client: Client | None = None
        self._guard = threading.Lock()

    def create(self, generation: str) -> "ChromaIndex":
        """A new empty collection."""
        try:
            client = self._open_client()
        except DependencyError as error:
            client = self._opened_anew(error)
        return new_collection(client, generation, mapped)

    def open(self, generation: str) -> "ChromaIndex":
        """The collection of a generation. Raises ``DependencyError`` when it is gone or damaged."""
        client = self._open_client()
        with _survived(self._folder, generation):
            return known_collection(client, generation, mapped)

    def sweep(self, keep: Collection[str]) -> None:
        """Delete the collections that no generation names."""
        client = self._open_client()
        with mapped(f"old collections in {self._folder}"):
            for collection in client.list_collections():
                if collection.name not in keep:
                    client.delete_collection(collection.name)
        for mark in self._folder.glob(f"{_OPENING}*"):
            if mark.name.removeprefix(_OPENING) not in keep:
                mark.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the client and its files, and seal them."""
        if self._client is not None:
            self._client.close()
            self._client = None
            self._seal.put()

    def _open_client(self) -> "Client":
        with self._guard:
            if self._client is None:
                if broken := self._seal.broken():
                    raise DependencyError(f"the dense indexes in {self._folder} are damaged: {'; '.join(broken[:5])}")
                self._client = self._new_client()
                self._seal.lift()
            return self._client

    def _opened_anew(self, error: DependencyError) -> "Client":
        """An empty folder in the place of one that is worth nothing; the record fills it again."""
        aside = self._folder.with_name(f"{self._folder.name}-damaged")
        logger.warning("%s; the folder is put aside as %s", error, aside)
        self._forget_broken_client()
        shutil.rmtree(aside, ignore_errors=True)
        self._folder.rename(aside)
        self._seal = Seal(self._folder)
        return self._open_client()

    def _forget_broken_client(self) -> None:
        from chromadb.api.shared_system_client import SharedSystemClient

        # Chroma keeps what it began to open under the folder's name and would hand it out again.
        SharedSystemClient.clear_system_cache()

    def _new_client(self) -> "Client":
        import chromadb
        from chromadb.config import Settings

        self._folder.mkdir(parents=True, exist_ok=True)
        with mapped(f"the folder {self._folder}"):
            settings = Settings(anonymized_telemetry=False)
            client = cast("Client", chromadb.PersistentClient(self._folder, settings=settings))
            client.list_collections()  # opening alone does not read the file
        return client


@contextmanager
def _survived(folder: Path, generation: str) -> Iterator[None]:
    """Counts the processes that died in here: a damaged graph ends the process that reads it, and a service would be
    started again and again. Raises ``DependencyError`` after two."""
    mark = folder / f"{_OPENING}{generation}"
    deaths = mark.stat().st_size if mark.exists() else 0
    if deaths >= _MOST_DEATHS:
        raise DependencyError(f"{deaths} processes ended while they opened the dense index {generation} in {folder}")
    mark.write_text("." * (deaths + 1), encoding="utf-8")
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def new_collection(client: "Client", name: str, calls: "Calls") -> "ChromaIndex":
    """A new empty collection."""
    with calls("a new collection"):
        made = client.create_collection(name, embedding_function=None, configuration={"hnsw": _HNSW})
    return ChromaIndex(made, calls)


def known_collection(client: "Client", name: str, calls: "Calls") -> "ChromaIndex":
    """The collection of a name, its graph read. Raises ``DependencyError`` when it is gone or damaged."""
    with calls(f"collection {name}"):
        collection = client.get_collection(name, embedding_function=None)
        _fit_beam(collection)
        index = ChromaIndex(collection, calls)
    index.warm()
    return index


def _fit_beam(collection: "ChromaCollection") -> None:
    """Give a collection the beam of its size, which the next process hears of: this one keeps its own."""
    beam = _LARGE_BEAM if collection.count() > _LARGE else _HNSW["ef_search"]
    if collection.configuration_json["hnsw"]["ef_search"] == beam:
        return
    with warnings.catch_warnings():
        # Chroma calls a collection without an embedding function a legacy one when it is changed.
        warnings.simplefilter("ignore", DeprecationWarning)
        collection.modify(configuration={"hnsw": {"ef_search": beam}})


class Calls(Protocol):
    """What stands around each call to Chroma: its errors as ours, and where a server is asked, how long to wait."""

    def __call__(self, what: str, *, hurried: bool = False) -> AbstractContextManager[None]:
        """``what`` is named in errors; ``hurried`` where a question waits for it."""
        ...


@contextmanager
def mapped(what: str, *, hurried: bool = False) -> Iterator[None]:
    """Chroma's errors as ``DependencyError`` that names what was being done."""
    from chromadb.errors import ChromaError

    try:
        yield
    except Exception as error:
        # Chroma raises a bare Exception for answers of a server that it has no class for.
        if isinstance(error, (ChromaError, ValueError, RuntimeError)) or type(error) is Exception:
            raise DependencyError(f"Chroma, {what}: {error}") from error
        raise


class ChromaIndex:
    """A ``VectorIndex`` by cosine similarity; scores lie in -1..1."""

    def __init__(self, collection: "ChromaCollection", calls: Calls) -> None:
        self._collection = collection
        self._calls = calls
        self._deleted = int((collection.metadata or {}).get(_DELETED, 0))
        self._live: int | None = None
        self._failed = False
        self._fresh = FreshVectors()
        self._pace = Pace()

    @property
    def is_worn(self) -> bool:
        """Whether it cannot be read, or a third of what it ever took is deleted: that stays in the graph and crowds
        out what is live."""
        if self._failed:
            return True
        if self._live is None:
            with self._calls("a count"):
                self._live = self._collection.count()
        return 2 * self._deleted > self._live

    def expect(self, adds: Sequence[IndexEntry]) -> None:
        """Searches of this process find these from now on; ``apply`` brings them."""
        self._fresh = self._fresh.plus(adds)

    def portion(self, waiting: int) -> int:
        """How many of so many waiting changes to apply now."""
        return self._pace.portion(waiting)

    def apply(self, adds: Sequence[IndexEntry], deletes: Sequence[str]) -> None:
        """Add, then delete; ids that are there already keep their vector."""
        with self._calls("changes"):
            self._add(adds)
            self._live = None
            if deletes:
                self._deleted += len(deletes)
                self._collection.modify(metadata={_DELETED: self._deleted})
            for start in range(0, len(deletes), _BATCH):
                self._collection.delete(ids=list(deletes[start : start + _BATCH]))
            self._fresh = self._fresh.without(deletes)

    def _add(self, adds: Sequence[IndexEntry]) -> None:
        self.expect(adds)
        start = 0
        while part := adds[start : start + self._pace.slice_size]:
            started = monotonic()
            ids = [entry.chunk_id for entry in part]
            self._collection.add(ids=[*ids], embeddings=np.stack([entry.vector for entry in part]))
            # What was added goes into the graph when Chroma is asked: a question should not wait for that.
            self._nearest(part[0].vector, 1)
            self._fresh = self._fresh.without(ids)
            self._pace.took(len(part), monotonic() - started)
            start += len(part)

    def warm(self) -> None:
        """Read the graph, so that no question waits for that and a damaged one is known."""
        with self._calls("the first reading"):
            first = self._collection.get(limit=1, include=["embeddings"])["embeddings"]
            if first is not None and len(first):
                self._nearest(np.asarray(first[0], dtype=np.float32), 1)

    def search(self, query: FloatArray, k: int) -> list[ScoredId]:
        """At most ``k`` nearest passages."""
        self._pace.asked()
        fresh = self._fresh  # before the graph is asked: what leaves these meanwhile is there
        try:
            with self._calls("a search", hurried=True):
                scored = self._nearest(query, k)
        except Unavailable:
            raise
        except DependencyError:
            self._failed = True
            raise
        return fresh.beside(scored, query, k)

    def _nearest(self, query: FloatArray, k: int) -> list[ScoredId]:
        found = self._collection.query(query_embeddings=query[None, :], n_results=k, include=["distances"])
        distances = found["distances"]
        assert distances is not None
        return [ScoredId(i, 1.0 - distance) for i, distance in zip(found["ids"][0], distances[0], strict=True)]

    def ids(self) -> set[str]:
        """Every id in the collection, read page by page."""
        found: set[str] = set()
        with self._calls("all ids"):
            for offset in range(0, self._collection.count(), _BATCH):
                found.update(self._collection.get(include=[], limit=_BATCH, offset=offset)["ids"])
        return found

    def vectors(self, ids: Sequence[str]) -> dict[str, FloatArray]:
        """The vectors that it holds, by id."""
        with self._calls("vectors"):
            found = self._collection.get(ids=list(ids), include=["embeddings"])
        rows = found["embeddings"]
        assert rows is not None
        return {i: np.asarray(row, dtype=np.float32) for i, row in zip(found["ids"], rows, strict=True)}

    def close(self) -> None:
        """Nothing of its own to close: the client belongs to its store."""
