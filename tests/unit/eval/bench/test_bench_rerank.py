import pytest
from fakes import FakeEmbedder

from eval.bench.rerank import measure_late_interaction
from eval.sets.dataset import CorpusDocument, Query, RetrievalSet


@pytest.fixture
def judged():
    texts = [f"Part {number} 退款. It lasts {number} days." for number in range(150)]
    return RetrievalSet(
        name="toy",
        documents=tuple(CorpusDocument(id=f"d{i}", title="", text=text) for i, text in enumerate(texts)),
        queries=(Query(id="q1", text="how long"), Query(id="q2", text="退款")),
        qrels={"q1": {"d1": 1}, "q2": {"d1": 1}},
        unjudged=0,
        digest="",
        corpus_digest="",
    )


def test_stored_and_unseen_passages_are_timed_and_sized(judged):
    found = measure_late_interaction(judged, FakeEmbedder(), documents=100)
    assert found.passages == 100
    # "part 7 退 款 退款 it last 7 day" in 64 dimensions: 22 bytes a token, nine tokens or so.
    assert 5 * 22 <= found.bytes_per_passage <= 12 * 22
    (twenty,) = found.rerank  # 20 passages for each of five questions leave none for a hundred
    assert (twenty.candidates, twenty.questions) == (20, 5)
    assert min(twenty.stored_ms, twenty.again_ms, twenty.unseen_ms) > 0


def test_sizes_with_too_few_passages_are_left_out(judged):
    assert measure_late_interaction(judged, FakeEmbedder(), documents=19).rerank == ()
