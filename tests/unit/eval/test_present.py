"""The shapes that scripts rely on, and what people see."""

import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from core.types import AnswerStatus, SearchStage
from eval.answers.asking import everywhere
from eval.answers.judge import judge_answers
from eval.answers.report import AnswersReport
from eval.present import print_table, to_json
from eval.runs.pooling import ScoredDocument
from eval.runs.report import RunReport
from eval.runs.run import evaluate
from eval.sets.dataset import load_dataset
from eval.sets.questions import GoldQuote, JudgedQuestion

WriteSet = Callable[..., Path]


def search(query: str, stage: SearchStage, k: int) -> Sequence[ScoredDocument]:
    return [ScoredDocument("c", 2.0), ScoredDocument("a", 1.0)]


@pytest.fixture
def run_report(write_set: WriteSet, tmp_path: Path) -> RunReport:
    queries = [{"_id": name, "text": name} for name in ("q1", "q2", "q3")]
    return evaluate(load_dataset(write_set(queries=queries)), search, [SearchStage.HYBRID], tmp_path / "out")


@pytest.fixture
def answers_report(shelf: Any) -> AnswersReport:
    gold = (GoldQuote(source="refunds.md", quote="The fee is 2.50 euros."),)
    lost = (GoldQuote(source="退款.md", quote="没有[bold]这句话"),)
    questions = [
        JudgedQuestion(id="e1", question="Fee?", language="en", answerable=True, gold=gold, tags=("price",)),
        JudgedQuestion(id="z1", question="手续费？", language="zh", answerable=True, gold=lost),
    ]
    answer = shelf.answer(shelf.citation("refunds.md", "The fee is 2.50 euros."), text="The fee is 2.50 euros.")
    return judge_answers(questions, everywhere(lambda question: answer), shelf.document_text, kb="help")


def printed(report: RunReport | AnswersReport) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_table(report, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_a_run_has_the_shape_that_scripts_rely_on(run_report: RunReport, tmp_path: Path) -> None:
    found = json.loads(json.dumps(to_json(run_report)))
    assert {name: found[name] for name in ("dataset", "queries", "documents", "unjudged")} == {
        "dataset": "set",
        "queries": 2,
        "documents": 3,
        "unjudged": 1,
    }
    [run] = found["runs"]
    assert run["stage"] == "hybrid"
    assert list(run["measures"]) == ["nDCG@10", "recall@10", "recall@100", "MRR@10", "MAP", "P@5", "judged@10"]
    assert run["measures"]["MRR@10"] == 0.25
    assert run["interval"]["MRR@10"] == [0.0, 0.5]
    assert {name: group["queries"] for name, group in run["by_language"].items()} == {"en": 2}
    assert run["by_language"]["en"]["measures"] == run["measures"]
    assert run["by_tag"] == {}
    assert set(run["latency_ms"]) == {"p50", "p95", "p99"}
    assert (run["parts_ms"], run["cached"]) == ({}, False)
    assert datetime.fromisoformat(run["measured_at"]).utcoffset() == timedelta(0)
    assert found["peak_memory_bytes"] > 0
    assert run["run_file"] == str(tmp_path / "out" / "hybrid.run")


def test_answers_have_the_shape_that_scripts_rely_on(answers_report: AnswersReport) -> None:
    found = json.loads(json.dumps(to_json(answers_report), ensure_ascii=False))
    promised = (
        "questions exact_location_rate citation_precision citation_recall completeness unanswerable_abstained "
        "false_refusals auroc by_language"
    )
    assert set(promised.split()) <= set(found)
    assert (found["questions"], found["citation_recall"], found["located_gold"]) == (2, 0.5, 0.5)
    assert found["unanswerable_abstained"] is None
    assert found["interval"]["exact_location_rate"] == [1.0, 1.0]
    assert found["by_language"]["zh"]["citation_recall"] == 0.0
    assert found["by_tag"]["price"]["completeness"] == 1.0
    assert found["unlocated_gold"] == [{"id": "z1", "source": "退款.md", "quote": "没有[bold]这句话"}]


def test_people_see_every_stage_and_what_was_left_out(run_report: RunReport) -> None:
    text = printed(run_report)
    assert "set: 2 queries, 3 documents" in text
    assert "hybrid" in text
    assert "0.250 [0.00, 0.50]" in text
    assert "1 query was left out for want of a relevant document." in text


def test_people_see_both_languages_and_gold_that_cannot_be_found(answers_report: AnswersReport) -> None:
    lines = printed(answers_report).splitlines()
    [header] = [line for line in lines if "figure" in line]
    assert header.replace("┃", " ").split() == ["figure", "overall", "en", "zh"]
    [recall] = [line for line in lines if "citation_recall" in line]
    assert [cell.strip() for cell in recall.strip("│ ").split("│")][1:] == [
        "0.500 [0.00, 1.00]",
        "1.000 [1.00, 1.00]",
        "0.000 [0.00, 0.00]",
    ]
    assert "z1: no such quote in 退款.md: 没有[bold]这句话" in lines


def test_people_are_told_that_a_part_was_down(shelf: Any) -> None:
    question = JudgedQuestion(id="e1", question="Founder?", language="en", answerable=False)
    down = shelf.answer(status=AnswerStatus.UNAVAILABLE)
    report = judge_answers([question], everywhere(lambda question: down), shelf.document_text, kb="help")
    assert "1 questions found a part of the system down" in printed(report)


def test_an_undefined_figure_is_a_dash(answers_report: AnswersReport) -> None:
    [auroc] = [line for line in printed(answers_report).splitlines() if "auroc" in line]
    assert auroc.count("–") == 3
