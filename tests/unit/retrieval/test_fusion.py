import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import competence, fuse, standard_scores

scores = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.floats(-100, 100), max_size=12)


def test_standard_scores_have_mean_zero_and_deviation_one():
    assert standard_scores({"a": 3.0, "b": 1.0}, ["a", "b"]) == {"a": 1.0, "b": -1.0}


def test_a_missing_id_takes_the_lowest_score():
    given = standard_scores({"a": 3.0, "b": 1.0}, ["a", "b", "c"])
    assert given["c"] == given["b"]


def test_equal_scores_say_nothing():
    assert standard_scores({"a": 5.0, "b": 5.0}, ["a", "b"]) == {"a": 0.0, "b": 0.0}


def test_the_dense_arm_can_turn_the_order_by_its_weight():
    lexical, dense = {"a": 2.0, "b": 1.0}, {"a": 0.1, "b": 0.9}
    low, high = fuse(lexical, dense, 0.5), fuse(lexical, dense, 2.0)
    assert low["a"] > low["b"]
    assert high["b"] > high["a"]


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
    assert competence(share) == pytest.approx(expected)
