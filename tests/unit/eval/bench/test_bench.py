"""The registry, the run and its files; the parts that need no model are measured for real on a tiny set."""

import json
from types import SimpleNamespace

import pytest

from core.errors import InvalidInput, NotFound
from eval.bench import bench as bench_module
from eval.bench import speed
from eval.bench.bench import BENCHMARKS, chosen, measure, own_sets, write_result
from eval.bench.page import benchmarks_page
from eval.bench.runs import Bench, Benchmark, Measured, Size

TINY = Size(turns=1, passages=5, queries=2, searched=False, files=4, unchanged=6)


def a_bench(tmp_path, sets):
    return Bench(desk=SimpleNamespace(), sets=sets, sample=tmp_path, scratch=tmp_path / "scratch", size=TINY)


def test_benchmarks_are_chosen_by_name_in_their_own_order():
    assert [each.name for each in chosen(["models", "retrieval"])] == ["retrieval", "models"]
    assert chosen([]) == list(BENCHMARKS)


def test_an_unknown_benchmark_is_named_with_those_that_there_are():
    with pytest.raises(InvalidInput, match=r"no benchmark .speed.; there are retrieval, answers, parsing, sentences"):
        chosen(["retrieval", "speed"])


def test_every_benchmark_says_what_it_measures_and_on_what():
    assert len({each.name for each in BENCHMARKS}) == len(BENCHMARKS)
    assert all(each.measures and each.small and each.full for each in BENCHMARKS)


def test_the_projects_own_sets_are_those_with_a_corpus():
    assert {"tiny_en", "tiny_zh"} <= {folder.name for folder in own_sets()}
    assert all((folder / "corpus.jsonl").is_file() for folder in own_sets())


def test_a_result_says_when_on_what_and_by_which_code(tmp_path):
    path = write_result(tmp_path / "new", "search", Measured(name="常见问题", figures={"turns": 3}), full=True)
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert path.name == "search-常见问题.json"
    assert stored.keys() == {"measured", "size", "machine", "versions", "git_commit", "figures"}
    assert (stored["size"], stored["figures"]) == ("full", {"turns": 3})
    assert stored["machine"]["cores"] >= 1
    assert "python" in stored["versions"]


def test_each_result_is_written_before_the_next_is_measured(tmp_path):
    out, heard = tmp_path / "out", []

    def run(bench):
        assert [folder.name for folder in bench.sets][-1] == "mine"
        yield Measured(name="first", figures={})
        assert (out / "search-first.json").is_file()
        raise RuntimeError("the power went")

    benchmark = Benchmark(name="search", measures="something", small="a", full="b", run=run)
    with pytest.raises(RuntimeError, match="the power went"):
        measure(SimpleNamespace(), [benchmark], sets=[tmp_path / "mine"], full=False, out=out, progress=heard.append)
    assert heard == ["search: something", f"wrote {out / 'search-first.json'}"]


def test_more_is_measured_in_full(tmp_path):
    sizes = []
    benchmark = Benchmark(
        name="search", measures="", small="", full="", run=lambda bench: sizes.append(bench.size) or []
    )
    for full in (False, True):
        assert measure(SimpleNamespace(), [benchmark], sets=[], full=full, out=tmp_path) == []
    small, large = sizes
    assert (small.turns, small.passages, small.queries) < (large.turns, large.passages, large.queries)


def test_outside_a_checkout_nothing_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(bench_module, "ROOT", tmp_path)
    with pytest.raises(NotFound, match="in a checkout"):
        measure(SimpleNamespace(), [BENCHMARKS[0]], sets=[], full=False, out=tmp_path)


def test_the_analyser_is_timed_in_both_languages(tmp_path, write_set):
    [found] = speed.analyser(a_bench(tmp_path, [write_set()]))
    assert [each["figure"] for each in found.figures["speeds"]] == ["English", "Chinese"]
    assert all(each["sides"]["citedesk"] > 0 for each in found.figures["speeds"])


def test_both_lexical_indexes_are_timed_on_every_set(tmp_path, write_set):
    [found] = speed.search(a_bench(tmp_path, [write_set()]))
    [timed] = found.figures["speeds"]
    assert timed["sides"].keys() == {"tantivy", "rank-bm25"}
    assert timed["ratio"] > 0
    assert found.figures["measured_on"] == {"passages": 3, "queries": 2}


def test_what_is_measured_can_be_shown(tmp_path, write_set):
    bench = a_bench(tmp_path, [write_set()])
    for name, run in (("analyser", speed.analyser), ("search", speed.search)):
        for measured in run(bench):
            write_result(tmp_path / "out", name, measured, full=False)
    page = benchmarks_page(tmp_path / "out")
    assert "## Analyser: terms (1 sets; 1 turns)" in page
    assert "## Lexical search: set (3 passages, 2 queries; 1 turns)" in page


def test_a_result_that_is_committed_names_no_place_of_this_machine(tmp_path):
    figures = {"runs": [{"stage": "dense", "run_file": "/home/me/dense.run"}], "retrieval": {"model_cache": "/home/me"}}
    path = write_result(tmp_path, "retrieval", Measured(name="tiny", figures=figures), full=False)
    assert json.loads(path.read_text())["figures"] == {"runs": [{"stage": "dense"}], "retrieval": {}}
