"""Measures against values worked out by hand."""

import math

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from eval.runs.measures import MEASURES, measure_run, parse_measure, parse_measures

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
    assert measured.per_query["P@5"]["q"] == pytest.approx(2 / 5)
    assert measured.per_query["judged@10"]["q"] == pytest.approx(2 / 3)  # of the three that there are


def test_a_relevant_document_at_rank_eleven_counts_for_recall_at_100_only() -> None:
    run = {"q": [(f"n{rank:02}", 20.0 - rank) for rank in range(10)] + [("答", 1.0)]}
    means = {name: measure_run(run, {"q": {"答": 2}}).mean(name) for name in MEASURES}
    assert means == {
        "nDCG@10": 0.0,
        "recall@10": 0.0,
        "recall@100": 1.0,
        "MRR@10": 0.0,
        "MAP": pytest.approx(1 / 11),
        "P@5": 0.0,
        "judged@10": 0.0,
    }


def test_the_reciprocal_rank_is_that_of_the_first_relevant_document() -> None:
    measured = measure_run({"q": [("x", 3.0), ("y", 2.0), ("a", 1.0)]}, {"q": {"a": 1}})
    assert measured.mean("MRR@10") == pytest.approx(1 / 3)


def test_a_query_without_a_result_counts_as_zero_and_is_not_missing() -> None:
    qrels = {"问": {"b": 1}, "q4": {"d": 1}, "q1": {"a": 1}, "q3": {"c": 1}}
    measures = ("nDCG@10", "recall@10", "recall@100", "MRR@10", "MRR", "MAP", "MAP@5", "P@1", "judged@1", "success@5")
    measured = measure_run({"q1": [("a", 1.0)], "问": []}, qrels, measures)
    assert measured.names == measures
    for name in measures:
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


# relevant, not judged, grade 0, relevant, relevant: three of four relevant documents in five places.
LONGER = {"q": [("a", 5.0), ("x", 4.0), ("z", 3.0), ("b", 2.0), ("退", 1.0)]}
GRADES = {"q": {"a": 1, "z": 0, "b": 2, "退": 1, "missed": 1}}


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("nDCG@2", 1 / (2 + 1 / math.log2(3))),  # ideal: grade 2, then grade 1
        ("recall@4", 2 / 4),
        ("MRR", 1.0),
        ("MRR@1", 1.0),
        ("MAP", (1 / 1 + 2 / 4 + 3 / 5) / 4),
        ("MAP@4", (1 / 1 + 2 / 4) / 4),
        ("P@2", 1 / 2),
        ("P@10", 3 / 10),
        ("judged@2", 1 / 2),
        ("judged@5", 4 / 5),
        ("success@1", 1.0),
    ],
)
def test_every_measure_has_the_value_of_its_formula_at_any_cut_off(measure: str, value: float) -> None:
    assert measure_run(LONGER, GRADES, [measure]).mean(measure) == pytest.approx(value)


def test_success_is_missed_where_the_first_relevant_document_stands_below_the_cut_off() -> None:
    measured = measure_run({"q": [("x", 2.0), ("a", 1.0)]}, {"q": {"a": 1}}, ["success@1", "success@2"])
    assert (measured.mean("success@1"), measured.mean("success@2")) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ndcg@20", "nDCG@20"),
        (" NDCG@05 ", "nDCG@5"),
        ("R@5", "recall@5"),
        ("RR", "MRR"),
        ("mrr@3", "MRR@3"),
        ("AP@100", "MAP@100"),
        ("precision@1", "P@1"),
        ("Judged@10", "judged@10"),
        ("hit@5", "success@5"),
    ],
)
def test_a_measure_is_known_by_its_common_names(written: str, name: str) -> None:
    assert parse_measure(written) == name
    assert parse_measure(name) == name


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("ndgc@10", r"no measure 'ndgc@10' \(did you mean nDCG\?\); known are nDCG@k, recall@k, MRR"),
        ("准确率@5", "no measure '准确率@5'; known are"),
        ("nDCG@-1", "no measure 'nDCG@-1'"),
        ("P@", "no measure 'P@'"),
        ("", "no measure ''"),
        ("recall", "'recall' needs a cut-off, for example recall@10"),
        ("P@0", "k runs from 1 to 100"),
        ("nDCG@101", "k runs from 1 to 100, the number of documents that are ranked"),
    ],
)
def test_an_unknown_measure_is_refused_with_the_known_forms(written: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse_measure(written)


def test_measures_are_taken_once_each_and_the_usual_ones_where_none_is_named() -> None:
    assert parse_measures(["ndcg@5", "nDCG@5", "MAP"]) == ("nDCG@5", "MAP")
    assert parse_measures([]) == MEASURES


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=40, unique=True),
    st.dictionaries(st.integers(0, 40), st.integers(0, 3), min_size=1),
)
def test_pytrec_eval_agrees_wherever_it_has_the_measure(ranked: list[int], grades: dict[int, int]) -> None:
    names = {"nDCG@10": "ndcg_cut_10", "recall@10": "recall_10", "MAP": "map", "P@5": "P_5", "MRR": "recip_rank"}
    names |= {"success@5": "success_5", "MAP@10": "map_cut_10"}
    qrels = {"q": {f"d{document}": grade for document, grade in grades.items()} | {"sure": 1}}
    run = {"q": [(f"d{document}", 100.0 - rank) for rank, document in enumerate(ranked)]}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, set(names.values())).evaluate({"q": dict(run["q"])})
    ours = measure_run(run, qrels, list(names))
    for name, other in names.items():
        assert ours.mean(name) == pytest.approx(theirs["q"][other])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_every_value_lies_in_0_to_1_and_ignores_the_order_of_the_run(scores: list[float], shuffle: object) -> None:
    run = [(f"d{index}", score) for index, score in enumerate(scores)]
    qrels = {"q": {"d0": 2, "d3": 1, "missed": 1}}
    measured = measure_run({"q": run}, qrels)
    assert all(0 <= measured.mean(name) <= 1 for name in MEASURES)
    shuffle.shuffle(run)  # type: ignore[attr-defined]
    assert measure_run({"q": run}, qrels) == measured
