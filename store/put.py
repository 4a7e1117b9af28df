"""New versions of documents, any number in one transaction: the steps, each one statement for all of them.

Statements are put together once, because building one takes SQLAlchemy longer than running it takes SQLite.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.ports import TokenCodes
from core.types import Chunk, Document, FloatArray, Outcome
from store.changes import (
    add_new,
    announce,
    batches,
    forget_alternatives,
    forget_versions,
    live_ids_of,
    other_ids_of,
)
from store.edit import as_edited
from store.facets import facets_of
from store.moves import require_identities
from store.rows import chunk_values, code_values, vector_values, version_values
from store.source_state import SourceState
from store.tables import chunks, documents, embeddings, facets, token_vectors, versions

_ADD_VERSIONS = insert(versions)
_ADD_FACETS = insert(facets)
_ADD_CHUNKS = insert(chunks)
_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_STANDING = select(
    documents.c.id, documents.c.current_version, documents.c.outcome, documents.c.content_hash, documents.c.pipeline
).where(documents.c.id.in_(_IDS))
# A row is locked before a version is added to it, so the newest is always this transaction's own.
_NEWEST = (
    select(versions.c.document_id, func.max(versions.c.id).label("id"))
    .where(versions.c.document_id.in_(_IDS))
    .group_by(versions.c.document_id)
)
_SWITCH = update(documents).where(documents.c.id == bindparam("of_id")).values(current_version=bindparam("to_version"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """A document that can be stored: its passages and, for each in order, its text key and vector of shape (dim,).

    ``tokens`` are the packed token vectors, by text key, of the texts that have none yet. Raises ``ValueError`` where
    their numbers differ.
    """

    document: Document
    passages: Sequence[Chunk]
    keys: Sequence[str]
    vectors: Sequence[FloatArray]
    state: SourceState
    tokens: Mapping[str, TokenCodes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.passages) != len(self.vectors):
            raise ValueError(f"{len(self.passages)} passages need as many vectors, got {len(self.vectors)}")


def once_each(new: Iterable[NewVersion]) -> Iterator[list[NewVersion]]:
    """The versions in order, in parts in which no document comes twice and that one statement can bind."""
    part: dict[str, NewVersion] = {}
    for each in new:
        if each.document.id in part:
            yield list(part.values())
            part = {}
        part[each.document.id] = each
    yield from (list(some) for some in batches(list(part.values())))


def put_versions(
    connection: Connection, kb: str, new: Sequence[NewVersion], *, fingerprint: str, cut: str, keep: int
) -> None:
    """Make each the current version of its document; documents must differ, and belong to ``kb``.

    What another process has put there meanwhile, of the same bytes in the same way, is not written again.
    """
    require_identities(connection, kb, {each.document.source: each.document.id for each in new})
    new = _not_there(connection, new)
    if not new:
        return
    ids = [each.document.id for each in new]
    passages = {chunk.id for each in new for chunk in each.passages}
    old, others = live_ids_of(connection, ids), other_ids_of(connection, ids)
    upsert_states(connection, kb, {each.document.id: each.state for each in new})
    # Behind the upsert, which locks the rows: an edit at the same time comes before all this or after it.
    edited = as_edited(connection, [each.document for each in new])
    new = [replace(each, document=document) for each, document in zip(new, edited, strict=True)]
    made = _add_versions(connection, new, cut)
    _add_texts(connection, new, made, fingerprint)
    connection.execute(_SWITCH, [{"of_id": document, "to_version": version} for document, version in made.items()])
    announce(connection, kb, old | others | passages if others else old ^ passages)
    forget_alternatives(connection, ids)
    forget_versions(connection, ids, keep)


def upsert_states(connection: Connection, kb: str, states: Mapping[str, SourceState]) -> None:
    """Keep what became of files, by document id."""
    rows = [{"id": document, "kb": kb} | _state_values(state) for document, state in states.items()]
    connection.execute(_upsert(connection.dialect.name), rows)


def _not_there(connection: Connection, new: Sequence[NewVersion]) -> list[NewVersion]:
    rows = connection.execute(_STANDING, {"ids": [each.document.id for each in new]})
    there = {
        (row.id, row.content_hash, row.pipeline)
        for row in rows
        if row.current_version is not None and row.outcome == Outcome.INGESTED.value
    }
    return [each for each in new if (each.document.id, each.state.content_hash, each.state.pipeline) not in there]


def _add_versions(connection: Connection, new: Sequence[NewVersion], cut: str) -> dict[str, int]:
    """The number of each new version by document."""
    connection.execute(_ADD_VERSIONS, [version_values(each.document) | {"cut": cut} for each in new])
    rows = connection.execute(_NEWEST, {"ids": [each.document.id for each in new]})
    return {row.document_id: row.id for row in rows}


def _add_texts(connection: Connection, new: Sequence[NewVersion], made: Mapping[str, int], fingerprint: str) -> None:
    """What hangs on the versions and on their texts."""
    connection.execute(_ADD_FACETS, [row for each in new for row in facets_of(made[each.document.id], each.document)])
    numbered = [(made[each.document.id], each) for each in new]
    if rows := [row for number, each in numbered for row in chunk_values(number, each.passages, each.keys)]:
        connection.execute(_ADD_CHUNKS, rows)
    vectors = {key: vector for each in new for key, vector in zip(each.keys, each.vectors, strict=True)}
    add_new(connection, embeddings, vector_values(fingerprint, vectors))
    tokens = {key: codes for each in new for key, codes in each.tokens.items()}
    add_new(connection, token_vectors, code_values(fingerprint, tokens))


def _state_values(state: SourceState) -> dict[str, Any]:
    return {name: getattr(state, name) for name in SourceState.__slots__} | {"outcome": state.outcome.value}


@cache
def _upsert(dialect: str) -> Any:
    made = (postgresql if dialect == "postgresql" else sqlite).insert(documents)
    changed = {name: made.excluded[name] for name in SourceState.__slots__ if name != "source"}
    return made.on_conflict_do_update(index_elements=["id"], set_=changed | {"updated_at": func.current_timestamp()})
