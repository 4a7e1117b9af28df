"""``citedesk eval report`` on what evaluations left."""

import json

from click.testing import CliRunner
from evaluation_files import answer_line, query_line, write_lines, write_run
from pydantic import TypeAdapter

from api.cli import main
from api.shapes import comparison as shapes


def run(*arguments):
    return CliRunner().invoke(main, ["eval", "report", *map(str, arguments)])


def a_run(folder):
    return write_run(folder, [query_line("rerank", "q1", 0.5), query_line("rerank", "z1", 1.0)])


def test_one_page_and_its_markdown_are_written(tmp_path):
    answers = write_lines(tmp_path / "answers.jsonl", [answer_line("q1")])
    page, markdown = tmp_path / "new" / "report.html", tmp_path / "report.md"
    arguments = ["--answers", answers, "--out", page, "--markdown", markdown, "--language", "zh", "--json"]
    result = run(a_run(tmp_path / "run"), *arguments)
    assert result.exit_code == 0, result.output
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert markdown.read_text(encoding="utf-8").startswith("# 评测报告")
    TypeAdapter(shapes.EvalReport).validate_json(result.stdout, strict=True)
    assert json.loads(result.stdout) == {"written": [str(page), str(markdown)]}


def test_a_stage_against_another_is_compared_in_the_page(tmp_path):
    lines = [query_line("hybrid", "q1", 0.25), query_line("rerank", "q1", 1.0)]
    folder = write_run(tmp_path / "run", lines)
    page = tmp_path / "report.html"
    assert run("--compare", f"{folder}:hybrid", f"{folder}:rerank", "--out", page).exit_code == 0
    assert "+0.750" in page.read_text(encoding="utf-8")


def test_wrong_usage_is_one_clear_line(tmp_path):
    page = tmp_path / "report.html"
    result = run("--out", page)
    assert (result.exit_code, "nothing to report" in result.stderr) == (2, True)
    result = run(tmp_path / "nowhere", "--out", page)
    assert (result.exit_code, "no folder" in result.stderr) == (2, True)
    assert not page.exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("no folder")
    result = run(a_run(tmp_path / "run"), "--out", tmp_path / "file" / "report.html")
    assert result.exit_code == 2
    assert "choose another place" in result.stderr
