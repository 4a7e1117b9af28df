"""Traces and replays on a real home: what changed is said in words, and where nothing did, that."""

import pytest
from command_line import run, run_json
from home import CHINESE, write_documents

from api.shapes import traces as shapes

pytestmark = pytest.mark.usefixtures("no_settings_from_outside")


@pytest.fixture(scope="module")
def asked(home):
    """The trace ids of a question in each language."""
    english = run_json(home, "ask", "How long can annual plans be refunded?")
    chinese = run_json(home, "ask", "电子发票多久能开出来？我的手机是13812345678")
    assert english["status"] == "answered"
    return english["trace_id"], chinese["trace_id"]


def test_what_was_asked_is_listed_without_personal_data(home, asked):
    lines = run_json(home, "traces", "list", shape=shapes.TraceList)["traces"]
    assert [line["trace_id"] for line in lines] == list(reversed(asked))
    assert lines[0]["question"] == "电子发票多久能开出来？我的手机是[phone]"
    assert lines[0]["created_at"].endswith("+00:00")
    assert "我的手机是[phone]" in run(home, "traces", "list", "--kb", "default").stdout


def test_a_trace_shows_the_way_of_the_answer(home, asked):
    document = run_json(home, "traces", "show", asked[0], shape=shapes.Trace)
    assert document.keys() == shapes.Trace.__required_keys__
    assert document["hits"][0]["number"] == 1
    assert document["origin"]["settings"]["answer.evidence"] == "8"
    assert not any("key" in name for name in document["origin"]["settings"])
    shown = run(home, "traces", "show", asked[0]).stdout
    assert "How long can annual plans be refunded?" in shown
    assert "proven, support" in shown


def test_the_answer_without_a_model_is_the_same_again(home, asked):
    document = run_json(home, "replay", asked[0], shape=shapes.Replay)
    assert document["same"], document["stages"]
    assert "nothing differs" in run(home, "replay", asked[0]).stdout


def test_a_replay_leaves_no_trace_of_its_own(home, asked):
    run(home, "replay", asked[0])
    assert len(run_json(home, "traces", "list")["traces"]) == 2


def test_a_replay_says_which_setting_and_which_document_changed(home, asked, monkeypatch):
    trace = run_json(home, "ask", "开票后多少天内可以申请重开发票？")["trace_id"]
    documents = write_documents(home.parent / "documents")
    (documents / "发票.md").write_text(CHINESE.replace("60 天", "90 天"), encoding="utf-8")
    run(home, "ingest", str(documents))
    monkeypatch.setenv("CITEDESK_ANSWER__EVIDENCE", "3")
    differences = {
        each["stage"]: each["differences"] for each in run_json(home, "replay", trace)["stages"] if each["differences"]
    }
    assert "the setting answer.evidence was 8, is 3" in differences["origin"]
    assert any(said.startswith("gone: hit") and "was replaced on" in said for said in differences["search"])
    assert any("90 天" in said for said in differences["answer"])
    shown = run(home, "replay", trace).stdout
    assert "differs in: origin, search" in shown


def test_a_replay_says_that_a_document_was_deleted(home, asked):
    run(home, "documents", "delete", "refunds.md")
    stages = {each["stage"]: each["differences"] for each in run_json(home, "replay", asked[0])["stages"]}
    assert stages["search"][0].startswith("gone: hit 1, refunds.md")
    assert stages["search"][0].endswith("its document was deleted, or gives no text any more")
    assert 'the status was "answered", is "insufficient_evidence"' in stages["answer"]


def test_an_unknown_trace_is_wrong_usage(home, asked):
    for command in (("traces", "show"), ("replay",)):
        result = run(home, *command, "nowhere")
        assert result.exit_code == 2
        assert "no trace 'nowhere'" in result.output


def test_traces_of_an_unknown_knowledge_base_are_wrong_usage(home):
    assert run(home, "traces", "list", "--kb", "nowhere").exit_code == 2


def test_where_traces_are_off_none_is_kept(home, asked, monkeypatch):
    before = len(run_json(home, "traces", "list")["traces"])
    monkeypatch.setenv("CITEDESK_TRACES__ENABLED", "false")
    answer = run_json(home, "ask", "How long can annual plans be refunded?")
    assert len(run_json(home, "traces", "list")["traces"]) == before
    assert answer["trace_id"]
