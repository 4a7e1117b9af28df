import numpy as np
import pytest

from eval.bench.models import OURS, THEIRS, Turns, _ratios, dense_ndcg, take_turns
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


def test_the_sides_take_turns_and_no_question_comes_twice():
    log = []
    take_turns({"ours": Letters(log, "ours"), "theirs": Letters(log, "theirs")}, ["a"], ["退"], turns=2)
    warm_up, turns = log[:2], log[2:]
    assert warm_up == [("ours", "a"), ("theirs", "a")]
    assert turns == [(side, text) for asked in ("退 0", "退 1") for side in ("ours", "theirs") for text in ("a", asked)]


def test_ratios_compare_turn_with_turn():
    # Turns of 2, 4 and 3 times the speed; the ratio of the medians, 40 to 20, would hide that.
    ours = Turns(passages_per_s=(40, 40, 90), query_ms=(5, 5, 5))
    theirs = Turns(passages_per_s=(20, 10, 30), query_ms=(10, 20, 50))
    assert _ratios({OURS: ours, THEIRS: theirs}) == {"passages_per_s": 3, "query_ms": 0.25}


def test_dense_search_is_measured_over_all_queries(judged):
    # q1 finds d1 first: 1. q2 finds it second: 1 / log2(3) = 0.6309.
    embedder = Letters()
    vectors = embedder.embed_passages([document.text for document in judged.documents])
    assert dense_ndcg(embedder, vectors, judged) == pytest.approx((1 + 0.6309) / 2, abs=1e-4)
