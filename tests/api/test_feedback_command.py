"""Feedback on the command line of a real home: listed, exported into sets that the evaluation reads, and checked
before a release."""

import json
from contextlib import closing
from importlib.resources import files

import pytest
from command_line import run, run_json
from home import CHINESE, write_documents
from model_server import ModelServer

from answer.assemble import Desk
from api.opinions import answered_of
from api.shapes import feedback as shapes
from api.shapes import usage as usage_shapes
from core.settings import load_settings
from store.catalog import Catalog
from store.feedback import FeedbackRecord, Opinion, Rating, Reason
from store.traces import Traces

pytestmark = pytest.mark.usefixtures("no_settings_from_outside")

SAID = {
    "How long can annual plans be refunded?": Opinion(rating=Rating.UP, comment="yes"),
    "电子发票多久能开出来？": Opinion(rating=Rating.UP),
    "开票后多少天内可以申请重开发票？": Opinion(
        rating=Rating.DOWN, reason=Reason.INCOMPLETE, corrected_answer="开票后 60 天内可以申请重开，每张发票限一次。"
    ),
    "Is there a vegan menu in the canteen?": Opinion(missing_document=True),
    "How fast are the fans of the Gate G3?": Opinion(rating=Rating.DOWN),
}


@pytest.fixture(scope="module")
def ids(home):
    """The feedback of each question, whose answers come from the command line."""
    asked = {question: run_json(home, "ask", question)["trace_id"] for question in SAID}
    catalog = Catalog.open(home)
    record, traces = FeedbackRecord(catalog), Traces(catalog)
    given = {
        question: record.put(answered_of(traces.get(asked[question]).document), "小王", opinion)[0].id
        for question, opinion in SAID.items()
    }
    catalog.close()
    return given


def test_feedback_is_listed_and_shown_with_the_way_of_its_answer(home, ids):
    listed = run_json(home, "feedback", "list", shape=shapes.FeedbackPage)["feedback"]
    assert [each["question"] for each in listed] == list(reversed(SAID))
    assert len(run_json(home, "feedback", "list", "--rating", "up")["feedback"]) == 2
    assert len(run_json(home, "feedback", "list", "--corrected")["feedback"]) == 1
    assert len(run_json(home, "feedback", "list", "--missing-document", "--kb", "default")["feedback"]) == 1

    number = ids["电子发票多久能开出来？"]
    shown = run_json(home, "feedback", "show", number, shape=shapes.FeedbackWithTrace)
    assert shown["documents"] == [{"document_id": shown["documents"][0]["document_id"], "source": "发票.md"}]
    assert "电子发票在提交申请后两个工作日内开出" in run(home, "feedback", "show", number).stdout
    assert "rather: 开票后 60 天内" in run(home, "feedback", "list").stdout
    assert run(home, "feedback", "show", "fb_none").exit_code == 2
    assert run(home, "feedback", "list", "--kb", "nowhere").exit_code == 2


def test_counts_and_topics_are_told(home, ids):
    counts = run_json(home, "feedback", "counts", shape=shapes.FeedbackCounts)
    assert counts["total"] == {"total": 5, "up": 2, "down": 2, "corrected": 1, "missing_document": 1}
    assert counts["reasons"] == {"incomplete": 1}
    assert "发票.md: 2 in all" in run(home, "feedback", "counts").stdout

    topics = run_json(home, "feedback", "topics", shape=shapes.FeedbackTopics)
    assert topics == run_json(home, "feedback", "topics"), "the same every time"
    assert topics["asked"] == 3
    assert {topic["language"] for topic in topics["topics"]} == {"en", "zh"}
    assert "Is there a vegan menu in the canteen?" in run(home, "feedback", "topics").stdout


def test_an_export_passes_the_check_and_is_what_answers_are_judged_by(home, ids, tmp_path):
    out = tmp_path / "judged"
    exported = run_json(home, "feedback", "export", out, shape=shapes.FeedbackExport)
    assert (exported["questions"], exported["answerable"], exported["to_judge"]) == (4, 3, 1)
    gold = {
        question["question"]: [each["quote"] for each in question["gold"]]
        for question in map(json.loads, (out / "questions.jsonl").read_text(encoding="utf-8").splitlines())
    }
    assert gold["开票后多少天内可以申请重开发票？"] == ["开票后 60 天内可以申请重开，每张发票限一次。"]
    assert gold["Is there a vegan menu in the canteen?"] == []

    assert run(home, "eval", "check", out / "questions.jsonl", "--kb", "default").exit_code == 0
    assert run(home, "eval", "check", out / "retrieval").exit_code == 0
    judged = run_json(home, "eval", "answers", out / "questions.jsonl", "--kb", "default")
    assert (judged["questions"], judged["exact_location_rate"], judged["completeness"]) == (4, 1.0, 1.0)
    measured = run_json(home, "eval", "run", out / "retrieval", "--stage", "hybrid")
    assert (measured["queries"], measured["documents"]) == (3, 2)
    assert run(home, "feedback", "export", out).exit_code == 2, "nothing is replaced"
    assert run(home, "feedback", "export", out, "--force").exit_code == 0


def test_a_release_that_changes_nothing_loses_nothing(home, ids):
    checked = run_json(home, "release", "check", shape=shapes.ReleaseCheck)
    assert (checked["checked"], checked["kept"], checked["passed"], checked["origin"]) == (2, 2, True, [])


def test_a_release_that_loses_liked_answers_ends_with_1_and_says_which(home, ids):
    strict = ("release", "check", "--set", "answer.threshold=1.0")
    checked = run_json(home, *strict, shape=shapes.ReleaseCheck, code=1)
    assert (checked["lost"], checked["passed"]) == (2, False)
    assert {each["question"] for each in checked["answers"]} == set(list(SAID)[:2])
    assert checked["answers"][0]["why"].startswith("was answered, is insufficient_evidence")
    assert run(home, *strict, "--allow", "2").exit_code == 0
    assert "2 lost" in run(home, *strict).stdout


def test_passages_cut_otherwise_are_checked_in_a_copy_and_the_home_stays(home, ids):
    before = run_json(home, "kb", "stats", "default")
    checked = run_json(home, "release", "check", "--set", "ingest.chunk_tokens=40", shape=shapes.ReleaseCheck)
    assert "another edition of the knowledge base answers: 1, now 2" in checked["origin"]
    assert checked["kept"] == 2
    assert run_json(home, "kb", "stats", "default") == before
    assert list((home / "evaluation").glob("release-*")) == []


def test_a_release_is_checked_in_a_copy_beside_a_running_service(home, ids):
    with closing(Desk(load_settings(home))) as service:
        service.own(address="http://127.0.0.1:9")
        checked = run(home, "release", "check", "--set", "answer.evidence=5")
    assert checked.exit_code == 0, checked.output
    assert "asking a copy of default" in checked.stderr
    assert checked.stdout.splitlines() == [
        "the setting answer.evidence was 8, is 5",
        "2 liked answers: 2 kept, 0 changed, 0 lost",
    ]


def test_a_prompt_is_tried_on_the_model_before_it_goes_out(home, ids, tmp_path, monkeypatch):
    packaged = files("answer.prompting").joinpath("prompts", "answer.zh.md").read_text("utf-8")
    variant = tmp_path / "prompts" / "variants" / "short"
    variant.mkdir(parents=True)
    (variant / "answer.zh.md").write_text(packaged.replace("version: 2", "version: 7"), encoding="utf-8")
    monkeypatch.setenv("CITEDESK_PROMPTS__FOLDER", str(tmp_path / "prompts"))
    with ModelServer() as server:
        monkeypatch.setenv("CITEDESK_LLM_BASE_URL", server.base_url)
        monkeypatch.setenv("CITEDESK_LLM_MODEL", "honest")
        checked = run_json(home, "release", "check", "--prompt", "short")
        assert (checked["kept"], checked["lost"]) == (2, 0), checked["answers"]
        assert run(home, "release", "check", "--prompt", "long").exit_code == 2

        monkeypatch.setenv("CITEDESK_LLM_MODEL", "lying-quote")
        failing = run_json(home, "release", "check", "--prompt", "short", code=1)
    assert [each["why"] for each in failing["answers"]] == ["was made without: model"] * 2
    assert (failing["lost"], failing["passed"]) == (2, False)


def test_a_document_that_lost_its_answer_is_told(home, ids, tmp_path):
    documents = write_documents(home.parent / "documents")
    (documents / "发票.md").write_text(CHINESE.replace("电子发票在提交申请后两个工作日内开出。", ""), encoding="utf-8")
    run(home, "ingest", documents)
    checked = run_json(home, "release", "check", code=1)
    assert [each["question"] for each in checked["answers"] if each["outcome"] == "lost"] == ["电子发票多久能开出来？"]
    exported = run_json(home, "feedback", "export", tmp_path / "judged")
    assert (exported["questions"], exported["to_judge"]) == (3, 2)


def test_a_prompt_without_a_model_and_an_unknown_setting_are_refused(home, ids):
    assert "no model is configured" in run(home, "release", "check", "--prompt", "short").stderr
    assert run(home, "release", "check", "--set", "answer.evidnce=1").exit_code == 2
    assert run(home, "release", "check", "--kb", "nowhere").exit_code == 2


def test_what_was_used_is_told(home, ids):
    told = run_json(home, "usage", shape=usage_shapes.Usage)
    assert (told["total"]["answers"], told["days"]) == (0, []), "the command line counts nothing"
    assert "0 requests" in run(home, "usage").stdout
    assert run(home, "usage", "--since", "2026-03-02", "--until", "2026-03-01").exit_code == 2


def test_feedback_is_forgotten_when_it_is_told_to(home, ids):
    number = ids["How fast are the fans of the Gate G3?"]
    assert run(home, "feedback", "delete", number).exit_code == 2, "nobody is there to ask"
    assert run(home, "feedback", "delete", number, "--yes").exit_code == 0
    assert run(home, "feedback", "show", number).exit_code == 2
