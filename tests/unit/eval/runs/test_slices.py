"""Figures of groups are those of their queries alone."""

import pytest

from eval.runs.measures import measure_run
from eval.runs.slices import by_language, by_tag, figures
from eval.sets.dataset import Query

QUERIES = [
    Query(id="q1", text="refund?", tags=("billing", "short")),
    Query(id="q2", text="label printer?", tags=("short",)),
    Query(id="q3", text="退款多久？", tags=("billing",)),
]
QRELS = {"q1": {"a": 1}, "q2": {"b": 1}, "q3": {"c": 1}}
# Found first, found second, not found.
MEASURED = measure_run({"q1": [("a", 1.0)], "q2": [("x", 2.0), ("b", 1.0)]}, QRELS, ["MRR", "recall@10"])


def test_all_queries_together_have_the_mean_and_its_interval() -> None:
    overall = figures(MEASURED)
    assert overall.queries == 3
    assert overall.means == {"MRR": pytest.approx(0.5), "recall@10": pytest.approx(2 / 3)}
    assert (overall.intervals["MRR"].low, overall.intervals["MRR"].high) == (0.0, 1.0)


def test_a_query_counts_in_its_language_also_where_it_found_nothing() -> None:
    groups = by_language(MEASURED, QUERIES)
    assert {name: (group.queries, group.means["MRR"]) for name, group in groups.items()} == {
        "en": (2, 0.75),
        "zh": (1, 0.0),
    }


def test_a_query_counts_under_each_of_its_tags() -> None:
    groups = by_tag(MEASURED, QUERIES)
    assert {name: (group.queries, group.means["MRR"]) for name, group in groups.items()} == {
        "billing": (2, 0.5),
        "short": (2, 0.75),
    }


def test_no_query_has_no_figure() -> None:
    with pytest.raises(ValueError, match="n=0"):
        figures(MEASURED, [])
