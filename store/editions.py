"""Editions of a knowledge base: how it was cut into passages and which embedder reads it.

One edition answers (``current``). A new one is built beside it and takes its place in one transaction; the one before
is kept (``previous``) until the next switch, so that a rollback can bring it back. ``edition_versions`` holds only what
differs: a document without a row stands with its current version in every edition. So a document that changes loses
its rows and stands at once in all editions as it is now, and a deleted one is in none: neither a switch nor a rollback
brings back text that was replaced or deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, literal, select, update

from core.errors import InvalidInput, NotFound
from store.catalog import Catalog
from store.changes import announce, drop_versions, forget_fingerprint
from store.kb_key import split_key
from store.ledger import DETACHED
from store.tables import documents, edition_versions, editions, indexes, versions


class EditionState(StrEnum):
    """``staged`` is built as far as the record goes and waits for its indexes and the switch."""

    BUILDING = "building"
    STAGED = "staged"
    CURRENT = "current"
    PREVIOUS = "previous"


_UNFINISHED = (EditionState.BUILDING.value, EditionState.STAGED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What decides passages and vectors. ``cut`` names chunker and passage settings, ``fingerprint`` the embedder.

    ``passages`` are the settings themselves and ``embedder`` the name by which the model was given: with them an
    edition that the settings name no longer can still be written and asked.
    """

    cut: str
    fingerprint: str
    passages: Mapping[str, int] = field(default_factory=dict)
    embedder: str = ""

    @property
    def key(self) -> str:
        """Equal for recipes that give the same passages and vectors."""
        return f"{self.cut}, embedder {self.fingerprint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """``refuses`` is the key of the recipe that a rollback to this edition turned down; ``switched_at`` is UTC."""

    id: int
    kb: str
    state: EditionState
    recipe: Recipe
    refuses: str
    switched_at: datetime | None


class Editions:
    """Keeps the editions of every knowledge base. What becomes of one is decided in single transactions."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, kb: str) -> dict[EditionState, Edition]:
        """The editions of a knowledge base by state; there is at most one of each."""
        with self._catalog.engine.connect() as connection:
            return _by_state(connection, kb)

    def settle(self, kb: str, recipe: Recipe) -> Edition:
        """The edition that answers; made of ``recipe`` where there is none yet. Raises ``NotFound``."""
        if found := self.of(kb).get(EditionState.CURRENT):
            return found
        self._catalog.require_kb(kb)
        with self._catalog.writing() as connection:
            known = _by_state(connection, kb)
            if EditionState.CURRENT not in known:
                _insert(connection, kb, EditionState.CURRENT, recipe)
            return _by_state(connection, kb)[EditionState.CURRENT]

    def note(self, edition: Edition, recipe: Recipe) -> None:
        """Keep under which name the embedder is to be had now, and the settings that give the same passages."""
        values = {"passages": dict(recipe.passages), "embedder": recipe.embedder}
        with self._catalog.writing() as connection:
            connection.execute(update(editions).where(editions.c.id == edition.id).values(**values))

    def open(self, kb: str, recipe: Recipe) -> Edition:
        """The edition of this recipe to be built: the one that is half built or was left, or a new one.

        Any other that is half built is dropped with all that was made for it.
        """
        with self._catalog.writing() as connection:
            for edition in _by_state(connection, kb).values():
                if edition.recipe.key == recipe.key and edition.state is not EditionState.CURRENT:
                    _set_state(connection, edition.id, EditionState.BUILDING)
                elif edition.state.value in _UNFINISHED:
                    _drop(connection, edition)
            known = _by_state(connection, kb)
            if EditionState.BUILDING not in known:
                _insert(connection, kb, EditionState.BUILDING, recipe)
            return _by_state(connection, kb)[EditionState.BUILDING]

    def mark_staged(self, edition: Edition) -> None:
        """Say that the record holds all of it: the owner of the indexes may finish it."""
        with self._catalog.writing() as connection:
            _set_state(connection, edition.id, EditionState.STAGED)

    def switch(self, edition: Edition) -> None:
        """Let this edition answer, all documents and both indexes at once; the one before is kept as the previous.

        Raises ``NotFound`` when the edition was dropped meanwhile.
        """
        with self._catalog.writing() as connection:
            known = _by_state(connection, edition.kb)
            if edition.id not in {each.id for each in known.values()}:
                raise NotFound(f"edition {edition.id} of {edition.kb!r} is gone; start again")
            if EditionState.PREVIOUS in known and known[EditionState.PREVIOUS].id != edition.id:
                _drop(connection, known[EditionState.PREVIOUS])
            _exchange(connection, old=known[EditionState.CURRENT], new=edition, refuses="")

    def rollback(self, kb: str) -> Edition:
        """Let the previous edition answer again, in one step; the one that is left becomes the previous.

        A build that is going on is dropped. Raises ``InvalidInput`` where no edition is kept.
        """
        self._catalog.require_kb(kb)
        with self._catalog.writing() as connection:
            known = _by_state(connection, kb)
            if EditionState.PREVIOUS not in known:
                raise InvalidInput(
                    f"knowledge base {split_key(kb)[1]!r} has no previous edition; one is kept from switch to switch"
                )
            for state in (EditionState.BUILDING, EditionState.STAGED):
                if state in known:
                    _drop(connection, known[state])
            left = known[EditionState.CURRENT]
            _exchange(connection, old=left, new=known[EditionState.PREVIOUS], refuses=left.recipe.key)
            return _by_state(connection, kb)[EditionState.CURRENT]

    def drop(self, edition: Edition) -> None:
        """Forget an edition that does not answer, with the passages and vectors that only it has."""
        with self._catalog.writing() as connection:
            known = {each.id: each for each in _by_state(connection, edition.kb).values()}
            if edition.id in known and known[edition.id].state is not EditionState.CURRENT:
                _drop(connection, known[edition.id])

    def behind(self, edition: Edition) -> int:
        """How many of its documents are cut otherwise than its recipe says: they changed under another one."""
        with self._catalog.engine.connect() as connection:
            return int(connection.scalar(cut_otherwise(edition, func.count())) or 0)


def cut_otherwise(edition: Edition, *columns: Any) -> Any:
    """Documents whose version in the edition was not cut by its recipe, joined with that version."""
    other = (edition_versions.c.document_id == documents.c.id) & (edition_versions.c.edition_id == edition.id)
    version = func.coalesce(edition_versions.c.version_id, documents.c.current_version)
    # As a range the index answers it; read from the rows themselves, SQLite walks through every stored text for it.
    otherwise = (versions.c.cut < edition.recipe.cut) | (versions.c.cut > edition.recipe.cut)
    return (
        select(*columns)
        .select_from(documents.outerjoin(edition_versions, other).join(versions, versions.c.id == version))
        .where(documents.c.kb == edition.kb, versions.c.id.in_(select(versions.c.id).where(otherwise)))
    )


def _exchange(connection: Connection, *, old: Edition, new: Edition, refuses: str) -> None:
    """Flip every document whose version differs, then the editions; the indexes that are left follow no longer."""
    pairs = select(edition_versions.c.document_id, edition_versions.c.version_id, documents.c.current_version)
    pairs = pairs.join(documents, documents.c.id == edition_versions.c.document_id)
    rows = pairs.where(edition_versions.c.edition_id == new.id).subquery()
    left = select(literal(old.id), rows.c.document_id, rows.c.current_version)
    connection.execute(insert(edition_versions).from_select(["edition_id", "document_id", "version_id"], left))
    target = select(edition_versions.c.version_id).where(
        edition_versions.c.document_id == documents.c.id, edition_versions.c.edition_id == new.id
    )
    flipped = documents.c.id.in_(select(edition_versions.c.document_id).where(edition_versions.c.edition_id == new.id))
    connection.execute(update(documents).where(flipped).values(current_version=target.scalar_subquery()))
    connection.execute(delete(edition_versions).where(edition_versions.c.edition_id == new.id))
    _set_state(connection, old.id, EditionState.PREVIOUS)
    connection.execute(
        update(editions)
        .where(editions.c.id == new.id)
        .values(state=EditionState.CURRENT.value, refuses=refuses, switched_at=func.current_timestamp())
    )
    connection.execute(update(indexes).where(indexes.c.edition_id == old.id).values(watermark=DETACHED))
    announce(connection, new.kb, ())  # no passage changed, but what is remembered of the knowledge base did


def _drop(connection: Connection, edition: Edition) -> None:
    mine = edition_versions.c.edition_id == edition.id
    only_here = list(connection.scalars(select(edition_versions.c.version_id).where(mine)))
    connection.execute(delete(edition_versions).where(mine))
    connection.execute(delete(indexes).where(indexes.c.edition_id == edition.id))
    connection.execute(delete(editions).where(editions.c.id == edition.id))
    drop_versions(connection, only_here)
    forget_fingerprint(connection, edition.recipe.fingerprint)


def _insert(connection: Connection, kb: str, state: EditionState, recipe: Recipe) -> None:
    connection.execute(
        insert(editions).values(
            kb=kb,
            state=state.value,
            cut=recipe.cut,
            passages=dict(recipe.passages),
            embedder=recipe.embedder,
            fingerprint=recipe.fingerprint,
        )
    )


def _set_state(connection: Connection, edition: int, state: EditionState) -> None:
    connection.execute(update(editions).where(editions.c.id == edition).values(state=state.value))


def _by_state(connection: Connection, kb: str) -> dict[EditionState, Edition]:
    rows = connection.execute(select(editions).where(editions.c.kb == kb))
    return {edition.state: edition for edition in map(_edition, rows)}


def _edition(row: Row[Any]) -> Edition:
    recipe = Recipe(cut=row.cut, fingerprint=row.fingerprint, passages=row.passages, embedder=row.embedder)
    return Edition(
        id=row.id,
        kb=row.kb,
        state=EditionState(row.state),
        recipe=recipe,
        refuses=row.refuses,
        switched_at=row.switched_at,
    )
