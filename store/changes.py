"""The steps that a write transaction of the catalog is made of. Each runs inside the caller's transaction."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import BigInteger, BindParameter, Connection, Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.rows import packed_name
from store.statements import unknown_kb
from store.tables import (
    chunks,
    documents,
    edition_versions,
    editions,
    embeddings,
    knowledge_bases,
    outbox,
    token_vectors,
    versions,
)

Value = TypeVar("Value")

# SQLite takes at most 32,766 bound values in one statement.
BATCH = 500

_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_BUMP = (
    update(knowledge_bases)
    .where(knowledge_bases.c.name == bindparam("of_kb"))
    .values(
        head_seq=knowledge_bases.c.head_seq + bindparam("changes", type_=BigInteger),
        revision=knowledge_bases.c.revision + 1,
    )
    .returning(knowledge_bases.c.head_seq)
)
_ADD_CHANGES = insert(outbox)
_LIVE_OF = (
    select(chunks.c.chunk_id)
    .join(documents, documents.c.current_version == chunks.c.version_id)
    .where(documents.c.id.in_(_IDS))
)
_OTHERS_OF = (
    select(chunks.c.chunk_id)
    .join(edition_versions, edition_versions.c.version_id == chunks.c.version_id)
    .where(edition_versions.c.document_id.in_(_IDS))
)
_ALTERNATIVES_OF = select(edition_versions.c.version_id).where(edition_versions.c.document_id.in_(_IDS))
_VERSIONS_OF = (
    select(versions.c.document_id, versions.c.id).where(versions.c.document_id.in_(_IDS)).order_by(versions.c.id.desc())
)


def batches(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values in parts that one statement can bind."""
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]


def add_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the rows whose primary key is not there yet."""
    if rows:
        connection.execute(_new_rows(table, connection.dialect.name), rows)


@cache
def _new_rows(table: Table, dialect: str) -> Any:
    return (postgresql if dialect == "postgresql" else sqlite).insert(table).on_conflict_do_nothing()


def announce(connection: Connection, kb: str, changed: Collection[str]) -> None:
    """Number the changes without gaps: the update locks the row, so writers of one knowledge base take turns."""
    head = connection.execute(_BUMP, {"of_kb": kb, "changes": len(changed)}).scalar_one_or_none()
    if head is None:
        raise unknown_kb(connection, kb)
    first = head - len(changed) + 1
    if changed:
        rows = [{"kb": kb, "seq": first + i, "chunk_id": chunk} for i, chunk in enumerate(sorted(changed))]
        connection.execute(_ADD_CHANGES, rows)


def live_ids_of(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Ids of the live passages of these documents."""
    live: set[str] = set()
    for part in batches(ids):
        live.update(connection.scalars(_LIVE_OF, {"ids": part}))
    return live


def other_ids_of(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Ids of the passages of these documents in editions where another version than the current one stands."""
    found: set[str] = set()
    for part in batches(ids):
        found.update(connection.scalars(_OTHERS_OF, {"ids": part}))
    return found


def forget_alternatives(connection: Connection, ids: Sequence[str]) -> None:
    """Let the current version of these documents stand in every edition: other cuts are of a text that is being
    replaced."""
    for part in batches(ids):
        others = list(connection.scalars(_ALTERNATIVES_OF, {"ids": part}))
        if others:
            connection.execute(delete(edition_versions).where(edition_versions.c.document_id.in_(part)))
            drop_versions(connection, others)


def drop_versions(connection: Connection, ids: Sequence[int]) -> None:
    """Delete versions with their passages and the vectors that nothing else needs."""
    keys: set[str] = set()
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        keys.update(connection.scalars(select(chunks.c.text_key).where(chunks.c.version_id.in_(part))))
        connection.execute(delete(chunks).where(chunks.c.version_id.in_(part)))
        connection.execute(delete(versions).where(versions.c.id.in_(part)))
    sweep_embeddings(connection, keys)


def forget_fingerprint(connection: Connection, fingerprint: str) -> None:
    """Drop the vectors of an embedder that no edition of any knowledge base reads with."""
    used = select(editions.c.id).where(editions.c.fingerprint == fingerprint).limit(1)
    if connection.scalar(used) is None:
        connection.execute(delete(embeddings).where(embeddings.c.fingerprint == fingerprint))
        connection.execute(delete(token_vectors).where(token_vectors.c.fingerprint == packed_name(fingerprint)))


def keys_of(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Text keys of every version of these documents."""
    keys: set[str] = set()
    for part in batches(ids):
        statement = (
            select(chunks.c.text_key)
            .join(versions, versions.c.id == chunks.c.version_id)
            .where(versions.c.document_id.in_(part))
        )
        keys.update(connection.scalars(statement))
    return keys


def delete_documents(connection: Connection, ids: Sequence[str]) -> None:
    """Delete documents with all versions and passages, live or not."""
    for part in batches(ids):
        old = select(versions.c.id).where(versions.c.document_id.in_(part))
        connection.execute(delete(chunks).where(chunks.c.version_id.in_(old)))
        connection.execute(delete(versions).where(versions.c.document_id.in_(part)))
        connection.execute(delete(documents).where(documents.c.id.in_(part)))


def forget_versions(connection: Connection, ids: Sequence[str], keep: int) -> None:
    """Delete all but the newest ``keep`` versions of these documents, which stand in every edition with the newest."""
    seen: Counter[str] = Counter()
    dropped = []
    for part in batches(ids):
        for row in connection.execute(_VERSIONS_OF, {"ids": part}):
            seen[row.document_id] += 1
            if seen[row.document_id] > keep:
                dropped.append(row.id)
    drop_versions(connection, dropped)


def sweep_embeddings(connection: Connection, keys: Collection[str]) -> None:
    """Drop the vectors of deleted text, its tokens' too: a text can be guessed back from them."""
    wanted = sorted(keys)
    for part in batches(wanted):
        used = select(chunks.c.text_key).where(chunks.c.text_key.in_(part))
        for table in (embeddings, token_vectors):
            unused = table.c.text_key.in_(part) & table.c.text_key.not_in(used)
            connection.execute(delete(table).where(unused))
