"""The commands for editions on a real home: real parsers, the packaged model, real indexes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import only_settings
from home import write_documents
from pydantic import TypeAdapter

from api.cli import main
from api.shapes import content

NARROW = {"CITEDESK_INGEST__CHUNK_TOKENS": "20"}
# Fast to load, and without Chinese: another embedder than the default.
ENGLISH = {"CITEDESK_RETRIEVAL__EMBEDDER": "minilm-en"}


@pytest.fixture(scope="module", autouse=True)
def no_settings_from_outside(model_cache):
    with only_settings(model_cache, CITEDESK_RETRIEVAL__ENGINE="torch"):  # nothing is exported
        yield


def run_json(home: Path, *arguments: str, shape: type | None = None, settings: dict[str, str] | None = None):
    result = CliRunner().invoke(main, [*arguments, "--home", str(home), "--json"], env=settings)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    document = json.loads(result.stdout)
    if shape is not None:
        assert document.keys() == shape.__required_keys__
        TypeAdapter(shape).validate_json(json.dumps(document), strict=True)
    return document


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    report = run_json(home, "ingest", str(write_documents(tmp_path / "documents")))
    assert report["passages"] > 0
    return home


def stats(home, **settings):
    return run_json(home, "kb", "stats", shape=content.KnowledgeBaseStats, settings=settings)


def states(document):
    return {edition["state"]: edition["id"] for edition in document["editions"]}


def is_sound(home):
    return run_json(home, "verify", shape=content.Verify)["sound"]


def test_an_edition_is_built_answers_is_rolled_back_and_is_forgotten(home):
    before = stats(home)
    assert (states(before), before["differs"]) == ({"current": 1}, [])
    done = run_json(home, "kb", "reindex", shape=content.Reindexed, settings=NARROW)
    assert (done["switched"], done["cut"], done["edition"]["behind"]) == (True, 2, 0)
    assert is_sound(home)
    narrow = stats(home)
    assert narrow["passages"] > before["passages"]
    assert states(narrow) == {"previous": 1, "current": 2}
    (differs,) = narrow["differs"]
    assert " of 20+1 " in differs.split(", the settings say ")[0]
    back = run_json(home, "kb", "rollback", shape=content.RolledBack)
    assert (back["edition"]["id"], back["differs"]) == (1, [])
    assert is_sound(home)
    assert stats(home)["passages"] == before["passages"]
    forgotten = run_json(home, "kb", "forget-previous", shape=content.ForgottenEdition)
    assert forgotten == {"kb": "default", "forgotten": 2}
    refused = run_json(home, "kb", "rollback")
    assert "has no previous edition" in refused["error"]


def test_an_ingestion_with_other_settings_switches_and_one_after_a_rollback_does_not(home):
    documents = home.parent / "documents"
    report = run_json(home, "ingest", str(documents), settings=NARROW)
    assert (report["outcomes"]["unchanged"], report["passages"]) == (2, 0), "no file is read again for it"
    assert states(stats(home)) == {"previous": 1, "current": 2}
    run_json(home, "kb", "rollback", settings=NARROW)
    (documents / "new.md").write_text("# Fans\n\nA fan is changed within 4 days.\n", encoding="utf-8")
    run_json(home, "ingest", str(documents), settings=NARROW)
    kept = stats(home, **NARROW)
    assert states(kept) == {"current": 1, "previous": 2}
    assert [edition["behind"] for edition in kept["editions"] if edition["state"] == "current"] == [0]
    assert is_sound(home)
    assert run_json(home, "search", "change of a fan", settings=NARROW)["hits"][0]["source"] == "new.md"


@pytest.mark.slow
def test_questions_go_to_the_embedder_of_the_edition_that_answers_whatever_the_settings_say(home):
    question = ("search", "Can an annual plan be refunded?", "--stage", "dense", "-k", "1")
    default = run_json(home, *question)["hits"][0]["score"]
    before_the_switch = run_json(home, *question, settings=ENGLISH)
    assert before_the_switch["degraded"] == []
    assert before_the_switch["hits"][0]["score"] == pytest.approx(default)
    assert any("the settings say 'minilm-en'" in each for each in stats(home, **ENGLISH)["differs"])
    assert run_json(home, "kb", "reindex", settings=ENGLISH)["switched"]
    assert is_sound(home)
    chinese = ("search", "电子发票几天开出？", "--stage", "dense", "-k", "1")
    english_only = run_json(home, *chinese)["hits"][0]["score"]
    run_json(home, "kb", "rollback")
    assert run_json(home, *question, settings=ENGLISH)["hits"][0]["score"] == pytest.approx(default)
    assert run_json(home, *chinese)["hits"][0]["score"] != pytest.approx(english_only)
