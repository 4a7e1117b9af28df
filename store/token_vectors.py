"""Packed token vectors in the record: late interaction then reads no passage again.

They belong to a text, like its vector: passages with the same text share them, and they go when the text goes.
"""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select

from core.ports import TokenCodes
from core.types import Chunk
from store.catalog import Catalog
from store.changes import add_new, batches
from store.rows import chunk_from, code_values, codes_from, live_chunk_rows, packed_name
from store.source_state import text_key
from store.statements import TOKENS_BY_KEY
from store.tables import chunks, documents, editions, token_vectors


class StoredTokens:
    """A ``TokenStore`` over the record for one embedder, named by its ``fingerprint``. Thread-safe."""

    def __init__(self, catalog: Catalog, fingerprint: str) -> None:
        self._catalog = catalog
        self._fingerprint = fingerprint
        self._name = packed_name(fingerprint)
        self._ours = token_vectors.c.fingerprint == self._name

    def token_codes(self, passages: Sequence[Chunk]) -> list[TokenCodes | None]:
        """In the order of ``passages``; None where the record has none for a text."""
        keys = [text_key(chunk) for chunk in passages]
        found: dict[str, TokenCodes] = {}
        with self._catalog.engine.connect() as connection:
            for part in batches(keys):
                rows = connection.execute(TOKENS_BY_KEY, {"fingerprint": self._name, "keys": part})
                found |= {row.text_key: codes_from(row) for row in rows}
        return [found.get(key) for key in keys]

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the text keys that have token vectors."""
        found: set[str] = set()
        with self._catalog.engine.connect() as connection:
            for part in batches(keys):
                statement = select(token_vectors.c.text_key).where(self._ours, token_vectors.c.text_key.in_(part))
                found.update(connection.scalars(statement))
        return found

    def missing(self, kb: str, batch: int) -> Iterator[dict[str, str]]:
        """Texts of live passages without token vectors by their keys, at most ``batch`` at a time."""
        keys = self._missing_keys(kb)
        for start in range(0, len(keys), batch):
            statement = live_chunk_rows(kb).where(chunks.c.text_key.in_(keys[start : start + batch]))
            with self._catalog.engine.connect() as connection:
                yield {row.text_key: chunk_from(row).indexed_text for row in connection.execute(statement)}

    def put(self, by_key: Mapping[str, TokenCodes]) -> None:
        """Store what a text has been given since; texts that were deleted meanwhile get nothing."""
        with self._catalog.writing() as connection:
            used = set(connection.scalars(select(chunks.c.text_key).where(chunks.c.text_key.in_(by_key))))
            kept = {key: codes for key, codes in by_key.items() if key in used}
            add_new(connection, token_vectors, code_values(self._fingerprint, kept))

    def _missing_keys(self, kb: str) -> list[str]:
        if not self._reads(kb):
            return []
        same_text = (token_vectors.c.text_key == chunks.c.text_key) & self._ours
        statement = (
            select(chunks.c.text_key)
            .join(documents, documents.c.current_version == chunks.c.version_id)
            .outerjoin(token_vectors, same_text)
            .where(documents.c.kb == kb, token_vectors.c.text_key.is_(None))
            .distinct()
            .order_by(chunks.c.text_key)
        )
        with self._catalog.engine.connect() as connection:
            return list(connection.scalars(statement))

    def _reads(self, kb: str) -> bool:
        """Whether this embedder reads the edition that answers; the texts of another get theirs when that is built."""
        current = select(editions.c.fingerprint).where(editions.c.kb == kb, editions.c.state == "current")
        with self._catalog.engine.connect() as connection:
            return connection.scalar(current) in {None, self._fingerprint}
