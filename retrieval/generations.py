"""The generations of the indexes on disk: opening, building, following and sweeping, each arm under its own lock."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol, TypeAlias

import numpy as np

from core.errors import DependencyError, Unavailable
from core.ports import ChunkIndex, Embedder, IndexEntry, PacedIndex
from core.types import FloatArray, Stage
from retrieval.pace import MOST_WAITING
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
    """An open generation and how far it has come. ``waiting`` are the changes after its watermark that searches find
    already, as (number, passage id), oldest first."""

    generation: Generation
    index: AnyIndex
    watermark: int
    waiting: deque[tuple[int, str]] = field(default_factory=deque)

    @property
    def seen(self) -> int:
        """The last outbox number that searches find."""
        return self.waiting[-1][0] if self.waiting else self.watermark


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
        self._sweeping = threading.Lock()

    def opened(self, edition: Edition, arm: Stage) -> Followed | None:
        """What is open, or was when the edition last answered: a search that began before a switch ends there."""
        place = (edition.id, arm)
        return self._open.get(place) or self._retired.get(place)

    def watermarks(self, edition: Edition) -> list[int]:
        """How far the open indexes of an edition have come."""
        return [each.watermark for (number, _), each in list(self._open.items()) if number == edition.id]

    def follow(self, edition: Edition, arm: Stage, check: Check = go_on) -> Followed:
        """The index of one arm, opened or built if need be, at the head of the record.

        ``check`` may raise to end a build, which is then begun anew another time. Raises ``Unavailable`` where the
        engine is away for now.
        """
        with self._lock(edition, arm):
            followed = self._brought_up(edition, arm, self._opened(edition, arm, check))
        return self.rebuild(edition, arm, check) if followed.index.is_worn else followed

    def follow_open(self, edition: Edition, arm: Stage) -> Followed | None:
        """As ``follow``; None where the index would have to be opened or built first. A worn one stays as it is."""
        with self._lock(edition, arm):
            followed = self._still_open(edition, arm, self._ledger.ready(edition.id, arm.value))
            if followed is not None:
                self._follow_at_pace(edition, arm, followed)
            return followed

    def whole(self, edition: Edition, arm: Stage) -> Followed:
        """As ``follow``, and nothing is built. Raises ``DependencyError`` where the index is gone or damaged."""
        with self._lock(edition, arm):
            return self._brought_up(edition, arm, self._ready(edition, arm))

    def rebuild(self, edition: Edition, arm: Stage, check: Check = go_on) -> Followed:
        """Build one arm anew beside the old one, which answers and may follow meanwhile, then put it in its place."""
        self.sweep()  # of the one before; searches that began in this one go on in it
        new = self._filled(edition, arm, check)
        try:
            self._catch_up(edition, arm, new)
            with self._lock(edition, arm):
                self._catch_up(edition, arm, new)
                return self._published(edition, arm, new)
        except BaseException:
            self._abandon(new.generation)
            raise

    def retire(self, edition: Edition) -> None:
        """Close what an edition had open; it can be read on until the next one is retired, and opened again."""
        with self._guard:
            places = [place for place in self._open if place[0] == edition.id]
            self._retired = {place: self._open.pop(place) for place in places}
        for followed in self._retired.values():
            followed.index.close()

    def sweep(self) -> None:
        """Delete what no edition needs any more, and builds that a crash cut short."""
        with self._sweeping:  # no build may begin between the reading and the deleting
            known = self._ledger.generations()
            kept = {g.id for g in known if g.complete or g.id in self._building}
            self._ledger.forget([g for g in known if g.id not in kept])
            for arm, store in self._stores.items():
                try:
                    store.sweep(kept)
                except DependencyError as error:
                    # Rubbish takes space and nothing else; what is open is not less right for it.
                    logger.warning("old %s indexes are not swept: %s", arm.value, error)

    def close(self) -> None:
        """Close every index."""
        for followed in self._open.values():
            followed.index.close()
        self._open.clear()
        self._retired.clear()

    def _opened(self, edition: Edition, arm: Stage, check: Check) -> Followed:
        try:
            return self._ready(edition, arm)
        except Unavailable:
            raise
        except DependencyError as error:
            if self._ledger.ready(edition.id, arm.value) is not None:
                logger.warning("the %s index of %s is built anew: %s", arm.value, edition.kb, error)
        return self._published(edition, arm, self._filled(edition, arm, check))

    def _ready(self, edition: Edition, arm: Stage) -> Followed:
        """The generation that the record calls complete, opened. Raises ``DependencyError``."""
        ready = self._ledger.ready(edition.id, arm.value)
        if still := self._still_open(edition, arm, ready):
            return still
        wanted = self._fingerprint(edition, arm)
        if ready is None:
            raise DependencyError(f"no {arm.value} index of {edition.kb} was built yet")
        if ready.fingerprint != wanted:
            raise DependencyError(f"the {arm.value} index of {edition.kb} is of {ready.fingerprint!r}, not {wanted!r}")
        known = self._open.get((edition.id, arm))
        index = known.index if known and known.generation.id == ready.id else self._stores[arm].open(ready.id)
        return self._attached(edition, arm, ready, index)

    def _still_open(self, edition: Edition, arm: Stage, ready: Generation | None) -> Followed | None:
        """What is open already, where the record wants that and nothing else."""
        known = self._open.get((edition.id, arm))
        if known is None or ready is None or ready.id != known.generation.id or ready.watermark == DETACHED:
            return None
        return known if ready.fingerprint == self._fingerprint(edition, arm) else None

    def _brought_up(self, edition: Edition, arm: Stage, followed: Followed) -> Followed:
        """At the head of the record and, only then, where searches find it."""
        try:
            self._catch_up(edition, arm, followed)
        except BaseException:
            known = self._open.get((edition.id, arm))
            if known is None or known.index is not followed.index:
                followed.index.close()
            raise
        return self._swap(edition, arm, followed)

    def _catch_up(self, edition: Edition, arm: Stage, followed: Followed) -> None:
        while changes := self._ledger.changed_since(edition.kb, followed.watermark, _CHANGE_BATCH):
            self._take_in(edition, arm, followed, changes)

    def _follow_at_pace(self, edition: Edition, arm: Stage, followed: Followed) -> None:
        """As ``_catch_up``; an index that holds up questions finds all changes at once and takes some of them in."""
        index = followed.index
        if not isinstance(index, PacedIndex):
            self._catch_up(edition, arm, followed)
            return
        while True:
            self._show(edition, arm, followed, index)
            wanted = min(_CHANGE_BATCH, index.portion(len(followed.waiting)))
            if not wanted:
                return
            self._take_in(edition, arm, followed, [*islice(followed.waiting, wanted)])

    def _show(self, edition: Edition, arm: Stage, followed: Followed, index: PacedIndex) -> None:
        while len(followed.waiting) <= MOST_WAITING:
            changes = self._ledger.changed_since(edition.kb, followed.seen, _CHANGE_BATCH)
            if not changes:
                return
            index.expect(self._standing(edition, arm, {chunk_id for _, chunk_id in changes})[0])
            followed.waiting.extend(changes)

    def _take_in(self, edition: Edition, arm: Stage, followed: Followed, changes: Sequence[tuple[int, str]]) -> None:
        self._replay(edition, arm, followed, {chunk_id for _, chunk_id in changes})
        followed.watermark = changes[-1][0]
        while followed.waiting and followed.waiting[0][0] <= followed.watermark:
            followed.waiting.popleft()
        self._ledger.advance(followed.generation, followed.watermark)

    def _attached(self, edition: Edition, arm: Stage, generation: Generation, index: AnyIndex) -> Followed:
        """An index that follows the record; one of an edition that was left is first compared with it, id by id."""
        if generation.watermark != DETACHED:
            return Followed(generation, index, generation.watermark)
        head = self._ledger.head(edition.kb)
        self._fill(edition, arm, index, index.ids(), go_on)
        self._ledger.attach(generation, head)
        return Followed(generation, index, head)

    def _filled(self, edition: Edition, arm: Stage, check: Check) -> Followed:
        """A new generation that holds the record as it was when its filling began; nobody knows of it yet."""
        with self._sweeping:
            generation = self._ledger.begin(edition.kb, edition.id, arm.value, self._fingerprint(edition, arm))
            self._building.add(generation.id)
        try:
            index = self._stores[arm].create(generation.id)
            self._fill(edition, arm, index, set(), check)
        except BaseException:
            self._abandon(generation)
            raise
        return Followed(generation, index, generation.watermark)

    def _abandon(self, generation: Generation) -> None:
        """Forget a build that came to nothing: it would hold back the outbox."""
        self._building.discard(generation.id)
        self._ledger.forget([generation])

    def _published(self, edition: Edition, arm: Stage, new: Followed) -> Followed:
        """A new generation in the place of the old one, in the record and here."""
        self._ledger.publish(new.generation)
        self._building.discard(new.generation.id)
        return self._swap(edition, arm, new)

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

    def _replay(self, edition: Edition, arm: Stage, followed: Followed, changed: Collection[str]) -> None:
        followed.index.apply(*self._standing(edition, arm, changed))

    def _standing(self, edition: Edition, arm: Stage, changed: Collection[str]) -> tuple[list[IndexEntry], list[str]]:
        """What stands now, to go in, and what does not, to go out: the same whatever order the changes came in."""
        ids = sorted(changed)
        standing = self._ledger.passages(edition.kb, edition.recipe.fingerprint, ids, edition.id)
        adds = self._entries(edition, arm, [standing[i] for i in ids if i in standing])
        return adds, [i for i in ids if i not in standing]

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
