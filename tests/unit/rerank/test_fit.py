import numpy as np
import pytest

from rerank.features import FEATURES, standardised
from rerank.fit import JudgedList, fit, source_shares


def lists(feature, count=40, *, source="s", seed=0):
    """The relevant candidate is the one with the most of ``feature``; the rest is noise."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        rows = random.normal(size=(8, len(FEATURES))).astype(np.float32)
        grades = np.zeros(8, dtype=np.int64)
        grades[rows[:, FEATURES.index(feature)].argmax()] = 1
        made.append(JudgedList(source=source, rows=rows, grades=grades))
    return made


def hits_at_1(weights, judged):
    return np.mean([each.grades[(standardised(each.rows) @ weights.order).argmax()] for each in judged])


def test_the_feature_that_finds_the_answer_gets_the_weight():
    weights = fit(lists("maxsim"), strength=0.001)
    assert FEATURES[int(weights.order.argmax())] == "maxsim"
    assert hits_at_1(weights, lists("maxsim", seed=1)) > 0.9


def test_a_strong_pull_keeps_the_order_of_the_first_stage():
    weights = fit(lists("maxsim"), strength=1e6)
    assert dict(zip(FEATURES, weights.order.round(3).tolist(), strict=True)) == {
        name: float(name == "fused") for name in FEATURES
    }


def test_agreement_never_counts_against_a_passage():
    judged = lists("coverage")
    against = [JudgedList(source="s", rows=-each.rows, grades=each.grades) for each in judged]
    weights = fit(against, strength=0.001)
    assert weights.order[FEATURES.index("coverage")] == 0.0


def test_a_large_source_does_not_outweigh_a_small_one():
    large, small = lists("maxsim", 200, source="a"), lists("coverage", 200, source="b")
    once, thrice = fit([*large, *small], strength=0.01), fit([*(large * 3), *small], strength=0.01)
    assert thrice.order == pytest.approx(once.order, abs=0.01)
    assert thrice.relevance == pytest.approx(once.relevance, abs=0.01)


def test_a_source_of_fewer_than_two_hundred_questions_counts_less():
    # 300 lists count as one source, 50 as a quarter of one: 0.8 and 0.2 of the weight.
    judged = [*lists("maxsim", 300, source="a"), *lists("coverage", 50, source="b")]
    shares = source_shares(judged)
    assert shares[:300].sum() == pytest.approx(0.8)
    assert shares[300:].sum() == pytest.approx(0.2)


@pytest.mark.parametrize(("grades", "tells"), [([0, 1], True), ([0, 0], False), ([1, 2], False)])
def test_a_list_tells_where_it_has_both_a_relevant_candidate_and_another(grades, tells):
    rows = np.zeros((2, len(FEATURES)), dtype=np.float32)
    assert JudgedList(source="s", rows=rows, grades=np.array(grades)).tells is tells


def test_a_longer_list_leaves_what_shorter_ones_say_alone():
    judged = [JudgedList(source="s", rows=each.rows[:3], grades=each.grades[:3]) for each in lists("maxsim", 400)]
    short = [each for each in judged if each.tells]
    alone, beside = fit(short, strength=0.01), fit([*short, lists("maxsim", 1, seed=9)[0]], strength=0.01)
    assert beside.order == pytest.approx(alone.order, abs=0.02)


def test_relevance_is_higher_for_what_answers_and_rests_on_no_relative_feature():
    judged = lists("coverage")
    weights = fit(judged, strength=0.001)
    odds = np.concatenate([each.rows @ weights.relevance + weights.bias for each in judged])
    relevant = np.concatenate([each.grades for each in judged]) > 0
    assert odds[relevant].mean() > odds[~relevant].mean() + 1
    assert all(weights.relevance[FEATURES.index(name)] == 0 for name in ("fused", "lexical", "heading", "length"))


def test_the_same_lists_give_the_same_weights():
    first, second = fit(lists("maxsim"), strength=0.01), fit(lists("maxsim"), strength=0.01)
    assert np.array_equal(first.order, second.order)
    assert np.array_equal(first.relevance, second.relevance)


def test_lists_without_a_relevant_candidate_are_refused():
    empty = JudgedList(source="s", rows=np.zeros((3, len(FEATURES)), dtype=np.float32), grades=np.zeros(3, np.int64))
    with pytest.raises(ValueError, match="none of 1 lists"):
        fit([empty], strength=0.1)
