"""The two indexes of each knowledge base, kept in step with the record by the one process that owns them.

An index is a copy, of one edition. It is opened where the record knows a complete generation of the right fingerprint
and built anew otherwise; from its watermark it follows the outbox. A search sees one ``View``: when another edition has
taken over in the record, its indexes are opened and brought up first, and then answer in place of the old ones.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, cast

from core.errors import CitedeskError, DependencyError, DependencyMissing, ModelRefused, NotFound
from core.ports import Embedder, LexicalIndex, VectorIndex
from core.types import Stage
from retrieval.generations import AnyIndex, Check, Generations, IndexStore, go_on
from store.catalog import Catalog
from store.editions import Edition, Editions, EditionState, Recipe
from store.ledger import Ledger

logger = logging.getLogger(__name__)

_ARMS = (Stage.DENSE, Stage.LEXICAL)


class Encoders(Protocol):
    """Which embedder reads which edition."""

    def recipe(self) -> Recipe:
        """Of a knowledge base that has no edition yet."""
        ...

    def of(self, recipe: Recipe) -> Embedder:
        """The embedder of a recipe's fingerprint. Raises ``DependencyMissing`` or ``ModelRefused`` where it is gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one search reads, from its start to its end, whatever is switched meanwhile. The parts are opened at use."""

    edition: Edition
    embedder: Callable[[], Embedder]
    dense: Callable[[], VectorIndex]
    lexical: Callable[[], LexicalIndex]


class Indexes:
    """Opens, builds and follows. Used only by the process that holds the index lock."""

    def __init__(
        self, *, catalog: Catalog, encoders: Encoders, dense: IndexStore, lexical: IndexStore, embed_batch: int = 64
    ) -> None:
        self._catalog = catalog
        self._editions = Editions(catalog)
        self._ledger = Ledger(catalog)
        self._encoders = encoders
        self._stores = {Stage.DENSE: dense, Stage.LEXICAL: lexical}
        self._generations = Generations(catalog, self._ledger, encoders.of, self._stores, embed_batch)
        self._answering: dict[str, Edition] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._follower: threading.Thread | None = None
        self._stop = threading.Event()

    def view(self, kb: str) -> View:
        """What answers now; caught up first unless a follower does that in the background. Raises ``NotFound``."""
        edition = self._answering.get(kb)
        if edition is None or self._follower is None or not self._catalog.has_edition(edition.id):
            edition = self._settled(kb)
        return View(
            edition=edition,
            embedder=partial(self._encoders.of, edition.recipe),
            dense=partial(self._index, edition, Stage.DENSE),
            lexical=lambda: cast("LexicalIndex", self._index(edition, Stage.LEXICAL)),
        )

    def answering(self, kb: str) -> Edition | None:
        """The edition that answers, or None where there is none yet."""
        return self._answering.get(kb) or self._editions.of(kb).get(EditionState.CURRENT)

    def dense(self, kb: str) -> VectorIndex:
        """The dense index that answers."""
        return self.view(kb).dense()

    def lexical(self, kb: str) -> LexicalIndex:
        """The lexical index that answers."""
        return self.view(kb).lexical()

    def catch_up(self, kb: str) -> None:
        """Bring both indexes to the head of the record, of the edition that answers there."""
        edition = self._settled(kb)
        failed = [error for arm in _ARMS if (error := self._try_to_follow(edition, arm))]
        if failed:
            raise failed[0]

    def prepare(self, edition: Edition, check: Check = go_on) -> None:
        """Build or bring up both indexes of an edition that does not answer yet; the others answer meanwhile.

        Raises whatever ``check`` raises, which is asked every 2,000 passages.
        """
        for arm in _ARMS:
            self._generations.follow(edition, arm, check)

    def rebuild(self, kb: str) -> None:
        """Build both indexes beside the old ones, which answer until the new ones take their place."""
        edition = self._settled(kb)
        for arm in _ARMS:
            self._generations.rebuild(edition, arm)
        self.sweep()

    def sweep(self) -> None:
        """Delete what is left of generations that no edition needs, and of builds that a crash cut short."""
        self._generations.sweep()

    def start_following(self, seconds: float) -> None:
        """Catch up with every knowledge base in the background, every so many seconds, until ``close``."""
        self._follower = threading.Thread(target=self._follow_all, args=(seconds,), name="index-follower", daemon=True)
        self._follower.start()

    def lag(self) -> dict[str, int]:
        """Changes that an open index has not seen yet, by knowledge base; the larger of the two arms."""
        behind: dict[str, int] = {}
        for kb, edition in list(self._answering.items()):
            try:
                head = self._ledger.head(kb)
            except NotFound:
                continue
            behind[kb] = max((head - mark for mark in self._generations.watermarks(edition)), default=0)
        return behind

    def close(self) -> None:
        """Stop following and close every index."""
        self._stop.set()
        if self._follower is not None:
            self._follower.join()
        self._generations.close()
        for store in self._stores.values():
            store.close()

    def _settled(self, kb: str) -> Edition:
        """The edition that answers in the record, its indexes ready where another one answered before."""
        with self._lock(kb):
            known = self._editions.of(kb).get(EditionState.CURRENT)
            edition = known or self._editions.settle(kb, self._encoders.recipe())
            old = self._answering.get(kb)
            if old is not None and old.id != edition.id:
                for arm in _ARMS:
                    self._try_to_follow(edition, arm)
                self._generations.retire(old)
            self._answering[kb] = edition
            return edition

    def _index(self, edition: Edition, arm: Stage) -> AnyIndex:
        known = self._generations.opened(edition, arm)
        if known is None or (self._follower is None and self._answers(edition)):
            known = self._generations.follow(edition, arm)
        return known.index

    def _answers(self, edition: Edition) -> bool:
        return self._answering[edition.kb].id == edition.id

    def _try_to_follow(self, edition: Edition, arm: Stage) -> DependencyError | None:
        """The error of an arm that is down; one that lacks its model is only told of, because the other one answers."""
        try:
            self._generations.follow(edition, arm)
        except (DependencyMissing, ModelRefused) as error:
            logger.warning("the %s index of %s does not follow: %s", arm.value, edition.kb, error)
        except DependencyError as error:
            return error
        return None

    def _lock(self, kb: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(kb, threading.Lock())

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
