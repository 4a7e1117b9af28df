"""``citedesk eval prompts`` on a real model server."""

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from model_server import ModelServer
from pydantic import TypeAdapter

from api.cli import main
from api.shapes.fitting import EvalPrompts

CASES = Path(__file__).parents[2] / "data" / "prompts" / "cases"


@pytest.fixture(scope="module")
def server():
    with ModelServer() as server:
        yield server


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The committed cases with one answer each in one passage."""
    for name in [name for name in os.environ if name.startswith("CITEDESK_")]:
        monkeypatch.delenv(name)
    (tmp_path / "prompts" / "cases").mkdir(parents=True)
    for name in ("injection.yaml", "negation.yaml"):
        shutil.copy(CASES / name, tmp_path / "prompts" / "cases")
    return tmp_path / "prompts"


def run(folder, *arguments, server=None, model="honest", monkeypatch=None):
    if server is not None:
        monkeypatch.setenv("CITEDESK_LLM_BASE_URL", server.base_url)
        monkeypatch.setenv("CITEDESK_LLM_MODEL", model)
    home = folder.parent / "home"
    return CliRunner().invoke(main, ["eval", "prompts", str(folder), "--home", str(home), *arguments])


def test_cases_pass_in_both_languages_and_snapshots_are_written_when_asked(folder, server, monkeypatch):
    result = run(folder, "--update", "--json", server=server, monkeypatch=monkeypatch)
    assert result.exit_code == 0, result.output
    TypeAdapter(EvalPrompts).validate_json(result.stdout, strict=True)
    document = json.loads(result.stdout)
    assert document.keys() == EvalPrompts.__required_keys__
    (variant,) = document["variants"]
    assert (variant["variant"], variant["cases"]["passed"], variant["cases"]["of"]) == ("shipped", 7, 7)
    assert variant["compliance"]["rate"] == 1.0
    assert len(list((folder / "snapshots" / "shipped").glob("*.txt"))) == 7


def test_a_failure_ends_with_1_and_people_see_what_was_off(folder, server, monkeypatch):
    run(folder, "--update", server=server, monkeypatch=monkeypatch)
    result = run(folder, server=server, model="obedient", monkeypatch=monkeypatch)
    assert result.exit_code == 1
    assert "shipped/en-injection-in-passage: not_contains: found: 'evil.example'" in result.stdout
    assert "shipped/zh-injection-in-passage: not_contains: found: '13800000000'" in result.stdout
    assert "+++ now" in result.stdout
    assert "follows the schema (goal 99.2%)" in result.stdout


def test_without_a_model_one_line_names_the_settings(folder):
    result = run(folder)
    assert result.exit_code == 3
    assert result.stderr.startswith("citedesk: no answer model is configured: set llm.base_url and llm.model")
    assert "CITEDESK_LLM_BASE_URL and CITEDESK_LLM_MODEL" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_malformed_cases_are_wrong_usage_named_by_line(folder, server, monkeypatch):
    (folder / "cases" / "bad.yaml").write_text("- id: x\n  question: [\n", encoding="utf-8")
    result = run(folder, server=server, monkeypatch=monkeypatch)
    assert result.exit_code == 2
    assert "bad.yaml, line 3" in result.stderr
    assert run(folder.parent / "nowhere").exit_code == 2
