import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from core.settings import IngestSettings
from core.types import BlockKind, Document, FloatArray, Outcome
from ingest.chunk import chunk_document
from ingest.embed import EmbeddingQueue, Waiting
from ingest.watch import Unwatched
from ingest.writer import Writer
from store.source_state import SourceState, text_key


class Stopping(Unwatched):
    def check(self) -> None:
        raise InterruptedError


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


def test_a_run_that_is_stopped_keeps_what_the_embedder_has_at_hand(
    document_of: Callable[..., Document], embedder: Any, record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = embedder.embed_passages

    def slowly(texts: Sequence[str]) -> FloatArray:
        time.sleep(0.3)
        return read(texts)  # type: ignore[no-any-return]  # as the fixture is

    monkeypatch.setattr(embedder, "embed_passages", slowly)
    record.ensure_kb("kb")
    with EmbeddingQueue(record.vectors, embedder, batch=1) as queue:
        writer = Writer(record, queue, "fake-1", "kb", Stopping())
        for source in ("1", "退款"):
            list(queue.add(waiting(document_of([(BlockKind.PARAGRAPH, f"Text {source}.", 0)], source=source))))
        time.sleep(0.1)
        with pytest.raises(InterruptedError):
            writer.check()
    assert list(record.documents) == ["1"]
    assert embedder.batches == [1]
