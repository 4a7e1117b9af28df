"""What every search asks of the record, put together once: building takes SQLAlchemy as long as running takes SQLite.

``ids`` and ``keys`` take lists; SQLite binds at most 32,766 values in one statement.
"""

from collections.abc import Sequence

from sqlalchemy import BindParameter, String, bindparam, select

from store.rows import live_chunk_rows, within
from store.tables import chunks, documents, embeddings, token_vectors

_KB: BindParameter[str] = bindparam("kb", type_=String)
_FINGERPRINT: BindParameter[str] = bindparam("fingerprint", type_=String)
_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_KEYS: BindParameter[Sequence[str]] = bindparam("keys", expanding=True)

LIVE_BY_ID = live_chunk_rows(_KB).where(chunks.c.chunk_id.in_(_IDS))
# Joined with the vectors in one statement, SQLite walks every vector of the embedder (20 ms, not 1).
KEYS_BY_ID = (
    select(chunks.c.chunk_id, chunks.c.text_key)
    .join(documents, documents.c.current_version == chunks.c.version_id)
    .where(within(_KB), chunks.c.chunk_id.in_(_IDS))
)
VECTORS_BY_KEY = select(embeddings.c.text_key, embeddings.c.vector).where(
    embeddings.c.fingerprint == _FINGERPRINT, embeddings.c.text_key.in_(_KEYS)
)
TOKENS_BY_KEY = select(token_vectors).where(
    token_vectors.c.fingerprint == _FINGERPRINT, token_vectors.c.text_key.in_(_KEYS)
)
