"""What every search asks of the record, put together once: building takes SQLAlchemy as long as running takes SQLite.

``ids``, ``versions`` and ``keys`` take lists; SQLite binds at most 32,766 values in one statement.
"""

from collections.abc import Sequence

from sqlalchemy import BigInteger, BindParameter, Connection, String, bindparam, select

from core.errors import NotFound
from store.kb_key import split_key
from store.rows import in_edition, live_chunk_rows, within
from store.tables import chunks, documents, editions, embeddings, indexes, knowledge_bases, token_vectors

_KB: BindParameter[str] = bindparam("kb", type_=String)
_FINGERPRINT: BindParameter[str] = bindparam("fingerprint", type_=String)
_EDITION: BindParameter[int] = bindparam("edition", type_=BigInteger)
_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_VERSIONS: BindParameter[Sequence[int]] = bindparam("versions", expanding=True)
_KEYS: BindParameter[Sequence[str]] = bindparam("keys", expanding=True)

LIVE_BY_ID = live_chunk_rows(_KB).where(chunks.c.chunk_id.in_(_IDS))
# Joined with the vectors in one statement, SQLite walks every vector of the embedder (20 ms, not 1).
KEYS_BY_ID = (
    select(chunks.c.chunk_id, chunks.c.text_key)
    .join(documents, documents.c.current_version == chunks.c.version_id)
    .where(within(_KB), chunks.c.chunk_id.in_(_IDS))
)
# The same two in one edition, which need not be the one that answers.
STANDING_BY_ID = live_chunk_rows(_KB, _EDITION).where(chunks.c.chunk_id.in_(_IDS))
STANDING_KEYS_BY_ID = (
    select(chunks.c.chunk_id, chunks.c.text_key)
    .select_from(in_edition(_EDITION))
    .where(within(_KB), chunks.c.chunk_id.in_(_IDS))
)
# Where passages stand, without their texts: the first look at what a filter leaves.
PLACES_BY_ID = select(chunks.c.version_id, chunks.c.chunk_id, chunks.c.kind).where(chunks.c.chunk_id.in_(_IDS))
PLACES_BY_VERSION = select(chunks.c.version_id, chunks.c.chunk_id, chunks.c.kind, chunks.c.text_key).where(
    chunks.c.version_id.in_(_VERSIONS)
)
VECTORS_BY_KEY = select(embeddings.c.text_key, embeddings.c.vector).where(
    embeddings.c.fingerprint == _FINGERPRINT, embeddings.c.text_key.in_(_KEYS)
)
TOKENS_BY_KEY = select(token_vectors).where(
    token_vectors.c.fingerprint == _FINGERPRINT, token_vectors.c.text_key.in_(_KEYS)
)
KB_NAMES = select(knowledge_bases.c.name).order_by(knowledge_bases.c.name)
SYNONYMS = select(knowledge_bases.c.synonyms).where(knowledge_bases.c.name == _KB)
REVISION = select(knowledge_bases.c.revision).where(knowledge_bases.c.name == _KB)
HAS_EDITION = select(editions.c.id).where(editions.c.id == _EDITION)
# What decides which passages are found: the edition that answers is null before the first, the newest index is last.
KB_NOW = (
    select(
        knowledge_bases.c.revision,
        knowledge_bases.c.head_seq,
        knowledge_bases.c.synonyms,
        editions.c.id.label("edition"),
    )
    .outerjoin(editions, (editions.c.kb == knowledge_bases.c.name) & (editions.c.state == "current"))
    .where(knowledge_bases.c.name == _KB)
)
INDEXES_NOW = (
    select(indexes.c.generation, indexes.c.arm, indexes.c.edition_id, indexes.c.watermark, indexes.c.complete)
    .where(indexes.c.kb == _KB)
    .order_by(indexes.c.built_at, indexes.c.generation)
)


def unknown_kb(connection: Connection, name: str) -> NotFound:
    """The error for a knowledge base that is not there, with those of its tenant that are."""
    tenant, _ = split_key(name)
    known = [each for each in connection.scalars(KB_NAMES) if split_key(each)[0] == tenant]
    listed = ", ".join(known[:20]) or "none yet; `citedesk ingest PATH` makes one"
    return NotFound(f"no knowledge base named {name!r}; there is: {listed}")
