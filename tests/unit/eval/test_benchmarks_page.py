from pathlib import Path

from eval.benchmarks_page import benchmarks_page

ROOT = Path(__file__).parents[3]


def test_the_page_is_written_from_the_measured_files():
    assert (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8") == benchmarks_page(
        ROOT / "docs" / "benchmarks"
    )


def test_a_folder_without_files_gives_the_head_alone(tmp_path):
    assert benchmarks_page(tmp_path).startswith("# Benchmarks")
    assert "##" not in benchmarks_page(tmp_path)
