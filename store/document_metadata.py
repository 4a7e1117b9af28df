"""The metadata of documents, for those who weigh passages by what their documents say about themselves."""

from collections.abc import Collection, Mapping

from sqlalchemy import BindParameter, Engine, bindparam, select

from core.types import Metadata
from store.tables import documents, versions

_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_METADATA = (
    select(documents.c.id, versions.c.metadata)
    .join(versions, versions.c.id == documents.c.current_version)
    .where(documents.c.id.in_(_IDS))
)


class DocumentMetadata:
    """Reads a record without changing it. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, ids: Collection[str]) -> Mapping[str, Metadata]:
        """By document id; a document that is gone is absent."""
        if not ids:
            return {}
        with self._engine.connect() as connection:
            rows = connection.execute(_METADATA, {"ids": sorted(set(ids))})
            return {row.id: row.metadata for row in rows}
