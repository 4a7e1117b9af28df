"""The two indexes of each knowledge base, kept in step with the record by the one process that owns them.

An index is a copy, of one edition. It is opened where the record knows a complete generation of the right fingerprint
and built anew otherwise; from its watermark it follows the outbox. A search sees one ``View``: when another edition has
taken over in the record, its indexes are opened and brought up first, and then answer in place of the old ones.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Protocol, cast

from core.errors import CitedeskError, DependencyError, DependencyMissing, ModelRefused, NotFound, Unavailable
from core.ports import Embedder, LexicalIndex, VectorIndex
from core.types import Stage
from retrieval.background import Background
from retrieval.generations import AnyIndex, Check, Followed, Generations, IndexStore, go_on
from store.catalog import Catalog
from store.editions import Edition, Editions, EditionState, Recipe
from store.ledger import Ledger

logger = logging.getLogger(__name__)

_ARMS = (Stage.DENSE, Stage.LEXICAL)
# A question waits this long for an index that is being opened, then goes on without it.
_PATIENCE_SECONDS = 3.0
_SWITCH_SECONDS = 0.001
_OPENING, _RENEWING = "opening", "renewing"


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
        self._followers: list[threading.Thread] = []
        self._background = Background()
        self._said: dict[tuple[str, Stage], str] = {}
        self._stop = threading.Event()

    def view(self, kb: str) -> View:
        """What answers now; caught up first unless a follower does that in the background. Raises ``NotFound``."""
        edition = self._answering.get(kb)
        if edition is None or not self._followers or not self._catalog.has_edition(edition.id):
            edition = self._settled(kb)
        return View(
            edition=edition,
            embedder=partial(self._encoders.of, edition.recipe),
            dense=lambda: cast("VectorIndex", self._index(edition, Stage.DENSE)),
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

    def whole(self, kb: str) -> Mapping[Stage, AnyIndex | DependencyError]:
        """Both indexes at the head of the record, or what keeps each from it: nothing is built. Raises ``NotFound``."""
        edition = self._settled(kb)
        return {arm: self._whole(edition, arm) for arm in _ARMS}

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
        """Catch up with every knowledge base in the background, every so many seconds, until ``close``.

        One arm does not wait for the other, nor a question for an index that is being built.
        """
        # Who asks lets go of the interpreter for every row that it reads, and is not to wait 5 ms for it each time.
        sys.setswitchinterval(_SWITCH_SECONDS)
        for arm in _ARMS:
            name = f"{arm.value}-follower"
            self._followers.append(
                threading.Thread(target=self._follow_all, args=(arm, seconds), name=name, daemon=True)
            )
        for follower in self._followers:
            follower.start()

    def wait_until_open(self, seconds: float) -> None:
        """Give every index so many seconds to be opened or to fail; questions do without what takes longer."""
        until = time.monotonic() + seconds
        for kb in self._catalog.kb_names():
            edition = self._settled(kb)
            for arm in _ARMS:
                if self._generations.opened(edition, arm) is None:
                    wait([self._open_behind(edition, arm)], max(0.0, until - time.monotonic()))

    def lag(self) -> dict[str, int]:
        """Changes that the arm which is further along has not seen yet, by knowledge base."""
        behind: dict[str, int] = {}
        for kb, edition in list(self._answering.items()):
            try:
                head = self._ledger.head(kb)
            except NotFound:
                continue
            behind[kb] = min((head - mark for mark in self._generations.watermarks(edition)), default=head)
        return behind

    def troubles(self) -> dict[tuple[str, Stage], str]:
        """What is wrong with arms of knowledge bases now, by the last failure; those that answer are left out."""
        known, found = set(self._catalog.kb_names()), {}
        for kb, edition in list(self._answering.items()):
            for arm in _ARMS if kb in known else ():
                said = self._said.get((kb, arm))
                if said or self._generations.opened(edition, arm) is None:
                    found[kb, arm] = said or f"the {arm.value} index of {kb} is not open yet"
        return found

    def close(self) -> None:
        """Stop following and close every index."""
        self._stop.set()
        for follower in self._followers:
            follower.join()
        self._background.close()
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
        if self._followers:
            return (known or self._soon(edition, arm)).index
        if known is None or self._answers(edition):
            known = self._generations.follow(edition, arm)
        return known.index

    def _soon(self, edition: Edition, arm: Stage) -> Followed:
        """An index that is not open yet. Raises ``Unavailable`` where it will not be for a while."""
        try:
            return self._open_behind(edition, arm).result(_PATIENCE_SECONDS)
        except TimeoutError as error:
            raise Unavailable(
                f"the {arm.value} index of {edition.kb} is being opened or built; ask again in a while"
            ) from error

    def _open_behind(self, edition: Edition, arm: Stage) -> "Future[Followed]":
        name = f"{arm.value} index of {edition.kb}"
        work = partial(self._generations.follow, edition, arm, self._go_on)
        return self._background.ask((edition.id, arm, _OPENING), name, work)

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise Unavailable("the process ends; the index is built when the next one starts")

    def _whole(self, edition: Edition, arm: Stage) -> AnyIndex | DependencyError:
        try:
            return self._generations.whole(edition, arm).index
        except DependencyError as error:
            return error

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

    def _follow_all(self, arm: Stage, seconds: float) -> None:
        while not self._stop.is_set():
            try:
                for kb in self._catalog.kb_names():
                    self._follow(kb, arm)
            except Exception:
                # Whatever it was, a thread that ended here would leave the indexes stale for good.
                logger.exception("following the record failed; it is tried again in %s s", seconds)
            self._stop.wait(seconds)

    def _follow(self, kb: str, arm: Stage) -> None:
        """What takes long is done in the background, where it holds up neither this nor other knowledge bases."""
        try:
            edition = self._settled(kb)
            if self._background.is_busy((edition.id, arm, _OPENING)):
                return
            followed = self._generations.follow_open(edition, arm)
            self._said.pop((kb, arm), None)
            if followed is None:
                self._open_behind(edition, arm)
            elif followed.index.is_worn:
                self._renew_behind(edition, arm)
        except NotFound:
            return  # deleted since its name was read
        except CitedeskError as error:
            self._told(kb, arm, error)

    def _renew_behind(self, edition: Edition, arm: Stage) -> None:
        work = partial(self._generations.rebuild, edition, arm, self._go_on)
        self._background.ask((edition.id, arm, _RENEWING), f"{arm.value} index of {edition.kb}", work)

    def _told(self, kb: str, arm: Stage, error: CitedeskError) -> None:
        """Say what fails once, not at each round."""
        if self._said.get((kb, arm)) != str(error):
            self._said[kb, arm] = str(error)
            logger.warning("the %s index of %s does not follow: %s", arm.value, kb, error)
