import numpy as np
import pytest

from eval.bench.models import Comparison, Figures, Turns, _ratios, dense_ndcg, table, take_turns
from eval.sets.dataset import CorpusDocument, Query, RetrievalSet


class Letters:
    """Counts of the letters a and 退, at length 1."""

    def __init__(self, log=None, name=""):
        self.log = [] if log is None else log
        self.name = name

    def embed_query(self, text):
        self.log.append((self.name, text))
        counts = np.array([text.count("a"), text.count("退")], dtype=np.float32)
        return counts / max(1e-9, np.linalg.norm(counts))

    def embed_passages(self, texts):
        return np.stack([self.embed_query(text) for text in texts])


@pytest.fixture
def judged():
    documents = tuple(CorpusDocument(id=name, title="", text=text) for name, text in (("d1", "aaa"), ("d2", "退款")))
    queries = (Query(id="q1", text="a?"), Query(id="q2", text="退？"))
    return RetrievalSet(
        name="toy",
        documents=documents,
        queries=queries,
        qrels={"q1": {"d1": 1}, "q2": {"d1": 1}},
        unjudged=0,
        digest="",
        corpus_digest="",
    )


def test_the_sides_take_turns():
    log = []
    take_turns({"onnx": Letters(log, "onnx"), "torch": Letters(log, "torch")}, ["a"], ["退"], turns=2)
    warm_up, turns = log[:2], log[2:]
    assert warm_up == [("onnx", "a"), ("torch", "a")]
    assert turns == [("onnx", "a"), ("onnx", "退"), ("torch", "a"), ("torch", "退")] * 2


def test_ratios_compare_turn_with_turn():
    # Turns of 2, 4 and 3 times the speed; the ratio of the medians, 40 to 20, would hide that.
    ours = Turns(passages_per_s=(40, 40, 90), query_ms=(5, 5, 5))
    theirs = Turns(passages_per_s=(20, 10, 30), query_ms=(10, 20, 50))
    assert _ratios({"onnx": ours, "torch": theirs}) == {"passages_per_s": 3, "query_ms": 0.25}


def test_dense_search_is_measured_over_all_queries(judged):
    # q1 finds d1 first: 1. q2 finds it second: 1 / log2(3) = 0.6309.
    embedder = Letters()
    vectors = embedder.embed_passages([document.text for document in judged.documents])
    assert dense_ndcg(embedder, vectors, judged) == pytest.approx((1 + 0.6309) / 2, abs=1e-4)


def test_the_table_has_a_line_per_figure_even_without_a_search():
    figures = Figures(passages_per_s=30, query_ms=5, first_query_s=0.3, peak_mb=200, ndcg_at_10=None)
    found = Comparison(
        dataset="toy",
        timed_passages=1,
        documents=1,
        queries=1,
        sides={"onnx": figures, "torch": figures},
        ratios={"query_ms": 0.25},
        mean_cosine=1,
    )
    lines = table(found).split("\n")
    assert lines[0].split() == ["toy", "onnx", "int8", "torch", "fp32", "ratio"]
    assert lines[2].split() == ["query_ms", "5", "5", "0.25"]
    assert lines[-1].split() == ["ndcg_at_10", "None", "None"]
