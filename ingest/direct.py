"""Documents that need no parsing: from an evaluation set or a caller's own code, straight to passages."""

from collections.abc import Iterable

from core.ports import PassageEncoder
from core.settings import IngestSettings
from core.types import Document, Outcome
from ingest.chunk import chunk_document
from ingest.embed import EmbeddingQueue, TokenRecord, Waiting
from ingest.known import cut_name
from ingest.token_count import counter_name, counter_of
from store.catalog import Catalog
from store.source_state import SourceState, text_key

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
    count = counter_of(embedder)
    with EmbeddingQueue(catalog.vectors, embedder, settings.embed_batch, token_record) as queue:
        for document in documents:
            passages = tuple(chunk_document(document, settings, count))
            if passages:
                keys, state = tuple(map(text_key, passages)), _state(document)
                waiting = Waiting(document=document, passages=passages, keys=keys, state=state)
                for new in queue.add(waiting):
                    catalog.put_documents(kb, new, fingerprint=embedder.fingerprint)
        for new in queue.flush():
            catalog.put_documents(kb, new, fingerprint=embedder.fingerprint)
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
