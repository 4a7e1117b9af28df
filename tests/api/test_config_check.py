"""What `citedesk config check` says."""

import os

import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter

from api.cli import main
from api.config_check import HIDDEN, check
from api.shapes.operation import ConfigCheck


@pytest.fixture
def said(tmp_path, monkeypatch):
    """What it says of a file and an environment, as the process has them."""
    for name in [name for name in os.environ if name.startswith("CITEDESK_")]:
        monkeypatch.delenv(name)

    def run(toml="", **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        if toml:
            (tmp_path / "citedesk.toml").write_text(toml, encoding="utf-8")
            (tmp_path / "citedesk.toml").chmod(0o600)
        return check(tmp_path, os.environ)

    return run


def value(checked, name):
    (found,) = [each for each in checked.settings if each.name == name]
    return found.value, found.source


def test_each_value_is_shown_with_the_source_that_won(said):
    checked = said(
        '[retrieval]\ncandidates = 70\ndense_weight = 0.5\n[llm]\nbase_url = "http://a/v1"\nmodel = "通义"',
        CITEDESK_RETRIEVAL__CANDIDATES="80",
        CITEDESK_LLM_MODEL="qwen3",
    )
    assert value(checked, "retrieval.candidates") == (80, "environment")
    assert value(checked, "retrieval.dense_weight") == (0.5, "file")
    assert value(checked, "rerank.candidates") == (30, "default")
    assert value(checked, "llm.model") == ("qwen3", "environment")
    assert value(checked, "llm.base_url") == ("http://a/v1", "file")
    assert checked.problems == ()


def test_a_slice_given_as_a_whole_comes_from_the_environment(said):
    checked = said(CITEDESK_GUARD="{}", CITEDESK_RERANK='{"candidates": 9}')
    assert value(checked, "rerank.candidates") == (9, "environment")


def test_no_secret_is_shown_wherever_it_stands(said):
    checked = said(
        '[redis]\nurl = "redis://host?password=geheim6"\n'
        '[llm]\nbase_url = "http://user:geheim1@host/v1"\nmodel = "m"\n'
        '[[llm.fallbacks]]\nmodel = "n"\napi_key = "geheim2"\nbase_url = "http://u:geheim3@h/v1"',
        CITEDESK_LLM_API_KEY="geheim4",
        CITEDESK_RECORD__URL="postgresql+psycopg://me:geheim5@db/x",
    )
    assert "geheim" not in str(checked)
    assert value(checked, "llm.api_key") == (HIDDEN, "environment")
    assert value(checked, "record.url")[0] == f"postgresql+psycopg://me:{HIDDEN}@db/x"
    assert value(checked, "llm.fallbacks")[0][0]["api_key"] == HIDDEN


def test_a_wrong_value_is_told_without_its_secret_and_all_of_them_at_once(said):
    checked = said(
        "[llm]\napi_key = 4711\n[retrieval]\ncandidates = 0\n[record]\nurl = 5\n", CITEDESK_ANSWER__EVIDENC="3"
    )
    said_of = {problem.split(" ")[0]: problem for problem in checked.problems}
    assert set(said_of) == {"llm.api_key", "retrieval.candidates", "record.url", "answer.evidenc"}
    assert "4711" not in said_of["llm.api_key"]
    assert "greater than or equal to 1" in said_of["retrieval.candidates"]
    assert said_of["answer.evidenc"].endswith("meant is perhaps answer.evidence")
    assert checked.settings == ()


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("[retreival]\ncandidates = 3", "[retreival] of citedesk.toml is no section and changes nothing; meant is per"),
        ('[llm]\nbase_url = "http://a/v1"', "llm.model is empty, so no model is asked; set it, or leave both empty"),
        ('[rerank]\nkind = "cascade"', "rerank.kind = 'cascade' needs rerank.model: a folder, or a hub name"),
        ('[answer]\ncalibration = "校准.json"', "answer.calibration = '校准.json' is not there; mend the path"),
        ("[llm]\nfirst_chunk_seconds = 90", "llm.first_chunk_seconds = 90 is above llm.total_seconds = 60"),
        ('[[llm.fallbacks]]\nmodel = "n"', "llm.fallbacks are asked after llm.model, and there is none"),
        ("[prompts.weights]\nfreundlich = 1.0", "prompts.weights name variants that no prompts.folder holds"),
        ('[redis]\nurl = "http://:geheim@a"', "redis.url begins with none of redis://, rediss://, unix://;"),
    ],
)  # fmt: skip
def test_what_changes_nothing_or_cannot_work_is_told(said, toml, problem):
    (told,) = said(toml).problems
    assert told.startswith(problem)


def test_a_variable_that_is_no_setting_is_told_with_the_one_that_was_meant(said):
    (told,) = said(CITEDESK_RETREIVAL__CANDIDATES="3").problems
    assert "CITEDESK_RETREIVAL__CANDIDATES is no setting" in told
    assert told.endswith("meant is perhaps CITEDESK_RETRIEVAL__CANDIDATES")


def test_a_file_that_is_no_toml_is_one_problem(said):
    (told,) = said("[llm\n").problems
    assert "is no TOML" in told


def test_a_file_with_a_key_that_others_may_read_is_told(said, tmp_path):
    said('[llm]\nbase_url = "http://a/v1"\nmodel = "m"\napi_key = "x"')
    (tmp_path / "citedesk.toml").chmod(0o644)
    (told,) = said().problems
    assert told.endswith(f"`chmod 600 {tmp_path / 'citedesk.toml'}`")
    said('[redis]\nurl = "redis://:密码@host"')
    (tmp_path / "citedesk.toml").chmod(0o644)
    assert said().problems == (told,)


def test_the_command_prints_it_and_ends_with_one_where_something_is_wrong(said, tmp_path):
    said('[rerank]\nkind = "cascade"')
    shown = CliRunner().invoke(main, ["config", "check", "--home", str(tmp_path)])
    assert shown.exit_code == 1
    assert "rerank.kind" in shown.output
    assert "wrong: rerank.kind = 'cascade' needs rerank.model" in shown.output
    printed = CliRunner().invoke(main, ["config", "check", "--home", str(tmp_path), "--json"]).stdout
    document = TypeAdapter(ConfigCheck).validate_json(printed)
    assert document["problems"] == ["rerank.kind = 'cascade' needs rerank.model: a folder, or a hub name"]
    assert {"name": "rerank.kind", "value": "cascade", "source": "file"} in document["settings"]
