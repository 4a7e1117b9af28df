"""``citedesk prompts``: the words that the answer model is asked with."""

import json
from importlib.resources import files

import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter

from api.cli import main
from api.shapes.content import Prompts, PromptWords


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs with a variant ``short`` in Chinese, given to a quarter of the conversations."""
    packaged = files("answer.prompting").joinpath("prompts", "answer.zh.md").read_text("utf-8")
    folder = tmp_path / "prompts" / "variants" / "short"
    folder.mkdir(parents=True)
    (folder / "answer.zh.md").write_text(packaged.replace("version: 2", "version: 7"), encoding="utf-8")
    monkeypatch.setenv("CITEDESK_PROMPTS__FOLDER", str(tmp_path / "prompts"))
    monkeypatch.setenv("CITEDESK_PROMPTS__WEIGHTS", '{"shipped": 3, "short": 1}')

    def run(*arguments):
        result = CliRunner().invoke(main, ["prompts", *arguments, "--home", str(tmp_path / "home")])
        return result.exit_code, result.output

    return run


def test_every_prompt_is_listed_with_the_share_that_it_gets(run):
    code, output = run("list", "--json")
    listed = TypeAdapter(Prompts).validate_python(json.loads(output))["prompts"]
    assert code == 0
    assert [(row["variant"], row["name"], row["version"], row["share"]) for row in listed] == [
        ("shipped", "answer.en", 2, 0.75),
        ("shipped", "answer.zh", 2, 0.75),
        ("short", "answer.zh", 7, 0.25),
    ]
    assert "answer.zh v7" in run("list")[1]


def test_the_words_are_shown_part_by_part(run):
    shown = TypeAdapter(PromptWords).validate_python(json.loads(run("show", "zh", "--variant", "short", "--json")[1]))
    assert list(shown["parts"]) == ["context", "rules", "json", "marks", "task"]
    assert "只有段落可以作为依据" in shown["parts"]["context"]
    assert "# rules\nRules:" in run("show", "en")[1]


def test_a_variant_that_is_not_there_is_wrong_usage(run):
    code, output = run("show", "en", "--variant", "long")
    assert code == 2
    assert "there is: shipped, short" in output
