import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from waiting_documents import waiting

from core.types import BlockKind, Document, FloatArray
from ingest.embed import EmbeddingQueue
from ingest.watch import Unwatched
from ingest.writer import Writer


class Stopping(Unwatched):
    def check(self) -> None:
        raise InterruptedError


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
