import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from waiting import until
from waiting_documents import waiting

from core.errors import ModelRefused
from core.types import BlockKind, Document, FloatArray
from ingest.embed import EmbeddingQueue, Waiting
from store.put import NewVersion
from store.source_state import text_key

MakeDocument = Callable[..., Document]


def loads_of(queue: EmbeddingQueue, *documents: Waiting) -> Iterator[list[NewVersion]]:
    for each in documents:
        yield from queue.add(each)
    yield from queue.flush()


def through(queue: EmbeddingQueue, *documents: Waiting) -> list[NewVersion]:
    """What comes out of the queue when these went in, in order."""
    return [ready for load in loads_of(queue, *documents) for ready in load]


def test_documents_wait_until_a_batch_of_new_texts_is_full(document_of: MakeDocument, embedder: Any) -> None:
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {}, embedder, batch=2)
    first = waiting(document_of([(BlockKind.PARAGRAPH, "One.", 0)], source="1"))
    second = waiting(document_of([(BlockKind.PARAGRAPH, "二。", 0)], source="2"))
    assert list(queue.add(first)) == []
    assert embedder.batches == []
    ready = through(queue, second)
    assert [each.document.source for each in ready] == ["1", "2"]
    assert embedder.batches == [2]
    expected = embedder.embed_query(second.passages[0].indexed_text)
    np.testing.assert_array_equal(ready[1].vectors[0], expected)
    assert list(queue.flush()) == []


def test_known_and_repeated_texts_are_not_embedded(document_of: MakeDocument, embedder: Any) -> None:
    known = waiting(document_of([(BlockKind.PARAGRAPH, "Known.", 0)], source="1"))
    vector = np.ones(8, dtype=np.float32)
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {text_key(known.passages[0]): vector}, embedder, batch=10)
    same = [waiting(document_of([(BlockKind.PARAGRAPH, "New.", 0)], source=name)) for name in ("2", "3")]
    ready = through(queue, known, *same)
    assert ready[0].vectors[0] is vector
    np.testing.assert_array_equal(ready[1].vectors[0], ready[2].vectors[0])
    assert queue.embedded == embedder.embedded == 1


def test_a_large_document_is_embedded_in_batches(document_of: MakeDocument, embedder: Any) -> None:
    drafts = []
    for number in range(5):
        drafts += [(BlockKind.HEADING, f"Part {number}?", 1), (BlockKind.PARAGRAPH, "Answer.", 0)]
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {}, embedder, batch=2)
    (ready,) = through(queue, waiting(document_of(drafts)))
    assert embedder.batches == [2, 2, 1]
    assert len(ready.vectors) == 5


def paragraph(text: str) -> list[tuple[BlockKind, str, int]]:
    return [(BlockKind.PARAGRAPH, text, 0)]


def test_vector_and_token_vectors_come_from_one_reading(
    document_of: MakeDocument, embedder: Any, token_record: Any
) -> None:
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {}, embedder, 2, token_record)
    first, second = (waiting(document_of(paragraph(text), source=text)) for text in ("One.", "二。"))
    ready = through(queue, first, second)
    assert embedder.batches == [2]
    for each in ready:
        (key,) = map(text_key, each.passages)
        vectors, codes = embedder.encode_passages([each.passages[0].indexed_text])
        np.testing.assert_array_equal(each.vectors[0], vectors[0])
        np.testing.assert_array_equal(each.tokens[key].rows, codes[0].rows)


def test_a_text_with_vector_and_token_vectors_is_not_read_again(
    document_of: MakeDocument, embedder: Any, token_record: Any
) -> None:
    known = waiting(document_of(paragraph("Known.")))
    (key,) = map(text_key, known.passages)
    _, (token_record.stored[key],) = embedder.encode_passages(["any"])
    embedder.batches.clear()
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {key: np.ones(8)}, embedder, 1, token_record)
    (ready,) = through(queue, known)
    assert embedder.batches == []
    assert ready.tokens == {}


def test_a_text_that_lacks_token_vectors_is_read_and_keeps_its_stored_vector(
    document_of: MakeDocument, embedder: Any, token_record: Any
) -> None:
    known = waiting(document_of(paragraph("Known.")))
    (key,) = map(text_key, known.passages)
    vector = np.ones(8, dtype=np.float32)
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {key: vector}, embedder, 1, token_record)
    (ready,) = through(queue, known)
    assert ready.vectors[0] is vector
    assert list(ready.tokens) == [key]


def test_without_a_place_for_them_no_token_vectors_are_made(document_of: MakeDocument, embedder: Any) -> None:
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {}, embedder, 1)
    (ready,) = through(queue, waiting(document_of(paragraph("One."))))
    assert ready.tokens == {}
    queue.fill("kb")
    assert queue.embedded == 1


def test_passages_of_earlier_runs_are_filled_in_batches(embedder: Any, token_record: Any) -> None:
    token_record.live = {"a": "One.", "b": "二。", "c": "Three."}
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {}, embedder, 2, token_record)
    queue.fill("kb")
    assert embedder.batches == [2, 1]
    assert queue.embedded == 3
    assert list(token_record.stored) == ["a", "b", "c"]


class Gate:
    """An embedder that reads only while it is open; ``calls`` are the texts of each call."""

    fingerprint = "gate"

    def __init__(self) -> None:
        self.open = threading.Event()
        self.calls: list[list[str]] = []

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        self.calls.append(list(texts))
        assert self.open.wait(20)
        if any(text.endswith("Broken.") for text in texts):
            raise ModelRefused("broken")
        return np.ones((len(texts), 1), dtype=np.float32)


def gated(batch: int) -> tuple[Gate, EmbeddingQueue]:
    gate = Gate()
    return gate, EmbeddingQueue(lambda _fingerprint, _keys: {}, gate, batch)  # type: ignore[arg-type]  # all it asks


def sources(loads: Iterable[list[NewVersion]]) -> list[list[str]]:
    return [[each.document.source for each in load] for load in loads]


def test_documents_are_taken_while_the_embedder_reads_and_then_it_is_waited_for(document_of: MakeDocument) -> None:
    gate, queue = gated(batch=1)
    with queue:
        for name in ("1", "2"):
            assert list(queue.add(waiting(document_of(paragraph(f"第 {name} 段。"), source=name)))) == []
        assert list(queue.ready()) == []
        third = queue.add(waiting(document_of(paragraph("Third."), source="3")))
        threading.Timer(0.2, gate.open.set).start()
        began = time.monotonic()
        assert sources(third)[0] == ["1"]
        assert time.monotonic() - began > 0.1
        queue.flush()


def test_a_text_that_is_being_read_is_not_read_again(document_of: MakeDocument) -> None:
    gate, queue = gated(batch=1)
    with queue:
        for name in ("1", "2"):
            list(queue.add(waiting(document_of(paragraph("退款需要七天。"), source=name))))
        gate.open.set()
        ready = [each for load in queue.flush() for each in load]
    assert len(gate.calls) == 1
    np.testing.assert_array_equal(ready[0].vectors[0], ready[1].vectors[0])


def test_what_was_read_is_kept_where_no_more_is_wanted(document_of: MakeDocument) -> None:
    gate, queue = gated(batch=1)
    with queue:
        for name in ("1", "2"):
            list(queue.add(waiting(document_of(paragraph(f"Text {name}."), source=name))))
        until(lambda: bool(gate.calls))
        threading.Timer(0.1, gate.open.set).start()
        assert sources(queue.settle()) == [["1"]]
    assert len(gate.calls) == 1


def test_an_error_of_the_embedder_comes_after_what_it_read_before(document_of: MakeDocument) -> None:
    gate, queue = gated(batch=1)
    gate.open.set()
    texts = ("Fine.", "Broken.", "不要了。")
    with queue:
        loads = loads_of(queue, *(waiting(document_of(paragraph(text), source=text)) for text in texts))
        assert sources([next(loads)]) == [["Fine."]]
        with pytest.raises(ModelRefused, match="broken"):
            next(loads)


def test_documents_that_are_known_whole_do_not_pile_up(document_of: MakeDocument, embedder: Any) -> None:
    queue = EmbeddingQueue(lambda _fingerprint, keys: dict.fromkeys(keys, np.ones(8)), embedder, batch=1)
    with queue:
        held = 0
        for number in range(40):
            held += 1
            for load in queue.add(waiting(document_of(paragraph(f"Known {number}."), source=str(number)))):
                held -= len(load)
            assert held <= 3 * 8
    assert embedder.batches == []
