"""The command line on a real home: real parsers, real models, real indexes."""

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from command_line import run, run_json
from home import write_documents

from api.cli import main
from api.schemas import json_schemas
from api.shapes import Failure, content, evaluation

pytestmark = pytest.mark.usefixtures("no_settings_from_outside")


@pytest.fixture(scope="module")
def home(tmp_path_factory, no_settings_from_outside):
    home = tmp_path_factory.mktemp("cli") / "home"
    documents = write_documents(home.parent / "documents")
    result = run(home, "ingest", str(documents))
    assert result.exit_code == 0, result.output
    return home


def test_a_second_run_ingests_nothing_and_embeds_nothing(home):
    report = run_json(home, "ingest", str(home.parent / "documents"), shape=content.Ingest)
    assert report["outcomes"]["unchanged"] == report["files"] == 2
    assert (report["outcomes"]["ingested"], report["embedded"], report["problems"]) == (0, 0, [])
    assert report.keys() >= {"files", "outcomes", "problems", "passages", "embedded", "removed", "seconds"}


def test_a_broken_file_is_named_and_does_not_stop_the_others(home, tmp_path):
    documents = write_documents(tmp_path / "more")
    (documents / "broken.pdf").write_bytes(b"%PDF-1.7 this is not really a document")
    (documents / "nothing.txt").write_bytes(b"")
    result = run(home, "ingest", str(documents), "--kb", "more", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["outcomes"]["ingested"] == 2
    assert {Path(problem["path"]).name for problem in report["problems"]} == {"broken.pdf", "nothing.txt"}
    assert all(problem["reason"] for problem in report["problems"])
    listed = run_json(home, "documents", "list", "--failed", "--kb", "more", shape=content.Documents)["documents"]
    assert {row["source"] for row in listed} == {"broken.pdf", "nothing.txt"}


@pytest.mark.parametrize("stage", ["lexical", "dense", "hybrid", "rerank"])
def test_search_finds_the_passage_in_every_stage(home, stage):
    document = run_json(home, "search", "how many fans has the gate", "--stage", stage)
    jsonschema.validate(document, json_schemas()["search"])
    assert "two fans" in document["hits"][0]["text"]
    assert document["degraded"] == []


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("How many days do I have to get an annual plan refunded?", "within 30 days"),
        ("纸质专票的快递费多少钱？", "快递费 15 元"),
    ],
)
def test_an_answer_quotes_the_stored_text_character_for_character(home, question, quote):
    document = run_json(home, "ask", question)
    jsonschema.validate(document, json_schemas()["ask"])
    assert document["status"] == "answered", document
    quotes = [citation for claim in document["claims"] for citation in claim["citations"]]
    assert any(quote in citation["quote"] for citation in quotes)
    for citation in quotes:
        stored = run_json(home, "documents", "show", citation["document_id"], shape=content.Document)["text"]
        start, end = citation["span"]
        assert stored[start:end] == citation["quote"]


def test_filters_of_the_command_line_leave_what_they_name(home):
    found = run_json(home, "search", "refund annual plan", "--where", "language=zh", "--where", "source=*.md")
    assert {hit["source"] for hit in found["hits"]} == {"发票.md"}
    assert found["passages_left"] == len(found["hits"])
    answer = run_json(home, "ask", "纸质专票的快递费多少钱？", "--where", "language!=zh", "--as-of", "2025-01-01")
    assert {evidence["source"] for evidence in answer["evidence"]} <= {"refunds.md"}
    shown = run(home, "search", "退款", "--where", "source=refunds.md", "--where", "kind=code", "--explain").output
    assert "the filter left 0 passages" in shown
    refused = run(home, "search", "退款", "--where", "source=refund.md")
    assert refused.exit_code == 2
    assert "near it: 'refunds.md'" in refused.output


def test_a_question_about_something_else_gets_an_honest_no(home):
    document = run_json(home, "ask", "Who painted the Night Watch?")
    assert document["status"] == "insufficient_evidence"
    assert document["claims"] == []


def test_people_see_status_claim_quote_and_place(home):
    shown = run(home, "ask", "How are refunds paid, to which card or account?").stdout
    assert shown.startswith("answered")
    assert "refunds.md › " in shown
    assert "“The money goes back to the card or account that was charged" in shown


def test_a_deleted_document_never_answers(tmp_path):
    documents = write_documents(tmp_path / "documents")
    home = tmp_path / "home"
    run(home, "ingest", str(documents))
    (documents / "refunds.md").unlink()
    assert run_json(home, "ingest", str(documents), "--prune")["removed"] == 1
    for stage in ("lexical", "dense", "hybrid", "rerank"):
        hits = run_json(home, "search", "refund annual plan", "--stage", stage)["hits"]
        assert all(hit["source"] != "refunds.md" for hit in hits)
    deleted = run_json(home, "documents", "delete", "发票.md", "nowhere.md", shape=content.DeletedDocuments, code=1)
    assert deleted == {"deleted": 1, "missing": ["nowhere.md"]}
    assert run_json(home, "search", "发票")["hits"] == []


def test_verify_and_rebuild_and_stats_tell_of_a_sound_home(home):
    report = run_json(home, "verify", shape=content.Verify)
    assert report["sound"] is True
    arms = {base["kb"]: {index["arm"] for index in base["indexes"]} for base in report["knowledge_bases"]}
    assert arms["default"] == {"dense", "lexical"}
    assert run_json(home, "rebuild", shape=content.Rebuilt) == {"rebuilt": "default"}
    stats = run_json(home, "kb", "stats", "default", shape=content.KnowledgeBaseStats)
    assert stats["languages"] == {"en": 1, "zh": 1}
    assert stats["index_lag"] == {"dense": 0, "lexical": 0}


def test_a_knowledge_base_can_be_listed_and_deleted(tmp_path):
    home = tmp_path / "home"
    run(home, "ingest", str(write_documents(tmp_path / "documents")), "--kb", "客服")
    assert run_json(home, "kb", "list", shape=content.KnowledgeBases)["knowledge_bases"][0]["name"] == "客服"
    assert run_json(home, "kb", "delete", "客服", "--yes", shape=content.DeletedKnowledgeBase) == {"deleted": "客服"}
    assert run_json(home, "kb", "list")["knowledge_bases"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("ask", "What?", "--kb", "nowhere"), 2, "no knowledge base named 'nowhere'; there is: default"),
        (("ask", ""), 2, "the question is empty"),
        (("ask", "x" * 100_000), 2, "100,000 characters"),
        (("ask", "😀😀😀"), 2, "holds no word"),
        (("ask", "\udcff\udcfe"), 2, "is not UTF-8"),
        (("search", " "), 2, "holds no word"),
        (("kb", "delete", "default"), 2, "give --yes"),
        (("ingest", "/no/such/path"), 2, "/no/such/path"),
        (("documents", "show", "nothing.md"), 2, "no document with id 'nothing.md'"),
        (("verify", "--kb", "nowhere"), 2, "'nowhere'"),
        (("kb", "delete", "nowhere", "--yes"), 2, "'nowhere'"),
        (("eval", "run", "/no/such/set"), 2, "/no/such/set"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_exit_code_2(home, arguments, code, said):
    result = run(home, *arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stderr.startswith("citedesk: ")
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_error_as_json_is_one_document(home):
    document = run_json(home, "ask", "What?", "--kb", "nowhere", shape=Failure, code=2)
    assert "nowhere" in document["error"]


def test_an_empty_folder_is_no_failure(home, tmp_path):
    (tmp_path / "empty").mkdir()
    report = run_json(home, "ingest", str(tmp_path / "empty"))
    assert report["files"] == 0


def test_a_cross_encoder_that_is_not_there_is_a_missing_dependency(home, monkeypatch):
    monkeypatch.setenv("CITEDESK_RERANK__KIND", "cross_encoder")
    monkeypatch.setenv("CITEDESK_RERANK__MODEL", "/no/such/model")
    result = run(home, "search", "refund", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["degraded"] == ["rerank"]
    assert json.loads(result.stdout)["hits"]


def test_eval_run_measures_every_stage(home, tmp_path):
    folder = Path(__file__).parents[2] / "data" / "judged" / "tiny_zh"
    report = run_json(home, "eval", "run", str(folder), "--out", str(tmp_path / "run"), shape=evaluation.EvalRun)
    measures = {run["stage"]: run["measures"] for run in report["runs"]}
    assert measures.keys() == {"lexical", "dense", "hybrid", "rerank"}
    assert measures["lexical"]["nDCG@10"] > 0.8
    assert measures["hybrid"]["nDCG@10"] >= measures["dense"]["nDCG@10"]
    assert (tmp_path / "run" / "hybrid.run").read_text().splitlines()


def test_eval_answers_judges_the_documents_beside_the_questions(home, tmp_path):
    write_documents(tmp_path / "documents")
    questions = [
        {"id": "en-1", "question": "How many fans has the Gate G3?", "language": "en", "answerable": True,
         "gold": [{"source": "refunds.md", "quote": "The Tidemark Gate G3 has two fans and a cache of 4 TB."}]},
        {"id": "zh-1", "question": "明天上海会下雨吗？", "language": "zh", "answerable": False, "gold": []},
    ]  # fmt: skip
    lines = [json.dumps({"history": [], "tags": [], **question}, ensure_ascii=False) for question in questions]
    (tmp_path / "questions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    report = run_json(home, "eval", "answers", str(tmp_path / "questions.jsonl"), shape=evaluation.EvalAnswers)
    assert report["questions"] == 2
    assert report["exact_location_rate"] in {1.0, None}
    assert report["by_language"].keys() == {"en", "zh"}


def test_a_damaged_vector_index_is_put_aside_and_built_anew(tmp_path):
    home = tmp_path / "home"
    run(home, "ingest", str(write_documents(tmp_path / "documents")))
    (home / "indexes" / "chroma" / "chroma.sqlite3").write_bytes(b"garbage " * 1_000)
    found = run_json(home, "search", "how many fans has the gate", "--stage", "dense")
    assert "two fans" in found["hits"][0]["text"]
    assert run_json(home, "verify", shape=content.Verify)["sound"] is True


def test_a_home_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    result = run(tmp_path / "file" / "home", "kb", "list")
    assert result.exit_code == 3
    assert "choose another --home" in result.stderr


def test_names_that_would_spoof_a_row_are_spelt_out(tmp_path):
    documents = write_documents(tmp_path / "documents")
    (documents / "new\nline\u202egnp.md").write_text("# Parking\n\nVisitors park in yard 7.\n")
    home = tmp_path / "home"
    run(home, "ingest", str(documents))
    assert "new\\nline\\u202egnp.md" in run(home, "documents", "list").stdout
    assert "new\\nline\\u202egnp.md" in run(home, "search", "visitors park").stdout


def test_evaluation_leaves_no_knowledge_base_among_the_users_own(home):
    assert {base["name"] for base in run_json(home, "kb", "list")["knowledge_bases"]} <= {"default", "more"}


def test_help_names_every_command():
    shown = CliRunner().invoke(main, ["--help"]).stdout
    for name in ("ingest", "documents", "search", "ask", "serve", "kb", "verify", "rebuild", "eval"):
        assert f"\n  {name} " in shown
