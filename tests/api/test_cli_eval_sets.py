"""From a spreadsheet, from feedback and from a knowledge base to questions that an evaluation takes."""

import json
from pathlib import Path

import pytest
from command_line import run, run_json
from drafting_model import DraftingServer
from home import write_documents

from api.shapes import sets as shapes

pytestmark = pytest.mark.usefixtures("no_settings_from_outside")

TABLE = """question,quote,document
How many fans has the Gate G3?,The Tidemark Gate G3 has two fans and a cache of 4 TB.,refunds.md
纸质专票的快递费多少钱？,纸质专票每份收取快递费 15 元。,发票.md
"""


def test_a_spreadsheet_becomes_a_set_that_the_check_passes_once_its_quotes_are_right(home, tmp_path):
    (tmp_path / "table.csv").write_text(TABLE + "Lost?,words,\n", encoding="utf-8-sig")
    folder = tmp_path / "set"
    arguments = ("eval", "import", "csv", str(tmp_path / "table.csv"), "--out", str(folder))
    report = run_json(home, *arguments, shape=shapes.EvalImport, code=1)
    assert (report["questions"], [one["row"] for one in report["rejected"]]) == (2, [4])
    assert "--force" in run(home, *arguments).stderr
    write_documents(folder / "documents")
    assert run_json(home, "eval", "check", str(folder), shape=shapes.EvalCheck)["problems"] == []

    questions = folder / "questions.jsonl"
    questions.write_text(questions.read_text(encoding="utf-8").replace("15 元", "20 元"), encoding="utf-8")
    (folder / "documents" / "empty.txt").write_bytes(b"")
    report = run_json(home, "eval", "check", str(folder), shape=shapes.EvalCheck, code=1)
    assert [problem["kind"] for problem in report["problems"]] == ["quote_not_found", "no_text"]
    shown = run(home, "eval", "check", str(folder), "--allow", "no_text")
    assert shown.stdout.startswith("questions.jsonl:2: quote_not_found: ")
    assert "纸质专票每份收取快递费 15 元" in shown.stdout.splitlines()[0]
    assert shown.stdout.splitlines()[-1].endswith(": 1 problem, 1 allowed")


def test_questions_are_checked_against_a_knowledge_base_of_ones_own(home, tmp_path):
    line = {"id": "a", "question": "How many fans?", "language": "en", "answerable": True,
            "gold": [{"source": "refunds.md", "quote": "two fans"}]}  # fmt: skip
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps(line), encoding="utf-8")
    report = run_json(home, "eval", "check", str(path), "--kb", "default", shape=shapes.EvalCheck)
    assert (report["documents"], report["format"]) == (2, "questions")
    assert run(home, "eval", "check", str(path), "--kb", "nowhere").exit_code == 2
    assert run(home, "eval", "check", str(path)).exit_code == 2
    assert "the kinds are" in run(home, "eval", "check", str(path), "--allow", "typo").stderr


def test_a_judged_set_that_is_shipped_passes_the_check(home):
    folder = Path(__file__).parents[2] / "data" / "judged" / "tiny_zh"
    assert run_json(home, "eval", "check", str(folder), shape=shapes.EvalCheck)["problems"] == []


def test_recorded_answers_become_questions_and_doubts(home, tmp_path):
    rows = [
        {"question": "多久？", "kb": "default", "status": "answered", "feedback": {"vote": "up"},
         "claims": [{"text": "x", "citations": [{"source": "发票.md", "quote": "60 天"}]}]},
        {"question": "Why?", "kb": "default", "status": "answered", "feedback": {"vote": "down"}, "claims": []},
    ]  # fmt: skip
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    report = run_json(home, "eval", "import", "records", str(path), "--out", str(tmp_path), shape=shapes.EvalImport)
    assert (report["questions"], report["to_judge"], report["rejected"]) == (1, 1, [])
    assert {Path(file).name for file in report["files"]} == {"questions.jsonl", "to_judge.jsonl"}


def test_drafts_find_their_passages_and_are_taken_by_a_person(home, tmp_path):
    drafts, questions = tmp_path / "drafts.jsonl", tmp_path / "questions.jsonl"
    arguments = ("eval", "questions", "default", "--n", "4", "--out", str(drafts))
    report = run_json(home, *arguments, shape=shapes.EvalQuestions)
    assert report["by_language"] == {"en": 2, "zh": 2}
    assert report["kept"] == 4
    first = drafts.read_bytes()
    assert run(home, *arguments).exit_code == 2
    run(home, *arguments, "--force")
    assert drafts.read_bytes() == first
    assert "drafts that nobody has accepted" in run(home, "eval", "answers", str(drafts), "--kb", "default").stderr

    ids = [json.loads(line)["id"] for line in drafts.read_text(encoding="utf-8").splitlines()]
    taken = run_json(
        home, "eval", "accept", str(drafts), "--out", str(questions), "--id", ids[1], shape=shapes.EvalAccept
    )
    assert (taken["accepted"], len(taken["left"])) == ([ids[1]], 3)
    run(home, "eval", "accept", str(drafts), "--out", str(questions), "--all")
    checked = run_json(home, "eval", "check", str(questions), "--kb", "default", shape=shapes.EvalCheck)
    assert (checked["questions"], checked["problems"]) == (4, [])


def test_drafts_without_a_file_are_printed_as_lines(home):
    result = run(home, "eval", "questions", "default", "--n", "2")
    assert [json.loads(line)["accepted"] for line in result.stdout.splitlines()] == [False, False]
    assert "2 questions from 2 documents" in result.stderr


def test_a_configured_model_drafts_and_its_lies_are_dropped(home, monkeypatch):
    assert "CITEDESK_LLM_BASE_URL" in run(home, "eval", "questions", "default", "--model").stderr
    with DraftingServer() as server:
        monkeypatch.setenv("CITEDESK_LLM_BASE_URL", server.base_url)
        monkeypatch.setenv("CITEDESK_LLM_MODEL", "honest")
        honest = run_json(home, "eval", "questions", "default", "--n", "3", shape=shapes.EvalQuestions)
        monkeypatch.setenv("CITEDESK_LLM_MODEL", "lying-quote")
        lying = run_json(home, "eval", "questions", "default", "--n", "3", shape=shapes.EvalQuestions)
        without = run_json(home, "eval", "questions", "default", "--no-model", shape=shapes.EvalQuestions)
    assert honest["by_kind"] == {"model": honest["kept"]}
    assert honest["by_language"].keys() == {"en", "zh"}
    assert (lying["kept"], lying["dropped"]["unlocated"] > 0, lying["model_down"]) == (0, True, "")
    assert "model" not in without["by_kind"]
