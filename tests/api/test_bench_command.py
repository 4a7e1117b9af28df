"""``citedesk bench`` from the command line."""

import json

from click.testing import CliRunner
from pydantic import TypeAdapter

from api.cli import main
from api.shapes import comparison as shapes


def run(*arguments):
    return CliRunner().invoke(main, ["bench", *map(str, arguments)])


def test_the_benchmarks_can_be_listed_without_measuring():
    assert "retrieval " in run("--list").stdout
    document = json.loads(run("--list", "models", "--json").stdout)
    TypeAdapter(shapes.BenchList).validate_python(document, strict=True)
    assert [each["name"] for each in document["benchmarks"]] == ["models"]


def test_results_plots_and_page_are_written(tmp_path):
    result = run("analyser", "--out", tmp_path / "results", "--home", tmp_path / "home", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    TypeAdapter(shapes.Bench).validate_python(document, strict=True)
    assert document["written"] == [str(tmp_path / "results" / "analyser-terms.json"), str(tmp_path / "results.md")]
    assert "## Analyser: terms" in (tmp_path / "results.md").read_text(encoding="utf-8")
    assert "analyser: characters per second" in result.stderr


def test_wrong_usage_is_told_before_anything_is_measured(tmp_path):
    result = run("speed", "--home", tmp_path / "home")
    assert (result.exit_code, "no benchmark 'speed'" in result.stderr) == (2, True)
    result = run("retrieval", "--sets", tmp_path / "nowhere", "--home", tmp_path / "home")
    assert (result.exit_code, "nowhere" in result.stderr) == (2, True)
    assert not (tmp_path / "home").exists()
