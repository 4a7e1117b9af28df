"""What a person says of a document, laid over what its file says. Each runs inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from core.filtering import folded
from core.types import Document, Metadata
from store.tables import document_edits

FROM, UNTIL = "valid_from", "valid_until"
_METADATA = "metadata"
_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_EDITS = select(document_edits.c.document_id, document_edits.c.fields).where(document_edits.c.document_id.in_(_IDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEdit:
    """Values by name, None for a name that is to go; the ends of the validity are left as they are unless named in
    ``sets``, where None is no end."""

    metadata: Mapping[str, str | None]
    valid_from: date | None = None
    valid_until: date | None = None
    sets: frozenset[str] = frozenset()

    def as_fields(self) -> dict[str, Any]:
        """As the record keeps it."""
        ends = {name: getattr(self, name) for name in (FROM, UNTIL) if name in self.sets}
        return {_METADATA: dict(self.metadata), **{name: day and day.isoformat() for name, day in ends.items()}}


def as_edited(connection: Connection, new: Sequence[Document]) -> list[Document]:
    """The documents with what was said of them; most have nothing."""
    rows = connection.execute(_EDITS, {"ids": [document.id for document in new]})
    edits = {row.document_id: row.fields for row in rows}
    return [_edited(document, edits[document.id]) if document.id in edits else document for document in new]


def _edited(document: Document, fields: Mapping[str, Any]) -> Document:
    valid_from, valid_until = validity_of(fields, document.valid_from, document.valid_until)
    metadata = merged(document.metadata, fields)
    if valid_from and valid_until and valid_until < valid_from:
        # The file speaks of another time than the one that was edited; what the person said stays alone.
        valid_from, valid_until = validity_of(fields, None, None)
    return replace(document, metadata=metadata, valid_from=valid_from, valid_until=valid_until)


def joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Two edits as one; where both speak, the newer holds."""
    said, named = new[_METADATA], {folded(name) for name in new[_METADATA]}
    kept = {name: value for name, value in old.get(_METADATA, {}).items() if folded(name) not in named}
    return {**old, **new, _METADATA: kept | said}


def merged(metadata: Metadata, fields: Mapping[str, Any]) -> dict[str, str]:
    """The metadata of a file under an edit; a name that is written otherwise (``Product``, ``product``) is the same."""
    said = fields[_METADATA]
    named = {folded(name) for name in said}
    left = {name: value for name, value in metadata.items() if folded(name) not in named}
    return left | {name: value for name, value in said.items() if value is not None}


def validity_of(
    fields: Mapping[str, Any], valid_from: date | None, valid_until: date | None
) -> tuple[date | None, date | None]:
    """The ends of a validity under an edit."""
    if FROM in fields:
        valid_from = fields[FROM] and date.fromisoformat(fields[FROM])
    if UNTIL in fields:
        valid_until = fields[UNTIL] and date.fromisoformat(fields[UNTIL])
    return valid_from, valid_until
