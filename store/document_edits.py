"""Changing what is said of documents: it holds for the versions that are there and those to come."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from core.errors import InvalidInput, NotFound
from store.catalog import Catalog
from store.changes import announce
from store.edit import FROM, UNTIL, DocumentEdit, joined, merged, validity_of
from store.facets import facet_rows
from store.tables import document_edits, documents, facets, versions


class ChangedMeanwhile(InvalidInput):
    """The document is not the one that was looked at."""


class DocumentEdits:
    """Edits of one record. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def tag(self, document_id: str) -> str:
        """Changes with every version and every edit of the document. Raises ``NotFound``."""
        with self._catalog.engine.connect() as connection:
            return _tag(_row(connection, document_id))

    def put(self, document_id: str, edit: DocumentEdit, *, expected: frozenset[str] | None = None) -> None:
        """Change the document, beside what was changed before; filters and answers see it at once.

        ``expected`` are tags, of which the document must have one. Raises ``ChangedMeanwhile``, ``NotFound``, or
        ``InvalidInput`` where the document has no text or its validity would end before it begins.
        """
        with self._catalog.writing() as connection:
            connection.execute(select(documents.c.id).where(documents.c.id == document_id).with_for_update())
            row = _row(connection, document_id)
            if expected is not None and _tag(row) not in expected:
                raise ChangedMeanwhile(f"the document was changed meanwhile; its ETag is {_tag(row)} now")
            if row.current_version is None:
                raise InvalidInput(f"{row.source!r} has no text, so nothing of it can be changed: {row.reason}")
            fields = joined(row.fields or {}, edit.as_fields())
            _apply(connection, row, fields)
            _keep(connection, document_id, fields, is_new=row.revision is None)
            announce(connection, row.kb, ())


def _apply(connection: Connection, document: Row[Any], fields: Mapping[str, Any]) -> None:
    """To every version that is kept, so that a switch of editions goes not back behind the edit."""
    rows = connection.execute(select(versions).where(versions.c.document_id == document.id)).all()
    for row in rows:
        valid_from, valid_until = validity_of(fields, row.valid_from, row.valid_until)
        if valid_from and valid_until and valid_until < valid_from:
            if row.id == document.current_version:
                raise InvalidInput(f"valid_until {valid_until} is before valid_from {valid_from}")
            valid_from, valid_until = validity_of(fields, None, None)
        metadata = merged(row.metadata, fields)
        values = {"metadata": metadata, FROM: valid_from, UNTIL: valid_until}
        connection.execute(update(versions).where(versions.c.id == row.id).values(values))
        connection.execute(delete(facets).where(facets.c.version_id == row.id))
        validity = {FROM: valid_from, UNTIL: valid_until}
        connection.execute(insert(facets), facet_rows(row.id, row.language, metadata, validity))


def _keep(connection: Connection, document_id: str, fields: Mapping[str, Any], *, is_new: bool) -> None:
    values = {"fields": dict(fields)}
    if is_new:
        connection.execute(insert(document_edits).values(document_id=document_id, revision=1, **values))
    else:
        mine = update(document_edits).where(document_edits.c.document_id == document_id)
        connection.execute(mine.values(**values, revision=document_edits.c.revision + 1))


def _row(connection: Connection, document_id: str) -> Row[Any]:
    edited = document_edits.c.document_id == documents.c.id
    columns = select(documents, document_edits.c.fields, document_edits.c.revision)
    found = columns.select_from(documents.outerjoin(document_edits, edited)).where(documents.c.id == document_id)
    row = connection.execute(found).one_or_none()
    if row is None:
        raise NotFound(f"there is no document {document_id[:80]!r}")
    return row


def _tag(row: Row[Any]) -> str:
    return f'"{row.current_version or 0}-{row.revision or 0}"'
