"""What an edition still lacks, and the putting in of it: documents cut anew from their stored text, vectors of texts.

Nothing is parsed again: a new cut is a new version with the text, blocks and metadata of the one that stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Select, Table, delete, func, insert, literal, select, update

from core.errors import NotFound
from core.ports import TokenCodes
from core.types import Chunk, Document, FloatArray
from store.catalog import Catalog
from store.changes import add_new, announce, batches, drop_versions
from store.editions import Edition, Editions, EditionState, cut_otherwise
from store.rows import (
    chunk_from,
    chunk_values,
    code_values,
    document_from,
    in_edition,
    live_chunk_rows,
    packed_name,
    vector_bytes,
)
from store.source_state import text_key
from store.tables import (
    chunks,
    documents,
    edition_versions,
    editions,
    embeddings,
    indexes,
    metadata,
    token_vectors,
    versions,
)

# What a version that was only cut anew shares with the one that it was cut from.
_COPIED = [column for column in versions.c if column.name not in {"id", "cut", "created_at"}]
# Where other tables say something of a version's text, which holds for every cut of it.
_OF_VERSIONS = [
    column
    for table in metadata.sorted_tables
    if table not in {chunks, edition_versions}
    for column in table.c
    if column.references(versions.c.id)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncut:
    """A document of an edition that its recipe did not cut; ``version`` is the one that stands in the edition."""

    document: Document
    version: int


class EditionPassages:
    """Fills one edition. Several processes may do so at once: what one has put in, the other leaves as it is."""

    def __init__(self, catalog: Catalog, edition: Edition) -> None:
        self._catalog = catalog
        self._edition = edition

    def count_uncut(self) -> int:
        """Documents that are cut otherwise than the edition's recipe says."""
        return Editions(self._catalog).behind(self._edition)

    def uncut(self, batch: int) -> Iterator[list[Uncut]]:
        """Documents that are cut otherwise, the oldest version first: what was stored later stays the later one."""
        with self._catalog.engine.connect() as connection:
            ids = connection.scalars(cut_otherwise(self._edition, versions.c.id).order_by(versions.c.id)).all()
        of_document = (documents.c.id.label("document_id"), documents.c.kb, documents.c.source)
        texts = select(*of_document, versions).join(documents, documents.c.id == versions.c.document_id)
        for start in range(0, len(ids), batch):
            part = texts.where(versions.c.id.in_(ids[start : start + batch])).order_by(versions.c.id)
            with self._catalog.engine.connect() as connection:
                rows = connection.execute(part).all()
            yield [Uncut(document=document_from(row), version=row.id) for row in rows]

    def put(self, cut: Sequence[tuple[Uncut, Sequence[Chunk]]]) -> None:
        """Let these passages stand in the edition, in one transaction; a document that changed meanwhile is left out.

        Raises ``NotFound`` when the edition was dropped.
        """
        with self._catalog.writing() as connection:
            edition = _present(connection, self._edition)
            changed: set[str] = set()
            for uncut, passages in cut:
                if _stands(connection, edition, uncut):
                    changed |= _put(connection, edition, uncut, passages)
            followed = edition.state is EditionState.CURRENT or _has_indexes(connection, edition)
            announce(connection, edition.kb, changed if followed else ())

    def unread(self, *, tokens: bool) -> list[str]:
        """Keys of the edition's texts that its embedder has not read; with ``tokens``, token vectors count too."""
        fingerprint = self._edition.recipe.fingerprint
        names = [(embeddings, fingerprint)] + ([(token_vectors, packed_name(fingerprint))] if tokens else [])
        with self._catalog.engine.connect() as connection:
            return sorted({key for table, name in names for key in connection.scalars(self._without(table, name))})

    def texts(self, keys: Sequence[str]) -> dict[str, str]:
        """What the embedder sees of passages with these keys; keys that are no longer in the edition are absent."""
        found: dict[str, str] = {}
        with self._catalog.engine.connect() as connection:
            for part in batches(keys):
                rows = live_chunk_rows(self._edition.kb, self._edition.id).where(chunks.c.text_key.in_(part))
                found |= {row.text_key: chunk_from(row).indexed_text for row in connection.execute(rows)}
        return found

    def put_read(self, vectors: Mapping[str, FloatArray], tokens: Mapping[str, TokenCodes]) -> None:
        """Store what texts were given, by text key; those that were deleted meanwhile get nothing."""
        fingerprint = self._edition.recipe.fingerprint
        with self._catalog.writing() as connection:
            used = set(connection.scalars(select(chunks.c.text_key).where(chunks.c.text_key.in_(list(vectors)))))
            rows = [
                {"fingerprint": fingerprint, "text_key": key, "vector": vector_bytes(vector)}
                for key, vector in vectors.items()
                if key in used
            ]
            add_new(connection, embeddings, rows)
            kept = {key: codes for key, codes in tokens.items() if key in used}
            add_new(connection, token_vectors, code_values(fingerprint, kept))

    def _without(self, table: Table, fingerprint: str) -> Select[str]:
        """Keys of the edition's texts that have no row in a table of vectors."""
        read = (table.c.text_key == chunks.c.text_key) & (table.c.fingerprint == fingerprint)
        places = in_edition(self._edition.id).outerjoin(table, read)
        unread = (documents.c.kb == self._edition.kb) & table.c.text_key.is_(None)
        return select(chunks.c.text_key).select_from(places).where(unread).distinct()


def _present(connection: Connection, edition: Edition) -> Edition:
    """The edition with its state as it is now."""
    state = connection.scalar(select(editions.c.state).where(editions.c.id == edition.id))
    if state is None:
        raise NotFound(f"edition {edition.id} of {edition.kb!r} was dropped; start again")
    return replace(edition, state=EditionState(state))


def _stands(connection: Connection, edition: Edition, uncut: Uncut) -> bool:
    """Whether the version that was cut still stands: the document did not change, and nobody else cut it."""
    other = (edition_versions.c.document_id == documents.c.id) & (edition_versions.c.edition_id == edition.id)
    version = func.coalesce(edition_versions.c.version_id, documents.c.current_version)
    standing = select(version).select_from(documents.outerjoin(edition_versions, other))
    return bool(connection.scalar(standing.where(documents.c.id == uncut.document.id)) == uncut.version)


def _has_indexes(connection: Connection, edition: Edition) -> bool:
    """Whether an index of an edition that is being built follows the record already."""
    return (
        connection.scalar(select(indexes.c.generation).where(indexes.c.edition_id == edition.id).limit(1)) is not None
    )


def _put(connection: Connection, edition: Edition, uncut: Uncut, passages: Sequence[Chunk]) -> set[str]:
    """One document. Returns the ids of passages that came or went."""
    old = set(connection.scalars(select(chunks.c.chunk_id).where(chunks.c.version_id == uncut.version)))
    made = _copy(connection, uncut.version, edition.recipe.cut)
    if passages:
        connection.execute(insert(chunks), chunk_values(made, passages, map(text_key, passages)))
    if edition.state is EditionState.CURRENT:
        mine = documents.c.id == uncut.document.id
        connection.execute(update(documents).where(mine).values(current_version=made))
        drop_versions(connection, [uncut.version])
    else:
        _stand_in(connection, edition, uncut, made)
    return old ^ {chunk.id for chunk in passages}


def _stand_in(connection: Connection, edition: Edition, uncut: Uncut, made: int) -> None:
    """Let another version than the current one stand in the edition, in place of what stood there, if anything."""
    mine = (edition_versions.c.edition_id == edition.id) & (edition_versions.c.document_id == uncut.document.id)
    before = list(connection.scalars(select(edition_versions.c.version_id).where(mine)))
    connection.execute(delete(edition_versions).where(mine))
    drop_versions(connection, before)
    values = {"edition_id": edition.id, "document_id": uncut.document.id, "version_id": made}
    connection.execute(insert(edition_versions).values(**values))


def _copy(connection: Connection, version: int, cut: str) -> int:
    """The same text once more, to be cut otherwise, with what it is found by and what is known of its likenesses."""
    of_old = select(*_COPIED, literal(cut)).where(versions.c.id == version)
    names = [*(column.name for column in _COPIED), "cut"]
    made = connection.execute(insert(versions).from_select(names, of_old).returning(versions.c.id)).scalar_one()
    for column in _OF_VERSIONS:
        rows = column.table
        values = [literal(made) if each is column else each for each in rows.c]
        copied = select(*values).where(column == version)
        connection.execute(insert(rows).from_select([each.name for each in rows.c], copied))
    return int(made)
