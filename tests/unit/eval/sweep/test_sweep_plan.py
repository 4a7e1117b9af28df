"""A sweep file is read and checked whole before anything runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import CitedeskError
from core.settings import Settings
from eval.sweep.jobs import JobOrder, home_settings, jobs_of
from eval.sweep.plan import SweepPlan, load_plan

WriteSet = Callable[..., Path]


@pytest.fixture
def plan_of(tmp_path: Path, write_set: WriteSet) -> Callable[[str], SweepPlan]:
    write_set()

    def plan(text: str) -> SweepPlan:
        path = tmp_path / "sweep.yaml"
        path.write_text(text, encoding="utf-8")
        return load_plan(path, Settings(home=tmp_path / "home"))

    return plan


def test_a_grid_is_every_combination_and_variants_come_after_it(plan_of) -> None:
    plan = plan_of("""
datasets: [set]
stages: [hybrid, rerank]
measure: recall@5
settings:
  retrieval.candidates: [20, 50]
  rerank.candidates: [10]
  rerank.kind: [late_interaction, identity]
variants:
  - {name: 大段落, settings: {ingest.chunk_tokens: 300}}
""")
    assert [combination.name for combination in plan.combinations] == [
        "candidates=20 kind=late_interaction", "candidates=20 kind=identity",
        "candidates=50 kind=late_interaction", "candidates=50 kind=identity", "大段落",
    ]  # fmt: skip
    second = plan.combinations[1]
    assert second.changes == ("retrieval.candidates=20", "rerank.candidates=10", "rerank.kind=identity")
    assert (second.settings.rerank.kind, second.settings.rerank.candidates) == ("identity", 10)
    assert plan.combinations[4].settings.ingest.chunk_tokens == 300
    assert plan.combinations[4].settings.retrieval.candidates == Settings().retrieval.candidates
    assert (plan.measure, plan.measures[-1], plan.stages) == ("recall@5", "recall@5", ("hybrid", "rerank"))
    assert plan.sets[0].dataset.name == "set"


def test_settings_of_one_name_in_two_slices_are_told_apart(plan_of) -> None:
    plan = plan_of("datasets: [set]\nsettings: {retrieval.candidates: [20, 30], rerank.candidates: [5, 6]}")
    assert plan.combinations[0].name == "retrieval.candidates=20 rerank.candidates=5"


def test_variants_alone_bring_no_grid_and_an_empty_file_of_sets_is_one_combination(plan_of) -> None:
    only = plan_of("datasets: [set]\nvariants: [{name: a}, {name: b, settings: {retrieval.dense_weight: 0.5}}]")
    assert [combination.name for combination in only.combinations] == ["a", "b"]
    assert [combination.name for combination in plan_of("datasets: [set]").combinations] == ["settings as given"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("datasets: [set", "is no YAML"),
        ("- a list", "sweep.yaml: the file: it holds no names with values; a sweep has datasets"),
        ("", "sweep.yaml: the file: it holds no names with values; a sweep has datasets"),
        ("stages: [hybrid]", "datasets: Field required"),
        ("datasets: []", "datasets: "),
        ("datasets: [nowhere]", "no folder "),
        ("datasets: [set]\nstages: [best]", "stages.0: "),
        ("datasets: [set]\nmeasure: nDGC@10", "no measure 'nDGC@10' (did you mean nDCG?)"),
        ("datasets: [set]\nlatency: p42_ms", "latency is 'p42_ms'; it is one of mean_ms"),
        ("datasets: [set]\nsetting: {}", "setting: Extra inputs"),
        ("datasets: [set]\nsettings: {retrieval.candidate: [2]}", "no setting 'retrieval.candidate'; near it are"),
        ("datasets: [set]\nsettings: {retrieval.candidates: [20, 0]}", "setting retrieval.candidates = '0'"),
        ("datasets: [set]\nsettings: {retrieval.candidates: []}", "settings.retrieval.candidates has no value"),
        ("datasets: [set]\nsettings: {answer.evidence: [4]}", "setting 'answer.evidence' does not change retrieval"),
        ("datasets: [set]\nvariants: [{name: a}, {name: a}]", "the combination 'a' stands there twice"),
        (f"datasets: [set]\nsettings: {{rerank.batch: {list(range(1, 40))}, rerank.candidates: {list(range(1, 40))}}}",
         "1521 combinations; at most 1000"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_before_anything_runs(plan_of, text: str, said: str) -> None:
    with pytest.raises(CitedeskError) as caught:
        plan_of(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CitedeskError, match=r"no file '.*sweep\.yaml'"):
        load_plan(tmp_path / "sweep.yaml", Settings(home=tmp_path))


def test_jobs_share_indexes_where_passages_are_the_same_and_results_where_everything_is(plan_of) -> None:
    plan = plan_of("""
datasets: [set]
variants:
  - {name: as given}
  - {name: also as given, settings: {retrieval.candidates: 100}}
  - {name: more candidates, settings: {retrieval.candidates: 200}}
  - {name: other passages, settings: {ingest.chunk_tokens: 300}}
  - {name: another index, settings: {retrieval.lexical_backend: rank_bm25}}
  - {name: more workers, settings: {ingest.workers: 3}}
""")
    given, again, more, passages, index, workers = jobs_of(plan)
    assert given.key == again.key == workers.key
    assert len({job.key for job in (given, more, passages, index)}) == 4
    assert given.group == more.group
    assert len({job.group for job in (given, passages, index)}) == 3


def test_the_judgements_and_the_measures_are_part_of_the_key(plan_of, tmp_path: Path) -> None:
    [before] = jobs_of(plan_of("datasets: [set]"))
    [other] = jobs_of(plan_of("datasets: [set]\nmeasure: recall@7"))
    [stage] = jobs_of(plan_of("datasets: [set]\nstages: [dense]"))
    (tmp_path / "set" / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\ta\t1\n")
    [judged] = jobs_of(plan_of("datasets: [set]"))
    assert len({job.key for job in (before, other, stage, judged)}) == 4
    assert before.group == judged.group


def test_an_order_crosses_to_a_process_whole(plan_of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of("datasets: [set]\nsettings: {retrieval.candidates: [7]}")
    settings = home_settings(plan.combinations[0].settings, tmp_path / "elsewhere")
    monkeypatch.setenv("CITEDESK_RETRIEVAL__CANDIDATES", "99")
    order = JobOrder(
        settings=settings, dataset=tmp_path, stages=["hybrid"], measures=["MAP"], results=tmp_path / "r", parent=1
    )
    read = JobOrder.model_validate_json(order.model_dump_json(exclude={"settings": {"llm"}}))
    assert read.settings.retrieval.candidates == 7
    assert read.settings.home == tmp_path / "elsewhere"
    assert read.settings.retrieval.model_cache == tmp_path / "home" / "models"
    assert read.settings.record.url == ""
