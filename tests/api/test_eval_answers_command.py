"""``citedesk eval answers``, ``injection`` and ``support`` on a real home, and a judge model over real HTTP."""

import json
from pathlib import Path

import command_line
import pytest
from home import write_documents
from model_server import ModelServer

from api.shapes import evaluation as shapes

pytestmark = pytest.mark.usefixtures("no_settings_from_outside")

JUDGED = Path(__file__).parents[2] / "data" / "judged"
TINY = [
    {"id": "en-1", "question": "How many fans has the Gate G3?", "language": "en", "answerable": True,
     "gold": [{"source": "refunds.md", "quote": "The Tidemark Gate G3 has two fans and a cache of 4 TB."}]},
    {"id": "zh-1", "question": "那每张发票可以重开几次？", "language": "zh", "answerable": True,
     "gold": [{"source": "发票.md", "quote": "开票后 60 天内可以申请重开，每张发票限一次。"}],
     "history": [{"role": "user", "content": "发票多少天内可以重开？"}, {"role": "assistant", "content": "60 天内。"}]},
    {"id": "zh-2", "question": "明天上海会下雨吗？", "language": "zh", "answerable": False},
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("evaluated") / "home"


@pytest.fixture
def questions(tmp_path):
    write_documents(tmp_path / "help")
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in TINY), encoding="utf-8")
    return path


def run(home: Path, *arguments: str):
    return command_line.run(home, "eval", *arguments)


def run_json(home: Path, shape: type, *arguments: str):
    return command_line.run_json(home, "eval", *arguments, shape=shape)


@pytest.mark.slow
def test_follow_ups_are_measured_with_and_without_rewriting(home, questions, tmp_path):
    out = tmp_path / "out.jsonl"
    arguments = ("answers", str(questions), "--docs", str(tmp_path / "help"), "--out", str(out))
    report = run_json(home, shapes.EvalAnswers, *arguments)
    assert report["exact_location_rate"] in {1.0, None}
    assert {name: group["questions"] for name, group in report["follow_ups"].items()} == {
        "rewritten": 1,
        "without_rewriting": 1,
    }
    assert len(report["risk_coverage"]) == 10
    assert report["latency_ms"]["p50"] > 0
    assert report["judge"] is None
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [("without_rewriting" in line) for line in lines] == [False, True, False]
    assert lines[1]["asked"] != lines[1]["question"] == lines[1]["without_rewriting"]["asked"]


@pytest.mark.slow
def test_a_judge_model_is_reported_apart(home, questions, tmp_path, monkeypatch):
    with ModelServer() as server:
        monkeypatch.setenv("CITEDESK_LLM__BASE_URL", server.base_url)
        monkeypatch.setenv("CITEDESK_LLM__MODEL", "honest")
        report = run_json(
            home,
            shapes.EvalAnswers,
            "answers",
            str(questions),
            "--docs",
            str(tmp_path / "help"),
            "--judge",
            "text-marks",
        )
        models = {request["model"] for request in server.requests()}
    assert models == {"honest", "text-marks"}
    assert report["judge"]["graded"] >= 1
    assert report["judge"]["failed"] == 0
    assert report["tokens_per_question"]["output"] > 0


def test_a_judge_needs_a_server(home, questions, tmp_path):
    result = run(home, "answers", str(questions), "--docs", str(tmp_path / "help"), "--judge", "m")
    assert result.exit_code == 3
    assert "llm.base_url" in result.stderr


def test_a_knowledge_base_and_a_folder_exclude_each_other(home, questions):
    result = run(home, "answers", str(questions), "--kb", "default", "--docs", ".")
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr


def test_documents_that_are_not_there_are_named(home, questions):
    result = run(home, "answers", str(questions))
    assert result.exit_code == 2
    assert "give --docs DIR or --kb NAME" in result.stderr


@pytest.mark.slow
def test_conversations_see_only_their_passages(home, tmp_path):
    texts = {"d1": "Refunds of annual plans take 10 working days.", "d2": "Labels can be voided within 14 days."}
    turns = [{"speaker": "user", "text": "How many days does a refund of an annual plan take?"}]
    tasks = [
        {"task_id": f"t-{name}", "input": turns, "contexts": [{"document_id": name}], "Answerability": [label],
         "targets": [{"speaker": "agent", "text": "It takes 10 working days."}]}
        for name, label in (("d1", "ANSWERABLE"), ("d2", "UNANSWERABLE"))
    ]  # fmt: skip
    documents = [{"document_id": name, "title": "", "text": text} for name, text in texts.items()]
    path, out = tmp_path / "subset.json", tmp_path / "out.jsonl"
    path.write_text(json.dumps({"documents": documents, "tasks": tasks}))
    run_json(home, shapes.EvalAnswers, "answers", str(path), "--given-contexts", "--out", str(out))
    first, second = (json.loads(line) for line in out.read_text().splitlines())
    assert first["probability"] > second["probability"]
    assert {quote["source"] for quote in first["citations"]} <= {"d1"}
    assert {quote["source"] for quote in second["citations"]} <= {"d2"}


@pytest.mark.slow
def test_planted_instructions_are_counted_in_both_languages(home, tmp_path):
    out = tmp_path / "new" / "cases.jsonl"
    report = run_json(
        home, shapes.EvalInjection, "injection", str(JUDGED / "injection"), "--pairs", "2", "--out", str(out)
    )
    assert {name: group["cases"] for name, group in report["by_language"].items()} == {"en": 2, "zh": 2}
    assert 0 <= report["leaked"] <= 1
    assert len(out.read_text(encoding="utf-8").splitlines()) == 4


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [True, False])
def test_a_model_that_follows_orders_reads_none_of_them_with_the_guard(home, tmp_path, monkeypatch, guarded):
    attacks = [json.loads(line) for line in (JUDGED / "injection" / "attacks.jsonl").read_text("utf-8").splitlines()]
    orders = tmp_path / "orders.json"
    orders.write_text(json.dumps({attack["instruction"]: attack["markers"] for attack in attacks}))
    with ModelServer(orders=str(orders)) as server:
        monkeypatch.setenv("CITEDESK_LLM__BASE_URL", server.base_url)
        monkeypatch.setenv("CITEDESK_LLM__MODEL", "follows")
        monkeypatch.setenv("CITEDESK_GUARD__ENABLED", str(guarded))
        report = run_json(home, shapes.EvalInjection, "injection", str(JUDGED / "injection"))
        obeyed = [
            attack["id"] for attack in attacks if any(attack["instruction"] in _asked(r) for r in server.requests())
        ]
    assert (report["leaked"] == 0.0) is guarded
    assert (report["found"], report["found_clean"]) == (float(guarded), 0.0)
    assert (len(obeyed) == 0) is guarded


def _asked(request):
    return "\n".join(message["content"] for message in request["messages"])


@pytest.mark.slow
def test_the_support_check_is_compared_with_labels(home, tmp_path):
    out = tmp_path / "claims.jsonl"
    report = run_json(home, shapes.EvalSupport, "support", str(JUDGED / "support"), "--out", str(out))
    assert (report["pairs"], report["supported"], report["left_out"]) == (40, 20, 0)
    assert report["by_language"].keys() == {"en", "zh"}
    assert report["auroc"].keys() == {"support", "coverage", "word_overlap"}
    assert len(out.read_text(encoding="utf-8").splitlines()) == 40


def test_a_folder_without_claims_is_named(home, tmp_path):
    for name in ("support", "injection"):
        result = run(home, name, str(tmp_path))
        assert result.exit_code == 2
        assert str(tmp_path) in result.stderr
