"""The catalog: knowledge bases, their documents and live passages; ``store/reading.py`` has what only reads.

One transaction puts a new version of a document in place: its passages, vectors, outbox rows and the flip of the
current version. A reader sees the old version or the new one, never none and never both.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, Select, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.errors import InvalidInput
from core.ports import TokenCodes
from core.settings import RecordSettings
from core.types import Chunk, Document, FloatArray, Outcome
from store.changes import (
    add_new,
    announce,
    batches,
    delete_documents,
    forget_alternatives,
    forget_versions,
    keys_of,
    live_ids_of,
    other_ids_of,
    sweep_embeddings,
)
from store.engine import make_folder, open_engine
from store.facets import put_facets
from store.moves import identity, move_sources, put_stamps, require_identity
from store.reading import CatalogReader
from store.rows import chunk_values, code_values, vector_bytes, version_values
from store.source_state import SourceState, text_key
from store.tables import (
    chunks,
    documents,
    editions,
    embeddings,
    indexes,
    knowledge_bases,
    outbox,
    token_vectors,
    versions,
)

NO_TOKENS: Mapping[str, TokenCodes] = {}
_KB_NAME = re.compile(r"[^\W_][\w.-]{0,99}")


class Catalog(CatalogReader):
    """Thread-safe; several processes may use one record at once.

    ``cut`` names the way in which the passages that are put into it were made.
    """

    def __init__(self, engine: Engine, *, keep_versions: int = 2, cut: str = "") -> None:
        super().__init__(engine)
        self._keep_versions = keep_versions
        self._cut = cut
        self._writer = engine.execution_options(writing=True)
        self._insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert

    @classmethod
    def open(cls, home: Path, settings: RecordSettings | None = None) -> "Catalog":
        """Open or create the record of ``home``. Raises ``RecordError``."""
        settings = settings or RecordSettings()
        make_folder(home)
        return cls(open_engine(settings.url, home), keep_versions=settings.keep_versions)

    def taking(self, cut: str) -> "Catalog":
        """The same record, for passages that are cut as ``cut`` names it."""
        return Catalog(self.engine, keep_versions=self._keep_versions, cut=cut)

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

    def delete_kb(self, name: str) -> None:
        """Forget a knowledge base, its texts and its vectors at once. Index folders are swept by their owner."""
        self.require_kb(name)
        with self.writing() as connection:
            keys = keys_of(connection, list(connection.scalars(_document_ids(name))))
            for table in (outbox, indexes, editions):
                connection.execute(delete(table).where(table.c.kb == name))
            delete_documents(connection, list(connection.scalars(_document_ids(name))))
            connection.execute(delete(knowledge_bases).where(knowledge_bases.c.name == name))
            sweep_embeddings(connection, keys)

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
            require_identity(connection, document.kb, document.source, document.id)
            if _is_current(connection, document.id, state):
                return
            new, old = {chunk.id for chunk in passages}, live_ids_of(connection, [document.id])
            others = other_ids_of(connection, [document.id])
            self._upsert_state(connection, document.id, document.kb, state)
            values = version_values(document) | {"cut": self._cut}
            version = connection.execute(insert(versions).values(**values)).inserted_primary_key
            assert version is not None
            put_facets(connection, version[0], document)
            if passages:
                connection.execute(insert(chunks), chunk_values(version[0], passages))
            self.put_vectors(by_key, fingerprint=fingerprint, connection=connection)
            add_new(connection, token_vectors, code_values(fingerprint, tokens))
            connection.execute(
                update(documents).where(documents.c.id == document.id).values(current_version=version[0])
            )
            announce(connection, document.kb, old | others | new if others else old ^ new)
            forget_alternatives(connection, document.id)
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
            self._upsert_state(connection, identity(connection, kb, state.source), kb, state)

    def identity(self, kb: str, source: str) -> str:
        """The id of the document with this source, or the one that a new document of this name gets."""
        with self.engine.connect() as connection:
            return identity(connection, kb, source)

    def move_sources(self, kb: str, moves: Mapping[str, str]) -> set[str]:
        """New source by old one: each document keeps its id, versions and passages. Returns the new sources of those
        whose title was their old name; they are to be read again."""
        with self.writing() as connection:
            return move_sources(connection, kb, moves)

    def put_stamps(self, kb: str, states: Sequence[SourceState]) -> None:
        """Keep what the system says of files whose bytes did not change."""
        with self.writing() as connection:
            put_stamps(connection, kb, states)

    def delete_sources(self, kb: str, sources: Collection[str]) -> int:
        """Remove documents with every version, text and vector of theirs. Returns how many there were."""
        wanted = sorted(sources)
        with self.writing() as connection:
            ids: list[str] = []
            for part in batches(wanted):
                ids += connection.scalars(_document_ids(kb).where(documents.c.source.in_(part)))
            announce(connection, kb, live_ids_of(connection, ids) | other_ids_of(connection, ids))
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
