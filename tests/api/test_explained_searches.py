"""Explanations over HTTP, on the command line, and by the service that owns the indexes."""

import json
import os

import pytest
from command_line import only_settings, run
from jsonschema import Draft202012Validator
from rich.cells import cell_len

from answer.assemble import Desk
from api.remote import post
from api.schemas import json_schemas
from core.settings import load_settings

SCHEMA = Draft202012Validator(json_schemas()["search"])
QUESTIONS = ("how are refunds of annual plans paid", "电子发票几天开出，快递费多少")


def test_an_explanation_is_given_where_it_is_asked_for_and_only_there(served):
    plain = served.client.post("/v1/search", json={"query": "恢复"}).json()
    explained = served.client.post("/v1/search", json={"query": "恢复", "k": 1, "explain": True}).json()
    assert plain["explanation"] is None
    assert explained["hits"] == plain["hits"][:1]
    assert explained["explanation"] == {
        "terms": ["恢复"],
        "candidates": {"lexical": 2, "dense": 100},
        "passages": 120,
        "filter": [{"condition": "language=zh", "passages": 7}],
        "weights": {
            "dense": 0.5,
            "question_legible": 0.75,
            "passages_legible": 1.0,
            "identifiers": 0.25,
        },
        "hits": [
            {
                "chunk_id": "c-en",
                "places": {
                    "lexical": {"score": 1.5, "rank": 1},
                    "dense": {"score": 0.25, "rank": None},
                    "fused": {"score": 2.5, "rank": 1},
                },
                "terms": [{"term": "恢复", "score": 1.5, "idf": 2.5, "passages": 3, "count": 1}],
                "copies": [],
            }
        ],
        "timings_ms": {"embed": 1.235},
        "reranked": {},
        "why": None,
    }
    SCHEMA.validate(explained)


def test_why_is_passed_on_and_brings_the_explanation_with_it(served):
    found = served.client.post("/v1/search", json={"query": "restore", "why": "帮助/restore.md"}).json()
    assert served.desk.whys[-1] == "帮助/restore.md"
    why = found["explanation"]["why"]
    assert (why["asked"], why["lost_at"], why["reason"]) == ("帮助/restore.md", "record", "替换于 2026-01-01")
    SCHEMA.validate(found)


@pytest.mark.parametrize("body", [{"why": "x" * 1_001}, {"why": 7}, {"explain": "maybe"}, {"why": "\ud800"}])
def test_what_cannot_be_asked_why_is_refused(served, body):
    sent = json.dumps({"query": "restore", **body})
    response = served.client.post("/v1/search", content=sent, headers={"Content-Type": "application/json"})
    assert response.status_code == 422


@pytest.fixture(scope="module", autouse=True)
def no_settings_from_outside(model_cache):
    with only_settings(model_cache, COLUMNS="80"):
        yield


@pytest.mark.parametrize("question", QUESTIONS)
def test_people_see_ranks_terms_weights_and_times_within_80_columns(home, question):
    shown = run(home, "search", question, "--explain", "-k", "3", "--why", "发票.md").stdout
    lines = shown.splitlines()
    labels = ("   ranks ", "   terms ", "   candidates ", "   weights ", "   time ", "   passage ")
    for label in labels:
        assert any(line.startswith(label) for line in lines), (label, shown)
    # Titles and texts of hits are left to the terminal to break.
    start = lines.index("How they were found")
    explaining = lines[start:] + [line for line in lines[:start] if line.startswith(("   ranks", "   terms", "      "))]
    assert [line for line in explaining if cell_len(line) > 80] == []
    assert "…" not in "".join(explaining)


def test_a_filter_is_explained_with_what_each_part_leaves(home):
    shown = run(home, "search", "退款", "--where", "language=zh", "--where", "kind!=table", "--explain").stdout
    assert "language=zh leaves 2; kind!=table leaves 5; together 2" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("发票.md", "lost at: filter it does not meet the filter: language=en"),
        ("invoice.md", "lost at: record the record of 'default' has no passage, document or source 'invoice.md'"),
    ],
)
def test_why_without_explain_says_only_what_became_of_the_passage(home, name, said):
    shown = " ".join(run(home, "search", "refund", "--where", "language=en", "--why", name).stdout.split())
    assert f"Why {name} {said}" in shown
    assert "How they were found" not in shown
    assert " ranks " not in shown


def test_a_name_that_would_move_the_cursor_is_spelt_out(home):
    assert "Why \\x1b[2Ja.md" in run(home, "search", "refund", "--why", "\x1b[2Ja.md").stdout


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_owner_of_the_indexes_gives_the_same_explanation_as_the_command_itself(home, serve, question, monkeypatch):
    asked = []
    monkeypatch.setattr("api.remote.post", lambda url, body, token: asked.append(url) or post(url, body, token))
    ask = ("search", question, "--explain", "--why", "refunds.md", "--where", "kind=prose", "--json")
    own = json.loads(run(home, *ask).stdout)
    with serve(Desk(load_settings(home))) as service:
        note = {"pid": os.getpid(), "address": service.url}  # as ``citedesk serve`` leaves it
        (home / "indexes" / "owner.json").write_text(json.dumps(note), encoding="utf-8")
        by_owner = json.loads(run(home, *ask).stdout)
    for document in (own, by_owner):
        SCHEMA.validate(document)
        times = [document.pop("timings_ms"), document["explanation"].pop("timings_ms")]
        assert all(time.keys() >= {"retrieve", "rerank"} for time in times)
    assert by_owner == own
    assert asked == [f"{service.url}/v1/search"]
    assert own["explanation"]["why"]["source"] == "refunds.md"
