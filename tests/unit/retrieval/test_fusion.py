from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import FusionWeights, combine, fitted_weights, standard_scores
from retrieval.fusion import fuse as fuse_asked

scores = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.floats(-100, 100), max_size=12)
fuse = partial(fuse_asked, asked=100)
FITTED = FusionWeights(dense={"en": 2.0, "zh": 1.0}, lean=1.0, blind=0.6, fluent=0.95)


def test_standard_scores_have_mean_zero_and_deviation_one():
    assert standard_scores(np.array([3.0, 1.0])).tolist() == [1.0, -1.0]


def test_a_missing_score_is_the_lowest_one():
    given = standard_scores(np.array([3.0, 1.0, np.nan]))
    assert given[2] == given[1]


def test_equal_scores_say_nothing():
    assert standard_scores(np.array([5.0, 5.0])).tolist() == [0.0, 0.0]
    assert standard_scores(np.array([np.nan, np.nan])).tolist() == [0.0, 0.0]


def test_the_dense_arm_can_turn_the_order_by_its_weight():
    lexical, dense = {"a": 2.0, "b": 1.0}, {"a": 0.1, "b": 0.9}
    low, high = fuse(lexical, dense, 0.5), fuse(lexical, dense, 2.0)
    assert low["a"] > low["b"]
    assert high["b"] > high["a"]


def test_a_passage_that_alone_has_the_words_is_lifted_by_them():
    fused = fuse({"p8": 7.0}, {f"p{n}": 0.5 - n / 100 for n in range(9)}, 0.5)
    assert max(fused, key=fused.__getitem__) == "p8"


def test_what_the_lexical_arm_did_not_give_scores_nothing_where_it_gave_all_it_has():
    few = combine(np.array([3.0, 1.0, np.nan]), np.zeros(3), 1.0, asked=3)
    assert few.tolist() == standard_scores(np.array([3.0, 1.0, 0.0])).tolist()
    full = combine(np.array([3.0, 1.0, np.nan]), np.zeros(3), 1.0, asked=2)
    assert full.tolist() == standard_scores(np.array([3.0, 1.0, 1.0])).tolist()


def test_what_only_a_blind_dense_arm_found_comes_last():
    fused = fuse({"a": 2.0, "b": 1.5, "c": 1.0}, {"d": 0.9, "a": 0.1}, 0.0)
    assert sorted(fused, key=lambda i: -fused[i])[:2] == ["a", "b"]
    assert set(fused) == {"a", "b", "c", "d"}


@given(scores, scores, st.floats(0, 5))
def test_every_id_of_either_arm_gets_a_finite_score(lexical, dense, weight):
    fused = fuse(lexical, dense, weight)
    assert fused.keys() == lexical.keys() | dense.keys()
    assert all(abs(score) < 1e6 for score in fused.values())


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(-100, 100), min_size=2, max_size=12))
def test_one_arm_alone_keeps_its_order(lexical):
    fused = fuse(lexical, {}, 1.0)
    for a in lexical:
        for b in lexical:
            assert (lexical[a] > lexical[b]) == (fused[a] > fused[b])


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0.0), (0.6, 0.0), (0.775, 0.5), (0.95, 1.0), (1.0, 1.0)])
def test_competence_rises_from_blind_to_fluent(share, expected):
    assert FITTED.competence(share) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("question", "legible", "weight"),
    [
        ("How do I get a refund?", 1.0, 2.0),
        ("怎么退款？", 1.0, 1.0),
        ("怎么退款？", 0.775, 0.5),
        ("怎么退款？", 0.5, 0.0),
        ("ERR_CONN_502", 1.0, 0.0),
        ("why ERR_CONN_502 appears", 1.0, 1.0),  # one of two content words
        ("退款报错 ERR_CONN_502", 1.0, 1.0 * 2 / 3),  # one of three words
    ],
)
def test_the_dense_arm_counts_by_language_identifiers_and_legibility(question, legible, weight):
    assert FITTED.of(question, legible) == pytest.approx(weight)


def test_the_fitted_weights_trust_a_dense_arm_that_reads_the_question():
    shipped = fitted_weights()
    assert shipped.of("How do I get a refund?", 1.0) > shipped.of("What is ERR_CONN_502?", 1.0)
    assert shipped.of("怎么退款？", 1.0) > shipped.of("怎么退款？", 0.4) == 0.0
