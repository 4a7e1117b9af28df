"""The versions of a document that are kept: what they were, and letting an older one answer again."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from core.errors import NotFound
from store.catalog import Catalog
from store.changes import announce, forget_alternatives, live_ids_of, other_ids_of
from store.tables import chunks, documents, edition_versions, versions


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVersion:
    """One text of a document. ``characters`` and ``passages`` count what it holds; ``stored_at`` is UTC."""

    id: int
    title: str
    language: str
    content_hash: str
    characters: int
    passages: int
    stored_at: datetime
    is_current: bool


class DocumentVersions:
    """Reads and switches the versions of one record's documents. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, document_id: str) -> list[KeptVersion]:
        """Newest first; at most ``record.keep_versions`` and the one that answers. Empty where no text was found."""
        with self._catalog.engine.connect() as connection:
            return [_version(row) for row in connection.execute(_kept(document_id))]

    def restore(self, document_id: str, version: int) -> None:
        """Let a kept version answer in place of the current one, in one transaction; nothing is read again.

        It holds until the document's file changes. Raises ``NotFound`` for a version that is not kept.
        """
        with self._catalog.writing() as connection:
            mine = documents.c.id == document_id
            row = connection.execute(select(documents).where(mine).with_for_update()).one_or_none()
            kept = {each.id for each in connection.execute(_kept(document_id))}
            if row is None or version not in kept:
                raise NotFound(f"version {version} of the document is not kept; those that are: {sorted(kept)}")
            if row.current_version != version:
                _switch(connection, row.kb, document_id, version)


def _switch(connection: Connection, kb: str, document_id: str, version: int) -> None:
    ids = [document_id]
    old, others = live_ids_of(connection, ids), other_ids_of(connection, ids)
    new = set(connection.scalars(select(chunks.c.chunk_id).where(chunks.c.version_id == version)))
    connection.execute(update(documents).where(documents.c.id == document_id).values(current_version=version))
    # What stands otherwise in an edition that is kept is the text that is left: it must not come back with a rollback.
    announce(connection, kb, old | others | new if others else old ^ new)
    forget_alternatives(connection, ids)


def _kept(document_id: str) -> Select[Any]:
    """Without what only another edition reads: the same text, cut otherwise."""
    elsewhere = select(edition_versions.c.version_id).where(edition_versions.c.document_id == document_id)
    passages = select(func.count()).select_from(chunks).where(chunks.c.version_id == versions.c.id).scalar_subquery()
    columns = (versions.c.id, versions.c.title, versions.c.language, versions.c.content_hash, versions.c.created_at)
    is_current = (documents.c.current_version == versions.c.id).label("is_current")
    counted = (func.length(versions.c.text).label("characters"), passages.label("passages"), is_current)
    return (
        select(*columns, *counted)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.document_id == document_id, versions.c.id.not_in(elsewhere))
        .order_by(versions.c.id.desc())
    )


def _version(row: Any) -> KeptVersion:
    stored_at = row.created_at.replace(tzinfo=UTC) if row.created_at.tzinfo is None else row.created_at
    return KeptVersion(
        id=row.id,
        title=row.title,
        language=row.language,
        content_hash=row.content_hash,
        characters=row.characters,
        passages=row.passages,
        stored_at=stored_at,
        is_current=bool(row.is_current),
    )
