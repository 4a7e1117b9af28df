"""The part of the composition root that names the engines of both indexes."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.settings import RetrievalSettings
from store.catalog import Catalog

if TYPE_CHECKING:
    from retrieval.generations import IndexStore


def dense_store(settings: RetrievalSettings, folder: Path, catalog: Catalog) -> "IndexStore":
    """Chroma, in the home or on the server that the settings name."""
    if settings.chroma_url:
        from retrieval.chroma_server import ChromaServerStore

        return ChromaServerStore(settings.chroma_url, home=catalog.home_id(), seconds=settings.chroma_seconds)
    from retrieval.chroma_index import ChromaStore

    return ChromaStore(folder / "chroma")


def lexical_store(settings: RetrievalSettings, folder: Path) -> "IndexStore":
    """tantivy, or the reference."""
    if settings.lexical_backend == "rank_bm25":
        from retrieval.bm25_index import Bm25Store

        return Bm25Store()
    from retrieval.tantivy_index import TantivyStore

    return TantivyStore(folder / "tantivy")
