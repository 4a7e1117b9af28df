import json
import re
from pathlib import Path

import pytest
from lxml import etree

from core.errors import InvalidInput
from eval.bench.page import benchmarks_page
from eval.bench.plots import write_plots
from eval.bench.publish import publish

ROOT = Path(__file__).parents[4]
OLD = {"measured": "2026-11-22", "machine": {"cores": 2, "processor": "x86_64", "python": "3.11.7"}}
NEW = {
    "measured": "2026-11-23",
    "size": "small",
    "machine": {"cores": 4, "processor": "arm64", "system": "Linux"},
    "versions": {"python": "3.12.1"},
    "git_commit": "0123456789abcdef-dirty",
}
RETRIEVAL = {
    "documents": 24,
    "queries": 10,
    "runs": [
        {
            "stage": "lexical",
            "measures": {"nDCG@10": 0.5, "recall@10": 0.75, "recall@100": 1, "MRR@10": 0.25, "MAP": 0.125},
            "interval": {"nDCG@10": [0.4, 0.6]},
            "latency_ms": {"p50": 1.6, "p95": 20.4, "p99": 30},
        }
    ],
}
COLUMN = dict.fromkeys(("exact_location_rate", "citation_precision", "citation_recall", "completeness"), 0.5) | {
    "unanswerable_abstained": None,
    "false_refusals": 0.25,
    "auroc": 0.8,
    "interval": {"auroc": [0.7, 0.9]},
}
ANSWERS = {"questions": 2, **COLUMN, "by_language": {"en": COLUMN, "zh": COLUMN}}
SPEEDS = {
    "turns": 3,
    "measured_on": {"passages": 1_200, "queries": 20},
    "speeds": [{"figure": "one query", "unit": "ms", "sides": {"tantivy": 0.25, "rank-bm25": 1_500.4}, "ratio": 0.5}],
}
PLAIN = "sentence-transformers"
MODELS = {
    "documents": 24,
    "timed_passages": 12,
    "turns": 3,
    "engine": "int8-1",
    "mean_cosine": 0.998,
    "sides": {"citedesk": {"query_ms": 5.0, "ndcg_at_10": None}, PLAIN: {"query_ms": 20.0, "ndcg_at_10": None}},
    "ratios": {"query_ms": 0.25},
    "pairs": {
        "engine": "pairs-int8-1",
        "speeds": [{"figure": "20 passages", "unit": "ms", "sides": {"citedesk": 90.0, PLAIN: 270.0}, "ratio": 0.333}],
    },
}
PARSING = {"formats": {name: {"files": 2, "recall": 0.99512, "tables": 1} for name in ("docx", "all")}}
RERANK = {
    "passages": 1_024,
    "bytes_per_passage": 5_000,
    "rerank": [{"candidates": 20, "questions": 4, "stored_ms": 5.25, "again_ms": 4.0, "unseen_ms": 300.4}],
}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    files = {
        "answers-sample": (OLD, ANSWERS),
        "models-tiny_en": (NEW, MODELS),
        "parsing-golden": (NEW, PARSING),
        "retrieval-常见问题": (NEW, RETRIEVAL),
        "rerank-tiny_zh": (NEW, RERANK),
        "search-tiny_en": (OLD, SPEEDS),
    }
    for name, (head, figures) in files.items():
        (folder / f"{name}.json").write_text(json.dumps({**head, "figures": figures}), encoding="utf-8")
    return folder


def section(page, heading):
    return page.split(f"## {heading}")[1].split("\n## ")[0]


def test_the_page_is_written_from_the_measured_files():
    assert (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8") == benchmarks_page(
        ROOT / "docs" / "benchmarks"
    )


def test_the_committed_plots_show_every_set_that_was_measured():
    folder = ROOT / "docs" / "benchmarks"
    plot = (folder / "retrieval.svg").read_text(encoding="utf-8")
    sets = [path.stem.removeprefix("retrieval-") for path in folder.glob("retrieval-*.json")]
    assert [name for name in sets if f">{name}<" not in plot] == []


def test_a_folder_without_files_gives_the_head_alone(tmp_path):
    assert benchmarks_page(tmp_path).startswith("# Benchmarks")
    assert "##" not in benchmarks_page(tmp_path)


def test_retrieval_has_a_row_per_stage(folder):
    assert section(benchmarks_page(folder), "Retrieval: 常见问题 (24 documents, 10 questions)").splitlines()[2:5] == [
        "| stage | nDCG@10 | recall@10 | recall@100 | MRR@10 | MAP | p50 ms | p95 ms |",
        "|---|---|---|---|---|---|---|---|",
        "| lexical | 0.500 [0.400, 0.600] | 0.750 | 1.000 | 0.250 | 0.125 | 2 | 20 |",
    ]


def test_answers_have_a_column_per_language_and_a_dash_where_nothing_is_said(folder):
    found = section(benchmarks_page(folder), "Answers: sample, without a model")
    assert "| figure | all 2 | en | zh |" in found
    assert "| unanswerable_abstained | - | - | - |" in found
    assert "| auroc | 0.800 [0.700, 0.900] | 0.800 [0.700, 0.900] | 0.800 [0.700, 0.900] |" in found


def test_parsing_has_a_row_per_format_with_shares_and_counts(folder):
    found = section(benchmarks_page(folder), "Parsing: golden files (2), labelled by hand")
    assert "| format | files | recall | tables |\n|---|---|---|---|\n| docx | 2 | 0.995 | 1 |\n| all |" in found


def test_two_ways_of_doing_the_same_stand_side_by_side(folder):
    found = section(benchmarks_page(folder), "Lexical search: tiny_en (1,200 passages, 20 queries; 3 turns)")
    assert "| figure | tantivy | rank-bm25 | ratio |" in found
    assert "| one query, ms | 0.25 | 1,500 | 0.5 |" in found


def test_reranking_has_a_row_per_number_of_candidates(folder):
    found = section(benchmarks_page(folder), "Reranking: tiny_zh (1,024 passages of 5,000 bytes each)")
    assert "| candidates | questions | stored_ms | again_ms | unseen_ms |" in found
    assert "| 20 | 4 | 5.25 | 4 | 300 |" in found


def test_models_are_compared_figure_by_figure(folder):
    found = section(benchmarks_page(folder), "Models: tiny_en (24 documents, 12 of them timed, 3 turns; int8-1; mean")
    assert "| figure | citedesk | sentence-transformers | ratio |" in found
    assert "| query_ms | 5 | 20 | 0.25 |" in found
    assert "| ndcg_at_10 | - | - | - |" in found
    assert "random weights, pairs-int8-1:" in found
    assert "| 20 passages, ms | 90 | 270 | 0.333 |" in found


def test_quality_stands_before_speed(folder):
    headings = re.findall(r"^## (\w+)", benchmarks_page(folder), re.MULTILINE)
    assert headings == ["Retrieval", "Answers", "Parsing", "Lexical", "Reranking", "Models"]


def test_every_table_says_when_on_what_and_by_which_code(folder):
    page = benchmarks_page(folder)
    assert (
        "Measured 2026-11-23, small: 4 cores arm64, Python 3.12.1, commit 0123456789ab with changes "
        "([file](benchmarks/models-tiny_en.json))." in page
    )
    assert "Measured 2026-11-22: 2 cores x86_64, Python 3.11.7 ([file](benchmarks/answers-sample.json))." in page


@pytest.mark.parametrize("name", ["latency-old.json", "retrieval.json", "models_tiny.json"])
def test_a_file_that_no_benchmark_writes_is_named(folder, name):
    (folder / name).write_text("{}")
    with pytest.raises(
        InvalidInput, match=rf"{name}: no benchmark writes a file of this name; they write retrieval-SET"
    ):
        benchmarks_page(folder)


def test_a_damaged_file_is_named(folder):
    (folder / "search-broken.json").write_text("{")
    with pytest.raises(InvalidInput, match=r"search-broken\.json is no JSON"):
        benchmarks_page(folder)


def test_a_file_of_another_release_is_named_with_what_it_lacks(folder):
    (folder / "rerank-old.json").write_text(json.dumps({**OLD, "figures": SPEEDS}))
    with pytest.raises(InvalidInput, match=r"rerank-old\.json holds no 'passages': `citedesk bench rerank`"):
        benchmarks_page(folder)


def test_plots_are_drawn_from_the_files_and_shown_on_the_page(folder):
    written = publish(folder)
    assert [path.name for path in written] == ["retrieval.svg", "answers.svg", "latency.svg", "benchmarks.md"]
    page = (folder.parent / "benchmarks.md").read_text(encoding="utf-8")
    assert "![nDCG@10 by set and stage](benchmarks/retrieval.svg)" in page
    root = etree.parse(folder / "retrieval.svg").getroot()
    texts = ["".join(element.itertext()) for element in root.iter("{*}text")]
    assert {"常见问题", "lexical"} <= set(texts)
    assert "prefers-color-scheme: dark" in root.find("{*}style").text
    assert int(root.get("width")) > 0


def test_nothing_measured_draws_nothing(tmp_path):
    assert write_plots(tmp_path) == []


def test_equal_files_give_equal_plots(folder):
    first = [path.read_bytes() for path in write_plots(folder)]
    assert [path.read_bytes() for path in write_plots(folder)] == first
