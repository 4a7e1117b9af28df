"""What the catalog is asked: knowledge bases, documents, live passages and their vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from core.errors import NotFound
from core.types import Chunk, Document, FloatArray, Outcome
from store.changes import batches
from store.rows import chunk_from, document_from, in_edition, live, live_chunk_rows, vector_from
from store.selection import Selection
from store.source_state import SourceState
from store.statements import (
    HAS_EDITION,
    KB_NAMES,
    KEYS_BY_ID,
    LIVE_BY_ID,
    PLACES_BY_ID,
    REVISION,
    STANDING_BY_ID,
    STANDING_KEYS_BY_ID,
    VECTORS_BY_KEY,
    unknown_kb,
)
from store.tables import chunks, documents, homes, versions


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeBase:
    """One row of ``citedesk kb list``: live documents and passages."""

    name: str
    documents: int
    passages: int


class CatalogReader:
    """Reads a record without changing it. Thread-safe.

    Where an ``edition`` is given, passages are read as they stand in it, whether it answers now or not; a search that
    began before a switch ends in the edition that it began in.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def home_id(self) -> str:
        """The name of this record among those whose homes share a server: 16 hexadecimal digits."""
        with self.engine.connect() as connection:
            return str(connection.scalars(select(homes.c.id)).one())

    def kb_names(self) -> list[str]:
        """The name of every knowledge base, sorted."""
        with self.engine.connect() as connection:
            return list(connection.scalars(KB_NAMES))

    def has_kb(self, name: str) -> bool:
        """Whether there is a knowledge base of this key."""
        with self.engine.connect() as connection:
            return connection.scalar(REVISION, {"kb": name}) is not None

    def require_kb(self, name: str) -> None:
        """Raises ``NotFound`` with the names that exist."""
        with self.engine.connect() as connection:
            if connection.scalar(REVISION, {"kb": name}) is None:
                raise unknown_kb(connection, name)

    def knowledge_bases(self) -> list[KnowledgeBase]:
        """All knowledge bases, by name."""
        live = select(documents.c.kb, func.count().label("n")).where(documents.c.current_version.is_not(None))
        passages = (
            select(documents.c.kb, func.count().label("n"))
            .join(chunks, chunks.c.version_id == documents.c.current_version)
            .group_by(documents.c.kb)
        )
        with self.engine.connect() as connection:
            document_counts = {row.kb: row.n for row in connection.execute(live.group_by(documents.c.kb))}
            passage_counts = {row.kb: row.n for row in connection.execute(passages)}
        return [
            KnowledgeBase(name=name, documents=document_counts.get(name, 0), passages=passage_counts.get(name, 0))
            for name in self.kb_names()
        ]

    def has_edition(self, edition: int) -> bool:
        """Whether an edition has not been forgotten."""
        with self.engine.connect() as connection:
            return connection.execute(HAS_EDITION, {"edition": edition}).first() is not None

    def source_states(self, kb: str) -> dict[str, SourceState]:
        """What is known of every source of a knowledge base, by source."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(documents).where(documents.c.kb == kb).order_by(documents.c.source))
            return {row.source: _state_from(row) for row in rows}

    def document(self, document: str) -> Document:
        """The current version. Raises ``NotFound``."""
        statement = (
            select(documents.c.id.label("document_id"), documents.c.kb, documents.c.source, versions)
            .join(versions, versions.c.id == documents.c.current_version)
            .where(documents.c.id == document)
        )
        with self.engine.connect() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            raise NotFound(f"no document with id {document!r}; `citedesk documents list` shows all")
        return document_from(row)

    def document_ids(self, kb: str) -> dict[str, str]:
        """Document id by source, of the documents that have text."""
        statement = select(documents.c.source, documents.c.id).where(
            documents.c.kb == kb, documents.c.current_version.is_not(None)
        )
        with self.engine.connect() as connection:
            return {row.source: row.id for row in connection.execute(statement.order_by(documents.c.source))}

    def languages(self, kb: str) -> dict[str, int]:
        """How many documents there are of each language."""
        statement = (
            select(versions.c.language, func.count().label("n"))
            .join(documents, documents.c.current_version == versions.c.id)
            .where(documents.c.kb == kb)
            .group_by(versions.c.language)
            .order_by(versions.c.language)
        )
        with self.engine.connect() as connection:
            return {row.language: row.n for row in connection.execute(statement)}

    def live_chunks(
        self, kb: str, ids: Sequence[str], edition: int | None = None, selection: Selection | None = None
    ) -> dict[str, Chunk]:
        """Those of ``ids`` that are live in the knowledge base and in the selection, if one is given; a deleted or
        replaced passage is absent."""
        found: dict[str, Chunk] = {}
        statement = LIVE_BY_ID if edition is None else STANDING_BY_ID
        with self.engine.connect() as connection:
            for part in batches(ids if selection is None else _placed(connection, ids, selection)):
                # All at once: row by row, the other arm's thread would hold this one up at every row.
                rows = connection.execute(statement, {"kb": kb, "ids": part, "edition": edition}).all()
                kept = rows if selection is None else [r for r in rows if selection.holds(r.version_id, r.kind)]
                found |= {row.chunk_id: chunk_from(row) for row in kept}
        return found

    def live_ids(self, kb: str, edition: int | None = None) -> set[str]:
        """The id of every live passage."""
        places = live() if edition is None else in_edition(edition)
        statement = select(chunks.c.chunk_id).select_from(places).where(documents.c.kb == kb)
        with self.engine.connect() as connection:
            return set(connection.scalars(statement))

    def chunks_of(self, kb: str, document: str) -> list[Chunk]:
        """The live passages of one document, in order."""
        statement = live_chunk_rows(kb).where(documents.c.id == document).order_by(chunks.c.ordinal)
        with self.engine.connect() as connection:
            return [chunk_from(row) for row in connection.execute(statement)]

    def vectors(self, fingerprint: str, keys: Sequence[str]) -> dict[str, FloatArray]:
        """Stored vectors by text key, each of shape (dim,); unknown keys are absent."""
        found: dict[str, FloatArray] = {}
        with self.engine.connect() as connection:
            for part in batches(keys):
                rows = connection.execute(VECTORS_BY_KEY, {"fingerprint": fingerprint, "keys": part}).all()
                found |= {key: vector_from(vector) for key, vector in rows}
        return found

    def chunk_vectors(
        self, kb: str, fingerprint: str, ids: Sequence[str], edition: int | None = None
    ) -> dict[str, FloatArray]:
        """The vectors of live passages by passage id, each of shape (dim,)."""
        keys: dict[str, str] = {}
        statement = KEYS_BY_ID if edition is None else STANDING_KEYS_BY_ID
        with self.engine.connect() as connection:
            for part in batches(ids):
                rows = connection.execute(statement, {"kb": kb, "ids": part, "edition": edition}).all()
                keys |= {row[0]: row[1] for row in rows}
        found = self.vectors(fingerprint, sorted(set(keys.values())))
        return {chunk_id: found[key] for chunk_id, key in keys.items() if key in found}


def _placed(connection: Connection, ids: Sequence[str], selection: Selection) -> list[str]:
    """Those of ``ids`` that may be in the selection; reading the others' texts would cost most of the time."""
    places = (row for part in batches(ids) for row in connection.execute(PLACES_BY_ID, {"ids": part}).all())
    return sorted({chunk_id for version, chunk_id, kind in places if selection.holds(version, kind)})


def _state_from(row: Row[Any]) -> SourceState:
    names = (name for name in SourceState.__slots__ if name != "outcome")
    return SourceState(outcome=Outcome(row.outcome), **{name: getattr(row, name) for name in names})
