"""Documents as they wait for their vectors."""

from core.settings import IngestSettings
from core.types import Document, Outcome
from ingest.chunk import chunk_document
from ingest.embed import Waiting
from store.source_state import SourceState, text_key


def waiting(document: Document) -> Waiting:
    state = SourceState(
        source=document.source,
        content_hash="h",
        pipeline="p",
        outcome=Outcome.INGESTED,
        reason="",
        parser="p",
        size=1,
        mtime_ns=0,
    )
    passages = tuple(chunk_document(document, IngestSettings()))
    return Waiting(document=document, passages=passages, keys=tuple(map(text_key, passages)), state=state)
