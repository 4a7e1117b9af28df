"""What people see of a run: measures by stage, groups that tell something, and which times are old."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from core.types import SearchStage
from eval.runs.pooling import RankedDocuments, ScoredDocument
from eval.runs.present import print_run, run_json
from eval.runs.ranking import QueryRanking, StageRanking
from eval.runs.report import RunReport
from eval.runs.run import evaluate
from eval.sets.dataset import load_dataset

WriteSet = Callable[..., Path]
QUERIES = [
    {"_id": "q1", "text": "How long is a refund?", "tags": ["billing", "[bold]粗"]},
    {"_id": "q2", "text": "退款多久", "tags": ["billing"]},
]


def search(query: str, stage: SearchStage, k: int) -> Sequence[ScoredDocument]:
    return RankedDocuments((ScoredDocument("c", 2.0), ScoredDocument("a", 1.0)), {"retrieve": 1.25})


class OldTimes:
    """Knows the dense ranking from an earlier day."""

    def load(self, stage: SearchStage) -> StageRanking | None:
        if stage is not SearchStage.DENSE:
            return None
        queries = {name: QueryRanking(documents=(), milliseconds=7.0) for name in ("q1", "q2")}
        return StageRanking(queries=queries, measured_at="2026-01-02T03:04:05+00:00", cached=True)

    def save(self, stage: SearchStage, ranking: StageRanking) -> None:
        assert stage is not SearchStage.DENSE


@pytest.fixture
def report(write_set: WriteSet) -> RunReport:
    stages = [SearchStage.LEXICAL, SearchStage.DENSE]
    return evaluate(load_dataset(write_set(queries=QUERIES)), search, stages, store=OldTimes())


def printed(report: RunReport) -> str:
    console = Console(file=io.StringIO(), width=130)
    print_run(report, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("│┃").replace("┃", "│").split("│")]


def test_every_measure_has_a_line_and_every_stage_a_column(report: RunReport) -> None:
    lines = [cells(line) for line in printed(report).splitlines()]
    assert ["", "lexical", "dense"] in lines
    assert ["MRR@10", "0.250 [0.00, 0.50]", "0.000 [0.00, 0.00]"] in lines
    assert ["retrieve", "1.2 / 1.2 / 1.2", ""] in lines
    [times] = [line for line in lines if line[0] == "p50 / p95 / p99 ms"]
    assert times[2] == "7.0 / 7.0 / 7.0"


def test_languages_and_tags_have_tables_where_they_tell_something(report: RunReport, write_set: WriteSet) -> None:
    lines = [cells(line) for line in printed(report).splitlines()]
    assert ["language", "queries", "lexical", "dense"] in lines
    assert [line[0] for line in lines if line[1:2] == ["1"]] == ["en", "zh", "[bold]粗"]
    assert [line[:2] for line in lines if line[0] == "billing"] == [["billing", "2"]]


def test_one_language_without_tags_needs_no_further_table(write_set: WriteSet) -> None:
    queries = [{"_id": name, "text": f"refund {name}?"} for name in ("q1", "q2")]
    report = evaluate(load_dataset(write_set(queries=queries)), search, [SearchStage.LEXICAL])
    assert " by " not in printed(report)


def test_times_of_an_earlier_run_are_called_that(report: RunReport) -> None:
    assert "dense: cached; its times were measured 2026-01-02T03:04:05+00:00" in printed(report)
    assert "lexical: cached" not in printed(report)
    runs = {run["stage"]: run for run in run_json(report)["runs"]}  # type: ignore[attr-defined]
    assert (runs["dense"]["cached"], runs["dense"]["measured_at"]) == (True, "2026-01-02T03:04:05+00:00")
    assert runs["lexical"]["cached"] is False
    assert runs["lexical"]["parts_ms"] == {"retrieve": {"p50": 1.25, "p95": 1.25, "p99": 1.25}}
