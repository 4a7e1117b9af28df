"""Documents that need no parsing: from an evaluation set or a caller's own code, straight to passages."""

from collections.abc import Iterable, Sequence

from core.ports import PassageEncoder
from core.settings import IngestSettings
from core.types import Document, Outcome
from ingest.chunk import chunk_document
from ingest.embed import EmbeddingQueue, Ready, TokenRecord, Waiting
from ingest.known import cut_name
from ingest.token_count import counter_name
from store.catalog import Catalog
from store.source_state import SourceState

_PARSER = "none"


def put_documents(
    documents: Iterable[Document],
    kb: str,
    *,
    catalog: Catalog,
    embedder: PassageEncoder,
    settings: IngestSettings,
    token_record: TokenRecord | None = None,
) -> None:
    """Store every document that gives a passage, each in its own transaction. The knowledge base is made if new."""
    catalog = catalog.taking(cut_name(settings, counter_name(embedder)))
    catalog.ensure_kb(kb)
    queue = EmbeddingQueue(catalog.vectors, embedder, settings.embed_batch, token_record)
    for document in documents:
        passages = tuple(chunk_document(document, settings, queue.count))
        if passages:
            state = _state(document)
            _store(catalog, embedder, queue.add(Waiting(document=document, passages=passages, state=state)))
    _store(catalog, embedder, queue.flush())
    queue.fill(kb)


def _state(document: Document) -> SourceState:
    return SourceState(
        source=document.source,
        content_hash=document.content_hash,
        pipeline=_PARSER,
        outcome=Outcome.INGESTED,
        reason="",
        parser=_PARSER,
        size=len(document.text.encode()),
        mtime_ns=0,
    )


def _store(catalog: Catalog, embedder: PassageEncoder, ready: Sequence[Ready]) -> None:
    for each in ready:
        catalog.put_document(
            each.document,
            each.passages,
            each.vectors,
            fingerprint=embedder.fingerprint,
            state=each.state,
            tokens=each.tokens,
        )
