import numpy as np

from rerank.identity import IdentityReranker


def test_the_order_of_retrieval_is_kept(make_hit):
    hits = [make_hit("a", score=2.5), make_hit("退款", score=-1.0)]
    scores = IdentityReranker().score("how?", hits)
    assert scores.tolist() == [2.5, -1.0]
    assert scores.dtype == np.float32


def test_no_hits_give_no_scores():
    assert IdentityReranker().score("how?", []).shape == (0,)
