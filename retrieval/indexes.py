"""The two indexes of each knowledge base, kept in step with the record by the one process that owns them.

An index is a copy. It is opened where the record knows a live generation of the right fingerprint and built anew
otherwise; from its watermark it follows the outbox.
"""

import logging
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from core.errors import CitedeskError, DependencyError, NotFound
from core.ports import ChunkIndex, Embedder, IndexEntry, LexicalIndex, VectorIndex
from core.types import Stage
from store.catalog import Catalog
from store.ledger import Generation, Ledger, LivePassage

logger = logging.getLogger(__name__)

_BUILD_BATCH = 2_000
_CHANGE_BATCH = 5_000

_AnyIndex: TypeAlias = ChunkIndex[Any]  # the two arms differ only in what a query is


class IndexStore(Protocol):
    """Where the generations of one arm are kept. ``fingerprint`` names everything that decides an index's content."""

    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    def create(self, generation: str) -> _AnyIndex: ...  # noqa: D102
    def open(self, generation: str) -> _AnyIndex: ...  # noqa: D102
    def sweep(self, keep: Collection[str]) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


@dataclass(slots=True)
class _Followed:
    """An open generation and how far it has come."""

    generation: Generation
    index: _AnyIndex
    watermark: int


class Indexes:
    """Opens, builds and follows. Used only by the process that holds the index lock."""

    def __init__(
        self, *, catalog: Catalog, embedder: Embedder, dense: IndexStore, lexical: IndexStore, embed_batch: int = 64
    ) -> None:
        self._catalog = catalog
        self._ledger = Ledger(catalog)
        self._embedder = embedder
        self._stores = {Stage.DENSE: dense, Stage.LEXICAL: lexical}
        self._embed_batch = embed_batch
        self._open: dict[tuple[str, Stage], _Followed] = {}
        self._building: set[str] = set()
        self._locks: dict[tuple[str, Stage], threading.Lock] = {}
        self._guard = threading.Lock()
        self._follower: threading.Thread | None = None
        self._stop = threading.Event()

    def dense(self, kb: str) -> VectorIndex:
        """The dense index; caught up first unless a follower does that in the background."""
        return self._current(kb, Stage.DENSE)

    def lexical(self, kb: str) -> LexicalIndex:
        """The lexical index; caught up first unless a follower does that in the background."""
        return self._current(kb, Stage.LEXICAL)

    def catch_up(self, kb: str) -> None:
        """Bring both indexes to the head of the record."""
        for arm in self._stores:
            self._follow(kb, arm)

    def rebuild(self, kb: str) -> None:
        """Build both indexes beside the old ones, which answer until the new ones take their place."""
        for arm in self._stores:
            with self._lock(kb, arm):
                self._swap(kb, arm, self._build(kb, arm))
        self.sweep()

    def sweep(self) -> None:
        """Delete what is left of generations that no longer answer, and of builds that a crash cut short."""
        with self._guard:  # no build may begin between the reading and the deleting
            known = self._ledger.generations()
            kept = {g.id for g in known if g.live or g.id in self._building}
            self._ledger.forget([g for g in known if g.id not in kept])
            for store in self._stores.values():
                store.sweep(kept)

    def start_following(self, seconds: float) -> None:
        """Catch up with every knowledge base in the background, every so many seconds, until ``close``."""
        self._follower = threading.Thread(target=self._follow_all, args=(seconds,), name="index-follower", daemon=True)
        self._follower.start()

    def lag(self) -> dict[str, int]:
        """Changes that an open index has not seen yet, by knowledge base; the larger of the two arms."""
        behind: dict[str, int] = {}
        for (kb, _), followed in list(self._open.items()):
            try:
                behind[kb] = max(behind.get(kb, 0), self._ledger.head(kb) - followed.watermark)
            except NotFound:
                continue
        return behind

    def close(self) -> None:
        """Stop following and close every index."""
        self._stop.set()
        if self._follower is not None:
            self._follower.join()
        for followed in self._open.values():
            followed.index.close()
        self._open.clear()
        for store in self._stores.values():
            store.close()

    def _current(self, kb: str, arm: Stage) -> _AnyIndex:
        followed = self._open.get((kb, arm))
        if followed is None or self._follower is None:
            followed = self._follow(kb, arm)
        return followed.index

    def _follow(self, kb: str, arm: Stage) -> _Followed:
        with self._lock(kb, arm):
            followed = self._opened(kb, arm)
            while changes := self._ledger.changed_since(kb, followed.watermark, _CHANGE_BATCH):
                self._replay(kb, followed, sorted({chunk_id for _, chunk_id in changes}))
                followed.watermark = changes[-1][0]
                self._ledger.advance(followed.generation, followed.watermark)
            return followed

    def _opened(self, kb: str, arm: Stage) -> _Followed:
        store = self._stores[arm]
        live = self._ledger.live_generation(kb, arm.value)
        known = self._open.get((kb, arm))
        if known is not None and live is not None and known.generation.id == live.id:
            return known
        if live is not None and live.fingerprint == store.fingerprint:
            try:
                return self._swap(kb, arm, _Followed(live, store.open(live.id), live.watermark))
            except DependencyError as error:
                logger.warning("the %s index of %s is built anew: %s", arm.value, kb, error)
        return self._swap(kb, arm, self._build(kb, arm))

    def _build(self, kb: str, arm: Stage) -> _Followed:
        store = self._stores[arm]
        with self._guard:
            generation = self._ledger.begin(kb, arm.value, store.fingerprint)
            self._building.add(generation.id)
        try:
            index = store.create(generation.id)
            for page in self._ledger.all_passages(kb, self._embedder.fingerprint, _BUILD_BATCH):
                index.apply(self._entries(page), ())
            self._ledger.publish(generation)
        finally:
            self._building.discard(generation.id)
        return _Followed(generation, index, generation.watermark)

    def _swap(self, kb: str, arm: Stage, new: _Followed) -> _Followed:
        old = self._open.get((kb, arm))
        self._open[kb, arm] = new
        if old is not None:
            old.index.close()
        return new

    def _replay(self, kb: str, followed: _Followed, changed: Sequence[str]) -> None:
        """What lives now goes in, what does not goes out: the same whatever order the changes came in."""
        live = self._ledger.passages(kb, self._embedder.fingerprint, changed)
        adds = self._entries([live[i] for i in changed if i in live])
        followed.index.apply(adds, [i for i in changed if i not in live])

    def _entries(self, passages: Sequence[LivePassage]) -> list[IndexEntry]:
        """Entries with vectors; texts that this embedder has not seen are embedded and kept in the record."""
        vectors = {p.text_key: p.vector for p in passages if p.vector is not None}
        unseen = {p.text_key: p.text for p in passages if p.vector is None}
        keys = list(unseen)
        for start in range(0, len(keys), self._embed_batch):
            part = keys[start : start + self._embed_batch]
            made = dict(zip(part, self._embedder.embed_passages([unseen[key] for key in part]), strict=True))
            self._catalog.put_vectors(made, fingerprint=self._embedder.fingerprint)
            vectors |= made
        return [IndexEntry(chunk_id=p.chunk_id, text=p.text, vector=vectors[p.text_key]) for p in passages]

    def _follow_all(self, seconds: float) -> None:
        while not self._stop.wait(seconds):
            try:
                self._catch_up_with_all()
            except Exception:
                # Whatever it was, a thread that ended here would leave the indexes stale for good.
                logger.exception("catching up failed; it is tried again in %s s", seconds)

    def _catch_up_with_all(self) -> None:
        for kb in self._catalog.kb_names():
            try:
                self.catch_up(kb)
            except NotFound:
                continue  # deleted since its name was read
            except CitedeskError:
                logger.exception("catching up with %s failed; the others go on", kb)

    def _lock(self, kb: str, arm: Stage) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault((kb, arm), threading.Lock())
