"""A set is measured through the desk, and again only where something that decides a ranking has changed."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeEmbedder

from core.errors import InvalidInput
from core.types import SearchStage
from eval.runs import ranking_key
from eval.runs.evaluation import Plan, evaluate_set
from eval.runs.overrides import overridden
from eval.runs.report import RunReport
from eval.sets.dataset import RetrievalSet, load_dataset

JUDGED = Path(__file__).parents[4] / "data" / "judged"
STAGES = tuple(SearchStage)
Change = Callable[[Any, pytest.MonkeyPatch], None]


@pytest.fixture
def dataset() -> RetrievalSet:
    return load_dataset(JUDGED / "tiny_zh")


def measured(desk: Any, dataset: RetrievalSet, cache: Path, **plan: Any) -> RunReport:
    return evaluate_set(desk, dataset, Plan(cache=cache, **plan))


def cached(report: RunReport) -> set[str]:
    return {str(run.stage) for run in report.runs if run.found.cached}


def test_a_second_run_asks_nothing_and_finds_the_same(desk: Any, dataset: RetrievalSet, tmp_path: Path) -> None:
    first = measured(desk, dataset, tmp_path)
    assert cached(first) == set()
    desk.asked.clear()
    second = measured(desk, dataset, tmp_path)
    assert cached(second) == {"lexical", "dense", "hybrid", "rerank"}
    assert desk.asked == []
    assert [run.measured for run in second.runs] == [run.measured for run in first.runs]
    assert [run.latency for run in second.runs] == [run.latency for run in first.runs]
    assert [run.found.measured_at for run in second.runs] == [run.found.measured_at for run in first.runs]


def test_the_corpus_is_indexed_only_when_something_has_to_be_ranked(
    desk: Any, dataset: RetrievalSet, tmp_path: Path
) -> None:
    told: list[str] = []
    for _ in range(2):
        evaluate_set(desk, dataset, Plan(cache=tmp_path), before_indexing=lambda: told.append("indexing"))
    assert told == ["indexing"]


def test_a_fresh_run_measures_everything_again(desk: Any, dataset: RetrievalSet, tmp_path: Path) -> None:
    measured(desk, dataset, tmp_path)
    assert cached(measured(desk, dataset, tmp_path, fresh=True)) == set()


def test_other_measures_and_corrected_judgements_rank_nothing_again(
    desk: Any, dataset: RetrievalSet, tmp_path: Path
) -> None:
    measured(desk, dataset, tmp_path)
    qrels = {query: dict.fromkeys(grades, 1) for query, grades in dataset.qrels.items()}
    corrected = dataclasses.replace(dataset, qrels=qrels, digest="corrected", name="renamed")
    report = measured(desk, corrected, tmp_path, measures=("P@1",))
    assert len(cached(report)) == 4
    assert report.runs[0].measured.names == ("P@1",)


def test_a_changed_query_is_ranked(desk: Any, dataset: RetrievalSet, tmp_path: Path) -> None:
    measured(desk, dataset, tmp_path)
    first, *others = dataset.queries
    changed = dataclasses.replace(dataset, queries=(dataclasses.replace(first, text="怎么退款"), *others))
    assert cached(measured(desk, changed, tmp_path)) == set()


def test_a_changed_document_is_ranked(desk: Any, dataset: RetrievalSet, tmp_path: Path) -> None:
    measured(desk, dataset, tmp_path)
    assert cached(measured(desk, dataclasses.replace(dataset, corpus_digest="0" * 64), tmp_path)) == set()


def setting(assignment: str) -> Change:
    def change(desk: Any, patch: pytest.MonkeyPatch) -> None:
        desk.settings = overridden(desk.settings, [assignment])

    return change


def attribute(name: str, value: object) -> Change:
    return lambda desk, patch: setattr(desk, name, value)


def of_key(name: str, value: object) -> Change:
    return lambda desk, patch: patch.setattr(ranking_key, name, value)


def rerank_source(desk: Any, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ranking_key, "source_digest", lambda places: "new" if "rerank" in places else real(places))


real = ranking_key.source_digest
ALL = {"lexical", "dense", "hybrid", "rerank"}


@pytest.mark.parametrize(
    ("change", "known"),
    [
        (setting("retrieval.candidates=50"), set()),
        (setting("retrieval.embedder=other"), set()),
        (setting("ingest.chunk_tokens=90"), set()),
        (setting("retrieval.dense_weight=0.5"), {"lexical", "dense"}),
        (setting("retrieval.lexical_backend=rank_bm25"), {"dense"}),
        (setting("rerank.candidates=5"), {"lexical", "dense", "hybrid"}),
        (setting("rerank.kind=identity"), {"lexical", "dense", "hybrid"}),
        (setting("rerank.model=other"), {"lexical", "dense", "hybrid"}),
        (setting("answer.threshold=0.5"), ALL),
        (setting("ingest.workers=1"), ALL),
        (setting("retrieval.catch_up_seconds=3"), ALL),
        (attribute("passage_recipe", "paragraphs 2"), set()),
        (attribute("embedder", FakeEmbedder("fake-2")), set()),
        (of_key("ANALYSER_VERSION", 0), set()),
        (of_key("DEPTH", 50), set()),
        (of_key("versions", lambda: {"tantivy": "0.1"}), set()),
        (of_key("machine", lambda: {"cores": 96}), set()),
        (of_key("source_digest", lambda places: "new"), set()),
        (rerank_source, {"lexical", "dense", "hybrid"}),
    ],
)
def test_a_stage_is_ranked_again_exactly_where_it_may_have_changed(
    desk: Any, dataset: RetrievalSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change, known: set[str]
) -> None:
    measured(desk, dataset, tmp_path)
    change(desk, monkeypatch)
    assert cached(measured(desk, dataset, tmp_path)) == known


def test_other_weights_in_the_same_folder_are_another_reranker(
    desk: Any, dataset: RetrievalSet, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"one")
    desk.settings = overridden(desk.settings, ["rerank.kind=cross_encoder", f"rerank.model={model}"])
    measured(desk, dataset, tmp_path / "cache")
    (model / "model.safetensors").write_bytes(b"two")
    assert cached(measured(desk, dataset, tmp_path / "cache")) == {"lexical", "dense", "hybrid"}


def test_what_a_stopped_run_had_ranked_is_not_ranked_again(
    desk: Any, dataset: RetrievalSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = desk.search

    def stops(kb: str, query: str, k: int, stage: SearchStage) -> Any:
        if stage is SearchStage.HYBRID:
            raise KeyboardInterrupt
        return search(kb, query, k, stage)

    monkeypatch.setattr(desk, "search", stops)
    with pytest.raises(KeyboardInterrupt):
        measured(desk, dataset, tmp_path)
    monkeypatch.undo()
    assert cached(measured(desk, dataset, tmp_path)) == {"lexical", "dense"}


def test_the_report_names_what_was_measured(desk: Any, dataset: RetrievalSet, tmp_path: Path) -> None:
    desk.settings = overridden(desk.settings, ["record.url=postgresql+psycopg://me:secret@host/db"])
    configuration = measured(desk, dataset, tmp_path, stages=(SearchStage.LEXICAL,)).configuration
    assert configuration["passages"] == "paragraphs 1"
    assert configuration["embedder"] == "fake-1"
    assert configuration["retrieval"]["candidates"] == 100  # type: ignore[index]
    assert "secret" not in str(configuration)


def test_no_stage_is_refused(desk: Any, dataset: RetrievalSet, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="the stages are"):
        measured(desk, dataset, tmp_path, stages=())
