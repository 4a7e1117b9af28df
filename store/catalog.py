"""The catalog: knowledge bases, their documents and live passages.

One transaction puts a new version of a document in place: its passages, vectors, outbox rows and the flip of the
current version. A reader sees the old version or the new one, never none and never both.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.errors import InvalidInput, NotFound
from core.ports import TokenCodes
from core.settings import RecordSettings
from core.types import Chunk, Document, FloatArray, Outcome
from store.changes import (
    add_new,
    announce,
    batches,
    delete_documents,
    forget_versions,
    keys_of,
    live_ids_of,
    sweep_embeddings,
)
from store.engine import make_folder, open_engine
from store.rows import (
    chunk_from,
    chunk_values,
    code_values,
    document_from,
    live_chunk_rows,
    vector_bytes,
    vector_from,
    version_values,
)
from store.source_state import SourceState, document_id, text_key
from store.statements import KEYS_BY_ID, LIVE_BY_ID, VECTORS_BY_KEY
from store.tables import (
    chunks,
    documents,
    embeddings,
    indexes,
    knowledge_bases,
    outbox,
    token_vectors,
    versions,
)

NO_TOKENS: Mapping[str, TokenCodes] = {}
_KB_NAME = re.compile(r"[^\W_][\w.-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeBase:
    """One row of ``citedesk kb list``: live documents and passages."""

    name: str
    documents: int
    passages: int


class Catalog:
    """Thread-safe; several processes may use one record at once."""

    def __init__(self, engine: Engine, *, keep_versions: int = 2) -> None:
        self.engine = engine
        self._keep_versions = keep_versions
        self._writer = engine.execution_options(writing=True)
        self._insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert

    @classmethod
    def open(cls, home: Path, settings: RecordSettings | None = None) -> "Catalog":
        """Open or create the record of ``home``. Raises ``RecordError``."""
        settings = settings or RecordSettings()
        make_folder(home)
        return cls(open_engine(settings.url, home), keep_versions=settings.keep_versions)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction; on an error nothing of it stays."""
        with self._writer.begin() as connection:
            yield connection

    # --- knowledge bases -------------------------------------------------------------------------------------------

    def ensure_kb(self, name: str) -> None:
        """Create the knowledge base unless it is there. Raises ``InvalidInput`` for an unusable name."""
        if not _KB_NAME.fullmatch(name):
            raise InvalidInput(
                f"knowledge base name {name!r}: use a letter or digit, then up to 99 letters, digits, '.', '-' or '_'"
            )
        with self.writing() as connection:
            connection.execute(self._insert(knowledge_bases).values(name=name).on_conflict_do_nothing())

    def kb_names(self) -> list[str]:
        """The name of every knowledge base, sorted."""
        with self.engine.connect() as connection:
            return list(connection.scalars(select(knowledge_bases.c.name).order_by(knowledge_bases.c.name)))

    def require_kb(self, name: str) -> None:
        """Raises ``NotFound`` with the names that exist."""
        known = self.kb_names()
        if name not in known:
            listed = ", ".join(known[:20]) or "none yet; `citedesk ingest PATH` makes one"
            raise NotFound(f"no knowledge base named {name!r}; there is: {listed}")

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

    def delete_kb(self, name: str) -> None:
        """Forget a knowledge base, its texts and its vectors at once. Index folders are swept by their owner."""
        self.require_kb(name)
        with self.writing() as connection:
            keys = keys_of(connection, list(connection.scalars(_document_ids(name))))
            for table in (outbox, indexes):
                connection.execute(delete(table).where(table.c.kb == name))
            delete_documents(connection, list(connection.scalars(_document_ids(name))))
            connection.execute(delete(knowledge_bases).where(knowledge_bases.c.name == name))
            sweep_embeddings(connection, keys)

    # --- reading ---------------------------------------------------------------------------------------------------

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

    def live_chunks(self, kb: str, ids: Sequence[str]) -> dict[str, Chunk]:
        """Those of ``ids`` that are live in the knowledge base; a deleted or replaced passage is absent."""
        found: dict[str, Chunk] = {}
        with self.engine.connect() as connection:
            for part in batches(ids):
                rows = connection.execute(LIVE_BY_ID, {"kb": kb, "ids": part})
                found |= {row.chunk_id: chunk_from(row) for row in rows}
        return found

    def live_ids(self, kb: str) -> set[str]:
        """The id of every live passage."""
        statement = (
            select(chunks.c.chunk_id)
            .join(documents, documents.c.current_version == chunks.c.version_id)
            .where(documents.c.kb == kb)
        )
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
                rows = connection.execute(VECTORS_BY_KEY, {"fingerprint": fingerprint, "keys": part})
                found |= {row.text_key: vector_from(row.vector) for row in rows}
        return found

    def chunk_vectors(self, kb: str, fingerprint: str, ids: Sequence[str]) -> dict[str, FloatArray]:
        """The vectors of live passages by passage id, each of shape (dim,)."""
        keys: dict[str, str] = {}
        with self.engine.connect() as connection:
            for part in batches(ids):
                rows = connection.execute(KEYS_BY_ID, {"kb": kb, "ids": part})
                keys |= {row.chunk_id: row.text_key for row in rows}
        found = self.vectors(fingerprint, sorted(set(keys.values())))
        return {chunk_id: found[key] for chunk_id, key in keys.items() if key in found}

    # --- writing ---------------------------------------------------------------------------------------------------

    def put_document(
        self,
        document: Document,
        passages: Sequence[Chunk],
        vectors: Sequence[FloatArray],
        *,
        fingerprint: str,
        state: SourceState,
        tokens: Mapping[str, TokenCodes] = NO_TOKENS,
    ) -> None:
        """Make this the current version, in one transaction. ``vectors`` are in the order of ``passages``, ``tokens``
        the packed token vectors by text key of the texts that have none yet.

        What another process has put there meanwhile, of the same bytes in the same way, is not written again.
        """
        if len(passages) != len(vectors):
            raise ValueError(f"{len(passages)} passages need as many vectors, got {len(vectors)}")
        by_key = {text_key(chunk): vector for chunk, vector in zip(passages, vectors, strict=True)}
        with self.writing() as connection:
            if _is_current(connection, document.id, state):
                return
            old = live_ids_of(connection, [document.id])
            self._upsert_state(connection, document.id, document.kb, state)
            version = connection.execute(insert(versions).values(**version_values(document))).inserted_primary_key
            assert version is not None
            if passages:
                connection.execute(insert(chunks), chunk_values(version[0], passages))
            self.put_vectors(by_key, fingerprint=fingerprint, connection=connection)
            add_new(connection, token_vectors, code_values(fingerprint, tokens))
            connection.execute(
                update(documents).where(documents.c.id == document.id).values(current_version=version[0])
            )
            announce(connection, document.kb, old ^ {chunk.id for chunk in passages})
            forget_versions(connection, document.id, self._keep_versions)

    def put_vectors(
        self, by_key: Mapping[str, FloatArray], *, fingerprint: str, connection: Connection | None = None
    ) -> None:
        """Store vectors under their text keys; a key that is there keeps its vector."""
        if connection is None:
            with self.writing() as own:
                return self.put_vectors(by_key, fingerprint=fingerprint, connection=own)
        rows = [
            {"fingerprint": fingerprint, "text_key": key, "vector": vector_bytes(vector)}
            for key, vector in by_key.items()
        ]
        return add_new(connection, embeddings, rows)

    def put_outcome(self, kb: str, state: SourceState) -> None:
        """Keep what became of a file that gave no document; an earlier good version goes on answering."""
        with self.writing() as connection:
            self._upsert_state(connection, document_id(kb, state.source), kb, state)

    def delete_sources(self, kb: str, sources: Collection[str]) -> int:
        """Remove documents with every version, text and vector of theirs. Returns how many there were."""
        wanted = sorted(sources)
        with self.writing() as connection:
            ids: list[str] = []
            for part in batches(wanted):
                ids += connection.scalars(_document_ids(kb).where(documents.c.source.in_(part)))
            announce(connection, kb, live_ids_of(connection, ids))
            keys = keys_of(connection, ids)
            delete_documents(connection, ids)
            sweep_embeddings(connection, keys)
        return len(ids)

    def _upsert_state(self, connection: Connection, identity: str, kb: str, state: SourceState) -> None:
        values = {name: getattr(state, name) for name in state.__slots__} | {"outcome": state.outcome.value}
        statement = self._insert(documents).values(id=identity, kb=kb, **values)
        changed = {name: value for name, value in values.items() if name != "source"}
        connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))


def _is_current(connection: Connection, document: str, state: SourceState) -> bool:
    row = connection.execute(select(documents).where(documents.c.id == document)).one_or_none()
    if row is None or row.current_version is None or row.outcome != Outcome.INGESTED.value:
        return False
    return (row.content_hash, row.pipeline) == (state.content_hash, state.pipeline)


def _document_ids(kb: str) -> Select[tuple[str]]:
    return select(documents.c.id).where(documents.c.kb == kb)


def _state_from(row: Row[Any]) -> SourceState:
    names = (name for name in SourceState.__slots__ if name != "outcome")
    return SourceState(outcome=Outcome(row.outcome), **{name: getattr(row, name) for name in names})
