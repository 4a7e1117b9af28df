"""The catalog: knowledge bases, their documents and live passages; ``store/reading.py`` has what only reads.

One transaction puts a new version of a document in place: its passages, vectors, outbox rows and the flip of the
current version. A reader sees the old version or the new one, never none and never both.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, Select, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from core.errors import NotFound
from core.ports import TokenCodes
from core.settings import RecordSettings
from core.types import Chunk, Document, FloatArray
from store.changes import (
    add_new,
    announce,
    batches,
    delete_documents,
    keys_of,
    live_ids_of,
    other_ids_of,
    sweep_embeddings,
)
from store.engine import make_folder, open_engine
from store.kb_key import parse_key
from store.moves import identities, identity, move_sources, put_stamps
from store.put import NewVersion, once_each, put_versions, upsert_states
from store.reading import CatalogReader
from store.rows import vector_values
from store.source_state import SourceState, text_key
from store.tables import documents, editions, embeddings, indexes, knowledge_bases, outbox, tenants

NO_TOKENS: Mapping[str, TokenCodes] = {}


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
        """Create the knowledge base of this key unless it is there.

        Raises ``InvalidInput`` for an unusable name, ``NotFound`` for its tenant.
        """
        tenant, _ = parse_key(name)
        with self.writing() as connection:
            # Locked where others may write at the same time: a tenant that is being deleted gets nothing new.
            held = select(tenants.c.name).where(tenants.c.name == tenant).with_for_update(read=True)
            if connection.scalar(held) is None:
                raise NotFound(f"there is no tenant {tenant!r}; `citedesk tenants create {tenant}` makes it")
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
        keys = [text_key(chunk) for chunk in passages]
        new = NewVersion(document=document, passages=passages, keys=keys, vectors=vectors, state=state, tokens=tokens)
        self.put_documents(document.kb, [new], fingerprint=fingerprint)

    def put_documents(self, kb: str, new: Sequence[NewVersion], *, fingerprint: str) -> None:
        """As ``put_document`` for any number of one knowledge base, in one transaction: all of them are stored, or
        none. A document that comes twice ends the transaction; what follows is the next."""
        for part in once_each(new):
            with self.writing() as connection:
                put_versions(connection, kb, part, fingerprint=fingerprint, cut=self._cut, keep=self._keep_versions)

    def put_vectors(
        self, by_key: Mapping[str, FloatArray], *, fingerprint: str, connection: Connection | None = None
    ) -> None:
        """Store vectors under their text keys; a key that is there keeps its vector."""
        if connection is None:
            with self.writing() as own:
                return self.put_vectors(by_key, fingerprint=fingerprint, connection=own)
        return add_new(connection, embeddings, vector_values(fingerprint, by_key))

    def put_outcome(self, kb: str, state: SourceState) -> None:
        """Keep what became of a file that gave no document; an earlier good version goes on answering."""
        with self.writing() as connection:
            upsert_states(connection, kb, {identity(connection, kb, state.source): state})

    def identity(self, kb: str, source: str) -> str:
        """The id of the document with this source, or the one that a new document of this name gets."""
        with self.engine.connect() as connection:
            return identity(connection, kb, source)

    def identities(self, kb: str, sources: Sequence[str]) -> dict[str, str]:
        """``identity`` of each source, by source."""
        with self.engine.connect() as connection:
            return identities(connection, kb, sources)

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


def _document_ids(kb: str) -> Select[tuple[str]]:
    return select(documents.c.id).where(documents.c.kb == kb)
