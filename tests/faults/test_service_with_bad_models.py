"""The real service process before a model server that misbehaves: what it shows is proven, whatever the model says."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from home import CHINESE, ENGLISH, write_documents
from model_server import ModelServer

from answer.proof.licence.licence import unlicensed
from answer.proof.locate import locate
from api.cli import main

ROOT = Path(__file__).parents[2]
QUESTIONS = {
    "en": "How many days do I have to get an annual plan refunded?",
    "zh": "纸质专票的快递费多少钱？",
}
BAD = ("cut", "length", "broken-json", "html-200", "error-in-stream", "error-500", "stall", "empty", "no-finish")
LYING = ("lying-quote", "wrong-number", "invented-evidence-number")


class Service:
    """``citedesk serve`` on a free port, with the model server it was told of."""

    def __init__(self, home: Path, model_cache: Path, model_url: str, model: str) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CITEDESK_")},
            "CITEDESK_RETRIEVAL__MODEL_CACHE": str(model_cache),
            "CITEDESK_LLM_BASE_URL": model_url,
            "CITEDESK_LLM_MODEL": model,
            "CITEDESK_LLM__BETWEEN_CHUNKS_SECONDS": "1",
            "CITEDESK_LLM__TOTAL_SECONDS": "20",
            # What the evidence is worth is not the subject here: the model is always asked.
            "CITEDESK_ANSWER__THRESHOLD": "0",
        }
        command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--home", str(home)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert "listens on" in line, line + self.process.stderr.read()
        self.url = line.split("listens on ")[1].split(",")[0]
        self._wait()

    def _wait(self) -> None:
        for _ in range(600):
            try:
                if httpx.get(self.url + "/ready", trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError("the service did not become ready in a minute")

    def events(self, question: str) -> list[tuple[str, dict]]:
        events, name = [], ""
        request = {"json": {"question": question}, "headers": {"Accept": "text/event-stream"}, "timeout": 60}
        with httpx.Client(trust_env=False) as client, client.stream("POST", self.url + "/v1/ask", **request) as answer:
            for line in answer.iter_lines():
                if line.startswith("event:"):
                    name = line.partition(":")[2].strip()
                elif line.startswith("data:"):
                    events.append((name, json.loads(line.partition(":")[2])))
        return events

    def close(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)


@pytest.fixture(scope="module", autouse=True)
def settings_of_the_tests(model_cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITEDESK_RETRIEVAL__MODEL_CACHE", str(model_cache))
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory, settings_of_the_tests) -> Path:
    home = tmp_path_factory.mktemp("service") / "home"
    documents = write_documents(home.parent / "documents")
    result = CliRunner().invoke(main, ["ingest", str(documents), "--home", str(home)])
    assert result.exit_code == 0, result.output
    return home


@pytest.fixture(scope="module")
def model_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def service(request, home, model_cache, model_server):
    service = Service(home, model_cache, model_server.base_url, request.param)
    yield service
    service.close()


def claims_of(events):
    streamed = [data.get("claim", data) for name, data in events if name == "claim"]
    (final,) = [data for name, data in events if name == "final"]
    return streamed + final["claims"], final


def assert_proven(claim):
    assert claim["citations"]
    quotes = [citation["quote"] for citation in claim["citations"]]
    headings = [" ".join([citation["title"], *citation["heading_path"]]) for citation in claim["citations"]]
    for citation in claim["citations"]:
        stored = {"refunds.md": ENGLISH, "发票.md": CHINESE}[citation["source"]]
        assert locate(citation["quote"], stored), citation
    assert not unlicensed(claim["text"], quotes, headings)


@pytest.mark.parametrize("service", BAD, indirect=True)
def test_a_model_that_breaks_off_never_gets_an_unproven_claim_through(service):
    for question in QUESTIONS.values():
        events = service.events(question)
        assert events[0][0] == "evidence"
        assert events[-1][0] == "final"
        claims, final = claims_of(events)
        assert final["degraded"] == ["model"]
        assert final["status"] == "answered"
        for claim in claims:
            assert_proven(claim)


@pytest.mark.parametrize("service", LYING, indirect=True)
def test_a_model_that_lies_is_not_repeated(service):
    for question in QUESTIONS.values():
        claims, final = claims_of(service.events(question))
        assert final["dropped"] >= 1
        for claim in claims:
            assert_proven(claim)


@pytest.mark.parametrize("service", ["honest", "text-marks"], indirect=True)
def test_an_honest_model_is_heard(service):
    for question in QUESTIONS.values():
        claims, final = claims_of(service.events(question))
        assert (final["status"], final["degraded"]) == ("answered", [])
        assert claims
        for claim in claims:
            assert_proven(claim)


@pytest.mark.parametrize("service", ["honest"], indirect=True)
def test_a_second_process_asks_the_owner_and_its_documents_are_found_soon(service, home, tmp_path):
    document = tmp_path / "parking.md"
    document.write_text("# Parking\n\nVisitors park free of charge in yard number 7.\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["ingest", str(document), "--home", str(home)])
    assert result.exit_code == 0, result.output
    # The owner may have caught up before the command looked: then there is nothing to say.
    assert result.stderr == "" or "owns the indexes" in result.stderr
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = CliRunner().invoke(main, ["search", "yard for visitors parking", "--home", str(home), "--json"])
        if any(hit["source"] == "parking.md" for hit in json.loads(found.stdout)["hits"]):
            break
    assert json.loads(found.stdout)["hits"][0]["source"] == "parking.md"
    CliRunner().invoke(main, ["documents", "delete", "parking.md", "--home", str(home)])
    found = CliRunner().invoke(main, ["search", "yard for visitors parking", "--home", str(home), "--json"])
    assert all(hit["source"] != "parking.md" for hit in json.loads(found.stdout)["hits"])
