"""The command line on a home whose dense indexes are on a Chroma server."""

import json

import pytest
from chroma_server import ChromaServer
from command_line import run
from home import write_documents

pytestmark = pytest.mark.slow
QUESTIONS = {"en": ("how many fans has the gate", "two fans"), "zh": ("电子发票多久开出", "两个工作日")}


@pytest.fixture(scope="module")
def server(tmp_path_factory, model_cache):
    with ChromaServer(tmp_path_factory.mktemp("chroma")) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITEDESK_RETRIEVAL__MODEL_CACHE", str(model_cache))
        patch.setenv("CITEDESK_RETRIEVAL__CHROMA_URL", server.url)
        yield server


@pytest.fixture(scope="module")
def home(server, tmp_path_factory):
    home = tmp_path_factory.mktemp("served") / "home"
    assert run(home, "ingest", str(write_documents(home.parent / "documents"))).exit_code == 0
    return home


def test_what_is_ingested_is_found_by_meaning_and_nothing_of_it_is_in_the_home(home):
    for question, words in QUESTIONS.values():
        found = json.loads(run(home, "search", question, "--stage", "dense", "--json").stdout)
        assert words in found["hits"][0]["text"]
        assert found["degraded"] == []
    assert not (home / "indexes" / "chroma").exists()
    assert json.loads(run(home, "verify", "--json").stdout)["sound"] is True


def test_without_the_server_words_answer_in_every_output_and_say_what_is_missing(home, server):
    server.stop()
    try:
        for question, words in QUESTIONS.values():
            shown = run(home, "search", question)
            assert (shown.exit_code, "Done without: dense" in shown.stderr) == (0, True)
            found = json.loads(run(home, "search", question, "--json").stdout)
            assert found["degraded"] == ["dense"]
            assert any(words in hit["text"] for hit in found["hits"])
            answer = json.loads(run(home, "ask", question, "--json").stdout)
            assert (answer["status"], answer["degraded"]) == ("answered", ["dense"])
        for arguments in (("search", QUESTIONS["zh"][0], "--stage", "dense"), ("verify",), ("rebuild",)):
            refused = run(home, *arguments)
            assert refused.exit_code == 3
            assert "see that `chroma run` runs there" in refused.stderr
    finally:
        server.start()
    assert json.loads(run(home, "search", QUESTIONS["en"][0], "--json").stdout)["degraded"] == []
