import pytest
from evaluation_files import query_line, write_run

from eval.report.data import read_run
from eval.report.figures import (
    Figure,
    best_stage,
    latencies,
    main_measure,
    mean_figure,
    measures_of,
    slices,
    spread,
    stage_figures,
    times,
)


@pytest.fixture
def run(tmp_path):
    lines = [
        query_line("lexical", "q1", 0.5, tags=["refund", "price"], latency_ms=1.0),
        query_line("lexical", "q2", 0.0, latency_ms=3.0),
        query_line("lexical", "z1", 1.0, tags=[], latency_ms=2.0),
        query_line("dense", "q1", 0.25, tags=["refund", "price"], latency_ms=None),
        query_line("dense", "q2", 1.0, latency_ms=None),
        query_line("dense", "z1", 0.25, tags=[], latency_ms=None),
    ]
    return read_run(write_run(tmp_path / "run", lines))


def test_a_mean_leaves_out_what_is_undefined():
    assert mean_figure([1.0, None, 0.0]).value == 0.5
    assert mean_figure([None]) == Figure()


def test_the_main_measure_stands_first(run):
    assert measures_of(run) == ["nDCG@10", "recall@10"]
    assert main_measure(run) == "nDCG@10"


def test_the_later_of_two_equal_stages_is_the_best(run):
    # Both have a mean of 0.5.
    assert best_stage(run) == "dense"


def test_slices_are_all_queries_then_languages_then_the_most_frequent_tags(run):
    found = slices(run, "nDCG@10")
    assert [(each.kind, each.name, each.count) for each in found] == [
        ("all", "", 3),
        ("language", "en", 2),
        ("language", "zh", 1),
        ("tag", "refund", 2),
        ("tag", "price", 1),
    ]
    means = {(each.kind, each.name): {stage: figure.value for stage, figure in each.figures.items()} for each in found}
    assert means["language", "en"] == {"lexical": 0.25, "dense": 0.625}
    assert means["language", "zh"] == {"lexical": 1.0, "dense": 0.25}
    assert means["tag", "price"] == {"lexical": 0.5, "dense": 0.25}


def test_the_runs_own_intervals_are_shown_where_it_has_them(tmp_path):
    stored = [{"stage": "dense", "measures": {"nDCG@10": 0.5}, "interval": {"nDCG@10": [0.4, 0.6]}}]
    run = read_run(write_run(tmp_path / "run", [query_line("dense", "q1", 0.5)], runs=stored))
    figures = stage_figures(run)["dense"]
    assert figures["nDCG@10"] == Figure(value=0.5, low=0.4, high=0.6)
    assert figures["recall@10"] == Figure(value=1.0, low=1.0, high=1.0)


def test_a_spread_counts_zeros_and_perfect_scores(run):
    lexical, _ = spread(run, "nDCG@10")
    assert (lexical.mean, lexical.quartiles) == (0.5, (0.25, 0.5, 0.75))
    assert lexical.zero == lexical.perfect == pytest.approx(1 / 3)


def test_a_stage_that_was_not_timed_has_no_latency(run):
    [found] = latencies(run)
    assert (found.name, found.values, found.longest) == ("lexical", (1.0, 2.0, 3.0), 3.0)
    # Linear interpolation: 50 % lies at position 1 of 0..2, 95 % at 1.9.
    assert found.percentiles[0] == 2.0
    assert found.percentiles[2] == pytest.approx(2.9)


def test_no_times_are_an_error():
    with pytest.raises(ValueError, match="no times of 'dense'"):
        times("dense", [])
