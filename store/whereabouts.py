"""What the record knows of a passage, document or source that a search did not show."""

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from core.types import Chunk
from store.catalog import Catalog
from store.tables import chunks, documents, edition_versions, outbox, versions

_COMPARED = 5_000
_current = versions.alias("current_version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """The live passages that a name stands for, in order; where there are none, ``absence`` says why."""

    chunks: tuple[Chunk, ...] = ()
    absence: str = ""


class PassageFinder:
    """Finds passages by their id, by their document's id or by its source. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def find(self, kb: str, name: str, edition: int, visible: frozenset[str]) -> Whereabouts:
        """In one edition of a knowledge base. Of others, only those that are ``visible`` are told of."""
        if found := self._live(kb, name, edition):
            return Whereabouts(chunks=found)
        with self._catalog.engine.connect() as connection:
            known = _places(connection, name)
            told = [row for row in known if row.kb == kb] or [row for row in known if row.kb in visible]
            if told:
                return Whereabouts(absence=_story(told[0], kb))
            near = _near(connection, kb, name)
        absence = (
            f"the record of {kb!r} has no passage, document or source {name!r:.200}: it never had, or it was deleted"
        )
        return Whereabouts(absence=f"{absence}; sources near it: {', '.join(near)}" if near else absence)

    def newest_change(self, kb: str, chunk_id: str) -> int:
        """The number of the last change of a passage that an index may not have seen yet; 0 where all have."""
        newest = select(func.max(outbox.c.seq)).where(outbox.c.kb == kb, outbox.c.chunk_id == chunk_id)
        with self._catalog.engine.connect() as connection:
            return connection.scalar(newest) or 0

    def _live(self, kb: str, name: str, edition: int) -> tuple[Chunk, ...]:
        if known := self._catalog.live_chunks(kb, [name], edition):
            return tuple(known.values())
        document = self._catalog.document_ids(kb).get(name, name)
        ids = [chunk.id for chunk in self._catalog.chunks_of(kb, document)]
        return tuple(sorted(self._catalog.live_chunks(kb, ids, edition).values(), key=lambda chunk: chunk.ordinal))


def _places(connection: Connection, name: str) -> list[Row[Any]]:
    """Where a passage stands that is not live, then documents of this id or source, of any knowledge base."""
    return [*connection.execute(_passages(name)), *connection.execute(_documents(name))]


def _passages(name: str) -> Select[Any]:
    return (
        select(
            documents.c.kb,
            documents.c.source,
            documents.c.outcome,
            documents.c.reason,
            chunks.c.version_id,
            documents.c.current_version,
            _current.c.created_at,
            edition_versions.c.edition_id,
        )
        .select_from(chunks.join(versions, versions.c.id == chunks.c.version_id))
        .join(documents, documents.c.id == versions.c.document_id)
        .outerjoin(_current, _current.c.id == documents.c.current_version)
        .outerjoin(edition_versions, edition_versions.c.version_id == chunks.c.version_id)
        .where(chunks.c.chunk_id == name)
        .order_by(chunks.c.version_id.desc())
    )


def _documents(name: str) -> Select[Any]:
    return (
        select(documents, _current.c.created_at)
        .outerjoin(_current, _current.c.id == documents.c.current_version)
        .where((documents.c.id == name) | (documents.c.source == name))
        .order_by(documents.c.kb)
    )


def _story(row: Row[Any], kb: str) -> str:
    values = row._mapping
    if row.kb != kb:
        return f"it is in the knowledge base {row.kb!r}; this search asked {kb!r}"
    if row.current_version is None:
        return f"{row.source} gave no text when it was read ({row.outcome}: {row.reason or 'no reason kept'})"
    if values.get("edition_id") is not None:
        return f"it belongs to an edition of {row.source} that does not answer now"
    if values.get("version_id", row.current_version) != row.current_version:
        return f"{row.source} was replaced {_when(row.created_at)}; this passage stood in a version before that"
    return f"{row.source} has no passages"


def _when(at: datetime | None) -> str:
    return f"on {at:%Y-%m-%d at %H:%M} UTC" if at else "since"


def _near(connection: Connection, kb: str, name: str) -> list[str]:
    known = connection.scalars(select(documents.c.source).where(documents.c.kb == kb).limit(_COMPARED)).all()
    ending = [source for source in known if source.endswith(f"/{name}")][:3]
    return ending or get_close_matches(name[:200], known, n=3, cutoff=0.6)
