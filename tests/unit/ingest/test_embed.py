from collections.abc import Callable
from typing import Any

import numpy as np

from core.settings import IngestSettings
from core.types import BlockKind, Document, Outcome
from ingest.chunk import chunk_document
from ingest.embed import EmbeddingQueue, Waiting
from store.source_state import SourceState, text_key

MakeDocument = Callable[..., Document]


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
    return Waiting(document=document, passages=tuple(chunk_document(document, IngestSettings())), state=state)


def test_documents_wait_until_a_batch_of_new_texts_is_full(document_of: MakeDocument, embedder: Any) -> None:
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {}, embedder, batch=2)
    first = waiting(document_of([(BlockKind.PARAGRAPH, "One.", 0)], source="1"))
    second = waiting(document_of([(BlockKind.PARAGRAPH, "二。", 0)], source="2"))
    assert queue.add(first) == []
    assert embedder.batches == []
    ready = queue.add(second)
    assert [each.document.source for each in ready] == ["1", "2"]
    assert embedder.batches == [2]
    expected = embedder.embed_query(second.passages[0].indexed_text)
    np.testing.assert_array_equal(ready[1].vectors[0], expected)
    assert queue.flush() == []


def test_known_and_repeated_texts_are_not_embedded(document_of: MakeDocument, embedder: Any) -> None:
    known = waiting(document_of([(BlockKind.PARAGRAPH, "Known.", 0)], source="1"))
    vector = np.ones(8, dtype=np.float32)
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {text_key(known.passages[0]): vector}, embedder, batch=10)
    same = [waiting(document_of([(BlockKind.PARAGRAPH, "New.", 0)], source=name)) for name in ("2", "3")]
    for each in (known, *same):
        queue.add(each)
    ready = queue.flush()
    assert ready[0].vectors[0] is vector
    np.testing.assert_array_equal(ready[1].vectors[0], ready[2].vectors[0])
    assert queue.embedded == embedder.embedded == 1


def test_a_large_document_is_embedded_in_batches(document_of: MakeDocument, embedder: Any) -> None:
    drafts = []
    for number in range(5):
        drafts += [(BlockKind.HEADING, f"Part {number}?", 1), (BlockKind.PARAGRAPH, "Answer.", 0)]
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {}, embedder, batch=2)
    (ready,) = queue.add(waiting(document_of(drafts)))
    assert embedder.batches == [2, 2, 1]
    assert len(ready.vectors) == 5


def paragraph(text: str) -> list[tuple[BlockKind, str, int]]:
    return [(BlockKind.PARAGRAPH, text, 0)]


def test_vector_and_token_vectors_come_from_one_reading(
    document_of: MakeDocument, embedder: Any, token_record: Any
) -> None:
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {}, embedder, 2, token_record)
    first, second = (waiting(document_of(paragraph(text), source=text)) for text in ("One.", "二。"))
    queue.add(first)
    ready = queue.add(second)
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
    assert queue.add(known) == []
    (ready,) = queue.flush()
    assert embedder.batches == []
    assert ready.tokens == {}


def test_a_text_that_lacks_token_vectors_is_read_and_keeps_its_stored_vector(
    document_of: MakeDocument, embedder: Any, token_record: Any
) -> None:
    known = waiting(document_of(paragraph("Known.")))
    (key,) = map(text_key, known.passages)
    vector = np.ones(8, dtype=np.float32)
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {key: vector}, embedder, 1, token_record)
    (ready,) = queue.add(known)
    assert ready.vectors[0] is vector
    assert list(ready.tokens) == [key]


def test_without_a_place_for_them_no_token_vectors_are_made(document_of: MakeDocument, embedder: Any) -> None:
    queue = EmbeddingQueue(lambda _fingerprint, _keys: {}, embedder, 1)
    (ready,) = queue.add(waiting(document_of(paragraph("One."))))
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
