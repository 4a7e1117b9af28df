"""Documents under new names. An id is made of the first source and stays; versions and passages never notice a move."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from core.errors import Unavailable
from core.types import BlockKind
from store.changes import announce, batches
from store.facets import facet_rows
from store.source_state import SourceState, document_id
from store.tables import documents, facets, versions

_BY_SOURCE = select(documents.c.source, documents.c.id).where(
    documents.c.kb == bindparam("of_kb"), documents.c.source.in_(bindparam("sources", expanding=True))
)
_TAKEN = select(documents.c.id).where(documents.c.id.in_(bindparam("ids", expanding=True)))
_STAMP = ("root", "size", "mtime_ns", "ctime_ns", "inode", "checked_ns")


def identity(connection: Connection, kb: str, source: str) -> str:
    """The id of the document with this source, or the one that a new document of this name gets.

    A document that moved away took its id along: the next one of the name gets another.
    """
    of_source = select(documents.c.id).where(documents.c.kb == kb, documents.c.source == source)
    known = connection.scalar(of_source)
    if known is not None:
        return str(known)
    number, candidate = 0, document_id(kb, source)
    while connection.scalar(select(documents.c.id).where(documents.c.id == candidate)) is not None:
        number += 1
        candidate = document_id(kb, f"{source}\0{number}")
    return candidate


def identities(connection: Connection, kb: str, sources: Sequence[str]) -> dict[str, str]:
    """``identity`` of each source, by source; most take no statement of their own."""
    found: dict[str, str] = {}
    for part in batches(sources):
        known = {row.source: row.id for row in connection.execute(_BY_SOURCE, {"of_kb": kb, "sources": part})}
        first = {source: document_id(kb, source) for source in part if source not in known}
        taken = set(connection.scalars(_TAKEN, {"ids": list(first.values())})) if first else set()
        found |= known
        found |= {
            source: each if each not in taken else identity(connection, kb, source) for source, each in first.items()
        }
    return found


def require_identities(connection: Connection, kb: str, ids: Mapping[str, str]) -> None:
    """Raises ``Unavailable`` where another process moved or made a document of a name or id, by source, meanwhile."""
    for source, now in identities(connection, kb, list(ids)).items():
        if now != ids[source]:
            raise Unavailable(f"{source!r} of {kb!r} was moved by another process; ingest it again")


def move_sources(connection: Connection, kb: str, moves: Mapping[str, str]) -> set[str]:
    """Give documents new sources, all at once, so that names can be exchanged. ``moves`` is new source by old one.

    Returns the new sources of documents that must be read again, and marks them so: their title is their old name.
    """
    ids = {old: identity(connection, kb, old) for old in moves}
    stale = {moves[old] for old in moves if _is_titled_by_name(connection, ids[old], old, moves[old])}
    # First names that no file can have, because two documents may not have one source even for a moment.
    for old in moves:
        _rename(connection, ids[old], f"!/{ids[old]}")
    for old, new in moves.items():
        _rename(connection, ids[old], new)
        if new in stale:
            connection.execute(update(documents).where(documents.c.id == ids[old]).values(pipeline=""))
        _rename_parent(connection, ids[old], moves)
    if moves:
        announce(connection, kb, ())
    return stale


def put_stamps(connection: Connection, kb: str, states: Sequence[SourceState]) -> None:
    """Keep where the files lie and what the system says of them, for files whose bytes did not change."""
    if not states:
        return
    statement = (
        update(documents)
        .where(documents.c.kb == kb, documents.c.source == bindparam("of_source"))
        .values({name: bindparam(f"new_{name}") for name in _STAMP})
    )
    rows = [{"of_source": state.source} | {f"new_{name}": getattr(state, name) for name in _STAMP} for state in states]
    connection.execute(statement, rows)


def _rename(connection: Connection, document: str, source: str) -> None:
    connection.execute(update(documents).where(documents.c.id == document).values(source=source))


def _rename_parent(connection: Connection, document: str, moves: Mapping[str, str]) -> None:
    """What was in a file that moved says so: its metadata names the parent."""
    parent = versions.c.metadata["parent"].as_string()
    for row in connection.execute(select(versions).where(versions.c.document_id == document, parent.in_(moves))).all():
        renamed = row.metadata | {"parent": moves[row.metadata["parent"]]}
        connection.execute(update(versions).where(versions.c.id == row.id).values(metadata=renamed))
        connection.execute(delete(facets).where(facets.c.version_id == row.id))
        validity = {"valid_from": row.valid_from, "valid_until": row.valid_until}
        connection.execute(insert(facets), facet_rows(row.id, row.language, renamed, validity))


def _is_titled_by_name(connection: Connection, document: str, old: str, new: str) -> bool:
    """Whether the title of the current version is the file's old name, as it is where the file gives no title."""
    before, after = PurePosixPath(old).stem, PurePosixPath(new).stem
    if before == after:
        return False
    current = select(versions.c.title, versions.c.text, versions.c.blocks, versions.c.metadata).join(
        documents, documents.c.current_version == versions.c.id
    )
    row = connection.execute(current.where(documents.c.id == document)).one_or_none()
    return row is not None and row.title == before and before not in _titles_in(row)


def _titles_in(row: Row[Any, Any, Any, Any]) -> set[str]:
    """What the file itself offers as its title."""
    headings = {row.text[start:end].strip("# ") for kind, start, end, *_ in row.blocks if kind == BlockKind.HEADING}
    return headings | {row.metadata.get("title", "")}
