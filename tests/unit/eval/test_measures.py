"""Measures against values worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures import MEASURES, measure_run

QRELS = {"q": {"a": 3, "b": 1, "d": 1}}
RUN = {"q": [("b", 9.0), ("c", 8.0), ("a", 7.0)]}


def test_a_graded_ranking_gets_the_values_of_the_formulas() -> None:
    measured = measure_run(RUN, QRELS)
    # b (grade 1) at rank 1, c (not judged) at 2, a (grade 3) at 3; d is missed. Ideal order: a, b, d.
    gain = 1 / math.log2(2) + 3 / math.log2(4)
    ideal = 3 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert measured.per_query["nDCG@10"]["q"] == pytest.approx(gain / ideal)
    assert measured.per_query["recall@10"]["q"] == pytest.approx(2 / 3)
    assert measured.per_query["recall@100"]["q"] == pytest.approx(2 / 3)
    assert measured.per_query["MRR@10"]["q"] == 1.0
    assert measured.per_query["MAP"]["q"] == pytest.approx((1 / 1 + 2 / 3) / 3)


def test_a_relevant_document_at_rank_eleven_counts_for_recall_at_100_only() -> None:
    run = {"q": [(f"n{rank:02}", 20.0 - rank) for rank in range(10)] + [("答", 1.0)]}
    means = {name: measure_run(run, {"q": {"答": 2}}).mean(name) for name in MEASURES}
    assert means == {
        "nDCG@10": 0.0,
        "recall@10": 0.0,
        "recall@100": 1.0,
        "MRR@10": 0.0,
        "MAP": pytest.approx(1 / 11),
    }


def test_the_reciprocal_rank_is_that_of_the_first_relevant_document() -> None:
    measured = measure_run({"q": [("x", 3.0), ("y", 2.0), ("a", 1.0)]}, {"q": {"a": 1}})
    assert measured.mean("MRR@10") == pytest.approx(1 / 3)


def test_a_query_without_a_result_counts_as_zero_and_is_not_missing() -> None:
    qrels = {"问": {"b": 1}, "q4": {"d": 1}, "q1": {"a": 1}, "q3": {"c": 1}}
    measured = measure_run({"q1": [("a", 1.0)], "问": []}, qrels)
    for name in MEASURES:
        assert list(measured.per_query[name].items()) == [("问", 0.0), ("q4", 0.0), ("q1", 1.0), ("q3", 0.0)]
        assert measured.mean(name) == 0.25


def test_documents_of_grade_zero_are_not_relevant() -> None:
    measured = measure_run({"q": [("zero", 2.0), ("one", 1.0)]}, {"q": {"zero": 0, "one": 1}})
    assert measured.mean("MRR@10") == 0.5


def test_equal_scores_are_ranked_by_document_id_whatever_their_order() -> None:
    for run in ([("a", 1.0), ("b", 1.0)], [("b", 1.0), ("a", 1.0)]):
        assert measure_run({"q": run}, {"q": {"a": 1}}).mean("MRR@10") == 1.0
        assert measure_run({"q": run}, {"q": {"b": 1}}).mean("nDCG@10") == pytest.approx(1 / math.log2(3))


def test_answers_to_unjudged_queries_change_nothing() -> None:
    assert measure_run({**RUN, "other": [("a", 1.0)]}, QRELS) == measure_run(RUN, QRELS)


@pytest.mark.parametrize(
    ("ranked", "message"),
    [([("a", 1.0), ("a", 0.5)], "'a' more than once"), ([("a", float("nan"))], "'a' the score nan")],
)
def test_a_ranking_that_is_none_is_refused(ranked: list[tuple[str, float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        measure_run({"q": ranked}, QRELS)


def test_a_set_without_judged_queries_is_refused() -> None:
    with pytest.raises(ValueError, match="no judged query"):
        measure_run(RUN, {})


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_every_value_lies_in_0_to_1_and_ignores_the_order_of_the_run(scores: list[float], shuffle: object) -> None:
    run = [(f"d{index}", score) for index, score in enumerate(scores)]
    qrels = {"q": {"d0": 2, "d3": 1, "missed": 1}}
    measured = measure_run({"q": run}, qrels)
    assert all(0 <= measured.mean(name) <= 1 for name in MEASURES)
    shuffle.shuffle(run)  # type: ignore[attr-defined]
    assert measure_run({"q": run}, qrels) == measured
