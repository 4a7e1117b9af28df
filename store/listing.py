"""Documents of a knowledge base page by page, without their texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from core.types import Outcome
from store.catalog import Catalog
from store.kb_key import KbKey
from store.tables import chunks, documents, versions


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A source and what became of it; ``title`` and ``language`` are empty where it gave no text."""

    id: str
    kb: KbKey
    source: str
    title: str
    language: str
    outcome: Outcome
    reason: str
    parser: str
    size: int
    passages: int
    valid_from: date | None
    valid_until: date | None
    updated_at: datetime


class Listing:
    """Reads a record. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def page(self, kb: KbKey, *, after: str, limit: int, outcome: Outcome | None = None) -> list[DocumentRow]:
        """At most ``limit`` of a knowledge base by source, those behind the source ``after``."""
        statement = _rows().where(documents.c.kb == kb, documents.c.source > after)
        if outcome is not None:
            statement = statement.where(documents.c.outcome == outcome.value)
        with self._catalog.engine.connect() as connection:
            return [_row_from(row) for row in connection.execute(statement.order_by(documents.c.source).limit(limit))]

    def get(self, document: str) -> DocumentRow | None:
        """The document of this id, of whatever knowledge base."""
        with self._catalog.engine.connect() as connection:
            row = connection.execute(_rows().where(documents.c.id == document)).one_or_none()
        return None if row is None else _row_from(row)

    def outcomes(self, kb: KbKey) -> Mapping[str, int]:
        """How many sources came to each outcome."""
        counted = select(documents.c.outcome, func.count().label("n")).where(documents.c.kb == kb)
        with self._catalog.engine.connect() as connection:
            rows = connection.execute(counted.group_by(documents.c.outcome).order_by(documents.c.outcome))
            return {row.outcome: row.n for row in rows}

    def passages(self, kb: KbKey) -> int:
        """How many passages are live."""
        counted = select(func.count()).select_from(chunks.join(documents, _IS_CURRENT)).where(documents.c.kb == kb)
        with self._catalog.engine.connect() as connection:
            return connection.scalar(counted) or 0


_IS_CURRENT = documents.c.current_version == chunks.c.version_id


def _rows() -> Select[Any]:
    passages = select(func.count()).select_from(chunks).where(_IS_CURRENT).correlate(documents).scalar_subquery()
    of_version = (versions.c.title, versions.c.language, versions.c.valid_from, versions.c.valid_until)
    return select(documents, *of_version, passages.label("passages")).outerjoin(
        versions, versions.c.id == documents.c.current_version
    )


def _row_from(row: Row[Any]) -> DocumentRow:
    return DocumentRow(
        id=row.id,
        kb=KbKey(row.kb),
        source=row.source,
        title=row.title or "",
        language=row.language or "",
        outcome=Outcome(row.outcome),
        reason=row.reason,
        parser=row.parser,
        size=row.size,
        passages=row.passages,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        updated_at=row.updated_at.replace(tzinfo=UTC) if row.updated_at.tzinfo is None else row.updated_at,
    )
