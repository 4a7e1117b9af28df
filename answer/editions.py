"""The part of the composition root that changes editions: filled beside the one that answers, switched, rolled back.

The record alone says which edition answers. Filling one needs no index, so any process may do it; the process that owns
the indexes builds them for it and switches.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from core.errors import CitedeskError, DependencyMissing, IndexLocked, ModelRefused, Unavailable
from core.ports import PassageEncoder
from core.settings import IngestSettings, Settings
from ingest.reindex import Build, Check, Told, build_edition, go_on, tell_nobody
from store.catalog import Catalog
from store.editions import Edition, Editions, EditionState, Recipe

if TYPE_CHECKING:
    from retrieval.encoders import EditionEncoders
    from retrieval.indexes import Indexes

logger = logging.getLogger(__name__)

_TEND_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """By what new documents of a knowledge base are written."""

    settings: IngestSettings
    encoder: PassageEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindexed:
    """The edition that was filled, as it is now: ``staged`` where the owner of the indexes has yet to switch to it."""

    edition: Edition
    build: Build
    switched: bool


class EditionKeeper:
    """Fills, switches and rolls back the editions of one home. Thread-safe.

    ``indexes`` gives the indexes to the process that owns them and raises ``IndexLocked`` in any other.
    """

    def __init__(
        self, settings: Settings, catalog: Catalog, encoders: "EditionEncoders", indexes: "Callable[[], Indexes]"
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._editions = Editions(catalog)
        self._encoders = encoders
        self._indexes = indexes
        self._stop = threading.Event()
        self._tender: threading.Thread | None = None

    def of(self, kb: str) -> dict[EditionState, Edition]:
        """The editions of a knowledge base by state. Raises ``NotFound``."""
        self._catalog.require_kb(kb)
        return self._editions.of(kb)

    def behind(self, edition: Edition) -> int:
        """Documents that are cut otherwise than the edition's recipe says."""
        return self._editions.behind(edition)

    def plan(self, kb: str) -> Plan:
        """By the settings, unless a rollback turned them down: then by the edition that answers."""
        wanted = self._encoders.recipe()
        current = self._editions.of(kb).get(EditionState.CURRENT)
        recipe = current.recipe if current is not None and current.refuses == wanted.key else wanted
        try:
            encoder = self._encoders.of(recipe)
        except (DependencyMissing, ModelRefused) as error:
            logger.warning("%s; new documents are found by their words only", error)
            encoder = self._encoders.of(wanted)
        return Plan(settings=self._cut_by(recipe), encoder=encoder)

    def bring_up(self, kb: str, *, told: Told = tell_nobody, check: Check = go_on) -> Reindexed | None:
        """What follows an ingestion: the edition of the settings, unless a rollback turned that down.

        None where nothing was to be done, or another process is at it. Raises whatever ``check`` raises.
        """
        wanted = self._encoders.recipe()
        current = self._editions.settle(kb, wanted)
        if current.recipe.key == wanted.key and current.recipe != wanted:
            self._editions.note(current, wanted)
        stays = current.recipe.key == wanted.key or current.refuses == wanted.key
        if stays and not self._editions.behind(current) and not self._editions.of(kb).keys() & _UNFINISHED:
            return None
        try:
            with self._alone(kb):
                return self._fill(current, told, check) if stays else self._replace(kb, wanted, told, check)
        except Unavailable as error:
            logger.info("%s", error)
            return None

    def reindex(self, kb: str, *, told: Told = tell_nobody, check: Check = go_on) -> Reindexed:
        """Make the edition of the settings answer: fill it beside the present one, then switch.

        Where another process owns the indexes, that one switches. Raises ``Unavailable`` while another process does
        the same, and whatever ``check`` raises; what was done stays done.
        """
        wanted = self._encoders.recipe()
        current = self._editions.settle(kb, wanted)
        with self._alone(kb):
            stays = current.recipe.key == wanted.key
            return self._fill(current, told, check) if stays else self._replace(kb, wanted, told, check)

    def rollback(self, kb: str) -> Edition:
        """Let the edition before answer again, at once. Raises ``NotFound`` and ``InvalidInput``."""
        edition = self._editions.rollback(kb)
        self._follow(kb)
        return edition

    def forget_previous(self, kb: str) -> Edition | None:
        """Give back the space of the edition before. Returns it; None where there was none. Raises ``NotFound``."""
        previous = self.of(kb).get(EditionState.PREVIOUS)
        if previous is not None:
            self._editions.drop(previous)
            self._follow(kb)
        return previous

    def start(self) -> None:
        """Bring every knowledge base to the settings in the background, then finish what other processes fill."""
        self._tender = threading.Thread(target=self._tend, name="editions", daemon=True)
        self._tender.start()

    def close(self) -> None:
        """Stop tending; a build that goes on ends after its batch and is taken up again later."""
        self._stop.set()
        if self._tender is not None:
            self._tender.join()

    def _tend(self) -> None:
        todo: Callable[[str], object] = partial(self.bring_up, check=self._check)
        while True:
            for kb in self._names():
                self._try(todo, kb)
            if self._stop.wait(_TEND_SECONDS):
                return
            todo = self._finish_staged

    def _names(self) -> list[str]:
        try:
            return self._catalog.kb_names()
        except Exception:
            logger.exception("the record cannot be read; it is tried again in %g s", _TEND_SECONDS)
            return []

    def _try(self, todo: Callable[[str], object], kb: str) -> None:
        try:
            todo(kb)
        except (_Stopped, Unavailable):
            return  # ending, or another process is at it
        except CitedeskError as error:
            logger.error("%s keeps the edition that it has: %s", kb, error)  # noqa: TRY400  # it says all
        except Exception:
            # Whatever it was, a thread that ended here would leave later editions waiting for good.
            logger.exception("the edition of %s could not be built", kb)

    def _finish_staged(self, kb: str) -> None:
        if EditionState.STAGED in self._editions.of(kb):
            with self._alone(kb):
                if staged := self._editions.of(kb).get(EditionState.STAGED):
                    self._finish(staged, self._build(staged, tell_nobody, self._check), self._check)

    def _check(self) -> None:
        if self._stop.is_set():
            raise _Stopped

    def _fill(self, current: Edition, told: Told, check: Check) -> Reindexed:
        """Fill in what the edition that answers lacks; builds of dead processes that nothing asks for are dropped."""
        editions = self._editions.of(current.kb)
        for state in editions.keys() & _UNFINISHED:
            self._editions.drop(editions[state])
        return Reindexed(edition=current, build=self._build(current, told, check), switched=False)

    def _replace(self, kb: str, wanted: Recipe, told: Told, check: Check) -> Reindexed:
        edition = self._editions.open(kb, wanted)
        build = self._build(edition, told, check)
        self._editions.mark_staged(edition)
        return self._finish(edition, build, check)

    def _finish(self, edition: Edition, build: Build, check: Check) -> Reindexed:
        """Build the indexes and switch, if they are this process's."""
        try:
            indexes = self._indexes()
        except IndexLocked:
            return Reindexed(edition=self._editions.of(edition.kb)[EditionState.STAGED], build=build, switched=False)
        indexes.prepare(edition, check)
        self._editions.switch(edition)
        indexes.catch_up(edition.kb)
        indexes.sweep()
        current = self._editions.of(edition.kb)[EditionState.CURRENT]
        # What came in another cut since the edition was filled.
        late = self._build(current, tell_nobody, go_on)
        whole = Build(cut=build.cut + late.cut, read=build.read + late.read)
        return Reindexed(edition=current, build=whole, switched=True)

    def _build(self, edition: Edition, told: Told, check: Check) -> Build:
        return build_edition(
            edition,
            catalog=self._catalog,
            encoder=self._encoders.of(edition.recipe),
            settings=self._cut_by(edition.recipe),
            told=told,
            check=check,
        )

    def _cut_by(self, recipe: Recipe) -> IngestSettings:
        known = {name: value for name, value in recipe.passages.items() if name in IngestSettings.model_fields}
        return self._settings.ingest.model_copy(update=known)

    def _follow(self, kb: str) -> None:
        """Let the indexes follow the record now; where another process owns them, it does so itself."""
        try:
            indexes = self._indexes()
        except IndexLocked:
            return
        indexes.catch_up(kb)
        indexes.sweep()

    @contextmanager
    def _alone(self, kb: str) -> Iterator[None]:
        """One process of this home at a time works on a knowledge base. Raises ``Unavailable`` where one does."""
        folder = self._settings.home / "editions"
        folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(kb.encode()).hexdigest()[:16]
        try:
            with FileLock(folder / f"{name}.lock", timeout=0, thread_local=False):
                yield
        except Timeout as error:
            raise Unavailable(f"another process is building an edition of {kb!r}; it goes on there") from error


_UNFINISHED = {EditionState.BUILDING, EditionState.STAGED}


class _Stopped(Exception):
    """The process ends."""
