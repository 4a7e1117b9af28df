"""A run ranks, times and measures every query, and leaves files that others can read."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ir_measures
import pytest

from core.errors import InvalidInput
from core.types import SearchStage
from eval.runs.index import document_search, index_dataset
from eval.runs.measures import MEASURES
from eval.runs.pooling import RankedDocuments, ScoredDocument
from eval.runs.run import evaluate
from eval.sets.dataset import load_dataset

JUDGED = Path(__file__).parents[4] / "data" / "judged"

WriteSet = Callable[..., Path]


def answers(query: str, stage: SearchStage, k: int) -> Sequence[ScoredDocument]:
    """The English query finds its document second, the Chinese one finds nothing."""
    if query == "退款多久":
        return []
    return [ScoredDocument("c", 2.5), ScoredDocument("a", 0.1)]


def test_measures_are_means_over_all_queries_with_the_empty_ones(write_set: WriteSet) -> None:
    report = evaluate(load_dataset(write_set()), answers, [SearchStage.LEXICAL])
    [run] = report.runs
    assert (report.dataset, report.queries, report.documents) == ("set", 2, 3)
    assert run.measured.mean("MRR@10") == 0.25
    assert run.measured.mean("recall@100") == 0.5
    assert run.run_file is None


@pytest.mark.parametrize("name", ["tiny_en", "tiny_zh"])
def test_shared_words_find_most_of_the_tiny_sets(desk: Any, name: str, tmp_path: Path) -> None:
    dataset = load_dataset(JUDGED / name)
    search = document_search(desk, index_dataset(desk, dataset))
    [run] = evaluate(dataset, search, [SearchStage.LEXICAL], tmp_path).runs
    assert run.measured.mean("recall@100") > 0.9
    assert run.measured.mean("nDCG@10") > 0.8


def test_latency_is_that_of_the_search_in_milliseconds_without_the_first_load(write_set: WriteSet) -> None:
    calls: list[str] = []

    def slow(query: str, stage: SearchStage, k: int) -> Sequence[ScoredDocument]:
        calls.append(query)
        time.sleep(0.3 if len(calls) == 1 else 0.01)
        return []

    [run] = evaluate(load_dataset(write_set()), slow, [SearchStage.DENSE]).runs
    assert len(calls) == 3
    assert list(run.found.queries) == ["q1", "q2"]
    assert 10 <= run.latency.p50 <= run.latency.p95 <= run.latency.p99 < 250


def test_a_run_file_is_trec_format_that_gives_the_same_measures(write_set: WriteSet, tmp_path: Path) -> None:
    dataset = load_dataset(write_set())
    out = tmp_path / "new" / "folder"
    [run] = evaluate(dataset, answers, [SearchStage.HYBRID], out).runs
    assert run.run_file == out / "hybrid.run"
    assert run.run_file.read_text(encoding="utf-8") == "q1 Q0 c 1 2.5 citedesk-hybrid\nq1 Q0 a 2 0.1 citedesk-hybrid\n"
    read = list(ir_measures.read_trec_run(str(run.run_file)))
    qrels = {query: dict(grades) for query, grades in dataset.qrels.items()}
    again = ir_measures.calc_aggregate([ir_measures.nDCG @ 10], qrels, read)
    assert list(again.values()) == [pytest.approx(run.measured.mean("nDCG@10"))]


def test_results_say_what_was_measured_with_what(write_set: WriteSet, tmp_path: Path) -> None:
    dataset = load_dataset(write_set())
    stages = [SearchStage.LEXICAL, SearchStage.RERANK]
    report = evaluate(dataset, answers, stages, tmp_path / "out", configuration={"chunk_tokens": 180, "note": "中文"})
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert results["digest"] == dataset.digest
    assert results["configuration"] == {"chunk_tokens": 180, "note": "中文"}
    assert results["versions"]["ir-measures"] == "0.4.3"
    assert results["git_commit"] == report.git_commit
    assert [run["stage"] for run in results["runs"]] == ["lexical", "rerank"]


def test_every_querys_values_are_kept_for_comparing_runs(write_set: WriteSet, tmp_path: Path) -> None:
    evaluate(load_dataset(write_set()), answers, [SearchStage.LEXICAL], tmp_path / "out")
    lines = (tmp_path / "out" / "per_query.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [(row["stage"], row["query_id"]) for row in rows] == [("lexical", "q1"), ("lexical", "q2")]
    assert [(row["query"], row["language"], row["tags"]) for row in rows] == [
        ("How long is a refund?", "en", []),
        ("退款多久", "zh", []),
    ]
    assert [row["measures"]["MRR@10"] for row in rows] == [0.5, 0.0]
    assert all(set(row["measures"]) == set(MEASURES) and row["latency_ms"] >= 0 for row in rows)


def test_language_and_tags_of_the_set_go_with_every_query(write_set: WriteSet, tmp_path: Path) -> None:
    queries = [
        {"_id": "q1", "text": "Printer E-207?", "language": "de", "tags": ["printer", "错误", "printer"]},
        {"_id": "q2", "text": "退款多久", "tags": ["billing"]},
    ]
    [run] = evaluate(load_dataset(write_set(queries=queries)), answers, [SearchStage.DENSE], tmp_path / "out").runs
    lines = (tmp_path / "out" / "per_query.jsonl").read_text(encoding="utf-8").splitlines()
    assert [(row["language"], row["tags"]) for row in map(json.loads, lines)] == [
        ("de", ["printer", "错误"]),
        ("zh", ["billing"]),
    ]
    assert list(run.by_language) == ["de", "zh"]
    assert list(run.by_tag) == ["billing", "printer", "错误"]


def test_only_the_measures_that_were_asked_for_are_taken(write_set: WriteSet, tmp_path: Path) -> None:
    measures = ["success@2", "P@1"]
    report = evaluate(load_dataset(write_set()), answers, [SearchStage.DENSE], tmp_path / "out", measures=measures)
    assert report.runs[0].overall.means == {"success@2": 0.5, "P@1": 0.0}
    [first, _] = (tmp_path / "out" / "per_query.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(first)["measures"] == {"success@2": 1.0, "P@1": 0.0}


def test_parts_of_a_search_have_percentiles_of_their_own(write_set: WriteSet) -> None:
    times = {"How long is a refund?": {"retrieve": 1.0, "rerank": 4.0}, "退款多久": {"retrieve": 3.0}}

    def timed(query: str, stage: SearchStage, k: int) -> RankedDocuments:
        return RankedDocuments((), times[query])

    [run] = evaluate(load_dataset(write_set()), timed, [SearchStage.RERANK]).runs
    assert {part: latency.p50 for part, latency in run.part_latency.items()} == {"retrieve": 2.0, "rerank": 4.0}


def test_the_report_knows_how_much_memory_was_needed(write_set: WriteSet) -> None:
    peak = evaluate(load_dataset(write_set()), answers, [SearchStage.DENSE]).peak_memory_bytes
    assert peak is not None
    assert 10_000_000 < peak < 100_000_000_000


def test_a_finished_stage_is_on_disk_when_the_next_one_fails(write_set: WriteSet, tmp_path: Path) -> None:
    def breaks(query: str, stage: SearchStage, k: int) -> Sequence[ScoredDocument]:
        if stage is SearchStage.DENSE:
            raise RuntimeError("the index is gone")
        return answers(query, stage, k)

    out = tmp_path / "out"
    with pytest.raises(RuntimeError, match="the index is gone"):
        evaluate(load_dataset(write_set()), breaks, [SearchStage.LEXICAL, SearchStage.DENSE], out)
    assert [path.name for path in out.iterdir()] == ["lexical.run"]


def test_progress_hears_every_query_of_every_stage(write_set: WriteSet) -> None:
    heard: list[tuple[SearchStage, int, int]] = []
    stages = [SearchStage.LEXICAL, SearchStage.DENSE]
    evaluate(load_dataset(write_set()), answers, stages, progress=lambda *news: heard.append(news))
    assert heard == [
        (SearchStage.LEXICAL, 1, 2),
        (SearchStage.LEXICAL, 2, 2),
        (SearchStage.DENSE, 1, 2),
        (SearchStage.DENSE, 2, 2),
    ]


def test_documents_past_the_hundredth_are_not_measured(write_set: WriteSet) -> None:
    ranked = [ScoredDocument(f"x{at:03}", 200.0 - at) for at in range(100)] + [ScoredDocument("a", 1.0)]
    [run] = evaluate(load_dataset(write_set()), lambda *_: ranked, [SearchStage.DENSE]).runs
    assert len(run.found.queries["q1"].documents) == 100
    assert run.measured.mean("MAP") == 0.0


@pytest.mark.parametrize("stages", [[], [SearchStage.DENSE, SearchStage.DENSE]])
def test_no_stage_or_a_repeated_one_is_refused(write_set: WriteSet, stages: list[SearchStage]) -> None:
    with pytest.raises(InvalidInput, match="the stages are"):
        evaluate(load_dataset(write_set()), answers, stages)
