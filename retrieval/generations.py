"""The generations of the indexes on disk: opening, building, following and sweeping, each arm under its own lock."""

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from core.errors import DependencyError
from core.ports import ChunkIndex, Embedder, IndexEntry
from core.types import FloatArray, Stage
from store.catalog import Catalog
from store.editions import Edition, Recipe
from store.ledger import DETACHED, Generation, Ledger, LivePassage

logger = logging.getLogger(__name__)

_BUILD_BATCH = 2_000
_CHANGE_BATCH = 5_000
_NO_VECTOR: FloatArray = np.zeros(0, dtype=np.float32)

AnyIndex: TypeAlias = ChunkIndex[Any]  # the two arms differ only in what a query is
_Place: TypeAlias = tuple[int, Stage]
Check: TypeAlias = Callable[[], None]


def go_on() -> None:
    """The check of a build that nobody ends."""


class IndexStore(Protocol):
    """Where the generations of one arm are kept. ``fingerprint`` names engine and settings."""

    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    def create(self, generation: str) -> AnyIndex: ...  # noqa: D102
    def open(self, generation: str) -> AnyIndex: ...  # noqa: D102
    def sweep(self, keep: Collection[str]) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


@dataclass(slots=True)
class Followed:
    """An open generation and how far it has come."""

    generation: Generation
    index: AnyIndex
    watermark: int


class Generations:
    """What is open, by edition and arm. ``embedder_of`` gives the embedder of a recipe, for texts without a vector."""

    def __init__(
        self,
        catalog: Catalog,
        ledger: Ledger,
        embedder_of: Callable[[Recipe], Embedder],
        stores: dict[Stage, IndexStore],
        embed_batch: int,
    ) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self._embedder_of = embedder_of
        self._stores = stores
        self._embed_batch = embed_batch
        self._open: dict[_Place, Followed] = {}
        self._retired: dict[_Place, Followed] = {}
        self._building: set[str] = set()
        self._locks: dict[_Place, threading.Lock] = {}
        self._guard = threading.Lock()

    def opened(self, edition: Edition, arm: Stage) -> Followed | None:
        """What is open, or was when the edition last answered: a search that began before a switch ends there."""
        place = (edition.id, arm)
        return self._open.get(place) or self._retired.get(place)

    def watermarks(self, edition: Edition) -> list[int]:
        """How far the open indexes of an edition have come."""
        return [each.watermark for (number, _), each in list(self._open.items()) if number == edition.id]

    def follow(self, edition: Edition, arm: Stage, check: Check = go_on) -> Followed:
        """The index of one arm, opened or built if need be, at the head of the record.

        ``check`` may raise to end a build, which is then begun anew another time.
        """
        with self._lock(edition, arm):
            followed = self._opened(edition, arm, check)
            while changes := self._ledger.changed_since(edition.kb, followed.watermark, _CHANGE_BATCH):
                self._replay(edition, arm, followed, sorted({chunk_id for _, chunk_id in changes}))
                followed.watermark = changes[-1][0]
                self._ledger.advance(followed.generation, followed.watermark)
            if followed.index.is_worn:
                self.sweep()  # of the one before; searches that began in this one go on in it
                followed = self._swap(edition, arm, self._build(edition, arm, check))
            return followed

    def rebuild(self, edition: Edition, arm: Stage) -> None:
        """Build one arm anew beside the old one, then put it in its place."""
        with self._lock(edition, arm):
            self._swap(edition, arm, self._build(edition, arm, go_on))

    def retire(self, edition: Edition) -> None:
        """Close what an edition had open; it can be read on until the next one is retired, and opened again."""
        with self._guard:
            places = [place for place in self._open if place[0] == edition.id]
            self._retired = {place: self._open.pop(place) for place in places}
        for followed in self._retired.values():
            followed.index.close()

    def sweep(self) -> None:
        """Delete what no edition needs any more, and builds that a crash cut short."""
        with self._guard:  # no build may begin between the reading and the deleting
            known = self._ledger.generations()
            kept = {g.id for g in known if g.complete or g.id in self._building}
            self._ledger.forget([g for g in known if g.id not in kept])
            for store in self._stores.values():
                store.sweep(kept)

    def close(self) -> None:
        """Close every index."""
        for followed in self._open.values():
            followed.index.close()
        self._open.clear()
        self._retired.clear()

    def _opened(self, edition: Edition, arm: Stage, check: Check) -> Followed:
        ready = self._ledger.ready(edition.id, arm.value)
        known = self._open.get((edition.id, arm))
        if ready is not None and ready.fingerprint == self._fingerprint(edition, arm):
            if known is not None and known.generation.id == ready.id and ready.watermark != DETACHED:
                return known
            try:
                index = known.index if known and known.generation.id == ready.id else self._stores[arm].open(ready.id)
                return self._swap(edition, arm, self._attached(edition, arm, ready, index))
            except DependencyError as error:
                logger.warning("the %s index of %s is built anew: %s", arm.value, edition.kb, error)
        return self._swap(edition, arm, self._build(edition, arm, check))

    def _attached(self, edition: Edition, arm: Stage, generation: Generation, index: AnyIndex) -> Followed:
        """An index that follows the record; one of an edition that was left is first compared with it, id by id."""
        if generation.watermark != DETACHED:
            return Followed(generation, index, generation.watermark)
        head = self._ledger.head(edition.kb)
        self._fill(edition, arm, index, index.ids(), go_on)
        self._ledger.attach(generation, head)
        return Followed(generation, index, head)

    def _build(self, edition: Edition, arm: Stage, check: Check) -> Followed:
        with self._guard:
            generation = self._ledger.begin(edition.kb, edition.id, arm.value, self._fingerprint(edition, arm))
            self._building.add(generation.id)
        try:
            index = self._stores[arm].create(generation.id)
            self._fill(edition, arm, index, set(), check)
            self._ledger.publish(generation)
        finally:
            self._building.discard(generation.id)
        return Followed(generation, index, generation.watermark)

    def _fill(self, edition: Edition, arm: Stage, index: AnyIndex, held: set[str], check: Check) -> None:
        """Make an index that holds the ids ``held`` hold those of the edition: an id names its text for good."""
        fingerprint = edition.recipe.fingerprint
        for page in self._ledger.all_passages(edition.kb, fingerprint, _BUILD_BATCH, edition.id):
            check()
            index.apply(self._entries(edition, arm, [each for each in page if each.chunk_id not in held]), ())
            held -= {each.chunk_id for each in page}
        index.apply((), sorted(held))

    def _swap(self, edition: Edition, arm: Stage, new: Followed) -> Followed:
        old = self._open.get((edition.id, arm))
        self._open[edition.id, arm] = new
        if old is not None and old.index is not new.index:
            old.index.close()
        return new

    def _replay(self, edition: Edition, arm: Stage, followed: Followed, changed: Sequence[str]) -> None:
        """What stands now goes in, what does not goes out: the same whatever order the changes came in."""
        standing = self._ledger.passages(edition.kb, edition.recipe.fingerprint, changed, edition.id)
        adds = self._entries(edition, arm, [standing[i] for i in changed if i in standing])
        followed.index.apply(adds, [i for i in changed if i not in standing])

    def _entries(self, edition: Edition, arm: Stage, passages: Sequence[LivePassage]) -> list[IndexEntry]:
        """Entries with vectors; texts that the edition's embedder has not seen are embedded and kept in the record.

        Words need no vectors: they are found also where the embedder is gone.
        """
        if arm is Stage.LEXICAL:
            return [IndexEntry(chunk_id=p.chunk_id, text=p.text, vector=_NO_VECTOR) for p in passages]
        vectors = {p.text_key: p.vector for p in passages if p.vector is not None}
        unseen = {p.text_key: p.text for p in passages if p.vector is None}
        vectors |= self._embedded(edition.recipe, unseen)
        return [IndexEntry(chunk_id=p.chunk_id, text=p.text, vector=vectors[p.text_key]) for p in passages]

    def _embedded(self, recipe: Recipe, unseen: Mapping[str, str]) -> dict[str, FloatArray]:
        vectors: dict[str, FloatArray] = {}
        keys = list(unseen)
        for start in range(0, len(keys), self._embed_batch):
            part = keys[start : start + self._embed_batch]
            rows = self._embedder_of(recipe).embed_passages([unseen[key] for key in part])
            made = dict(zip(part, rows, strict=True))
            self._catalog.put_vectors(made, fingerprint=recipe.fingerprint)
            vectors |= made
        return vectors

    def _fingerprint(self, edition: Edition, arm: Stage) -> str:
        """Names everything that decides an index's content besides the passages."""
        engine = self._stores[arm].fingerprint
        return f"{engine} {edition.recipe.fingerprint}" if arm is Stage.DENSE else engine

    def _lock(self, edition: Edition, arm: Stage) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault((edition.id, arm), threading.Lock())
