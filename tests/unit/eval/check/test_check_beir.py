"""Every fault of a BEIR folder at once; the check and the loader agree on what can be measured."""

import gzip
import os
from pathlib import Path

import pytest

from core.errors import CitedeskError
from eval.check.beir import check_beir
from eval.check.report import CheckReport
from eval.sets.dataset import load_dataset

HEADER = "query-id\tcorpus-id\tscore\n"
JUDGED = Path(__file__).parents[4] / "data" / "judged"
SETS = Path(os.environ.get("CITEDESK_EVAL_SETS") or Path(__file__).parents[5] / "shared" / "data" / "dev")


def kinds(report: CheckReport) -> list[tuple[str, int, str]]:
    return [(problem.file, problem.line, problem.kind) for problem in report.problems]


def test_a_sound_set_is_counted(write_set) -> None:
    report = check_beir(write_set(corpus=[{"_id": "a", "text": "Refunds"}, {"_id": "b", "text": "退款"}]))
    assert report.problems == ()
    assert (report.documents, report.questions, report.answerable, report.judgements) == (2, 2, 2, 2)
    assert report.by_language == {"en": 1, "zh": 1}


def test_every_fault_is_told_with_file_and_line(write_set) -> None:
    report = check_beir(
        write_set(
            corpus=[
                {"_id": "a", "title": "Refunds", "text": "Ten days."},
                {"_id": "b", "title": " ", "text": ""},
                {"_id": "a", "text": "again"},
                '{"_id": 5',
                {"_id": "with space", "text": "x"},
            ],
            queries=[
                {"_id": "q1", "text": "退款要多久？"},
                {"_id": "q2", "text": "退款要多久 ？"},
                {"_id": "q3", "text": " "},
                {"_id": "q4", "text": "How long?"},
            ],
            qrels=HEADER + "q1\ta\t1\nq2\ta\t0\nq1\ta\t2\nq9\ta\t1\nq4\tz\t1\nq4\ta\tyes\nq4\ta\n",
        )
    )
    assert kinds(report) == [
        ("corpus.jsonl", 2, "no_text"),
        ("corpus.jsonl", 3, "duplicate_id"),
        ("corpus.jsonl", 4, "unreadable"),
        ("corpus.jsonl", 5, "unreadable"),
        ("queries.jsonl", 2, "near_duplicate"),
        ("queries.jsonl", 2, "unjudged_query"),
        ("queries.jsonl", 3, "unreadable"),
        ("qrels.tsv", 4, "contradiction"),
        ("qrels.tsv", 5, "unknown_query"),
        ("qrels.tsv", 6, "unknown_document"),
        ("qrels.tsv", 7, "unreadable"),
        ("qrels.tsv", 8, "unreadable"),
    ]


def test_files_that_are_missing_are_all_named(tmp_path: Path) -> None:
    assert kinds(check_beir(tmp_path)) == [
        ("corpus.jsonl", 0, "missing_file"),
        ("queries.jsonl", 0, "missing_file"),
        ("qrels.tsv", 0, "missing_file"),
    ]


def test_packed_files_and_the_four_columns_of_trec_are_read(write_set) -> None:
    folder = write_set(corpus=[{"_id": "a", "text": "Refunds"}, {"_id": "b", "text": "退款"}])
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress((folder / "corpus.jsonl").read_bytes()))
    (folder / "corpus.jsonl").unlink()
    (folder / "qrels.tsv").write_text("q1 0 a 1\nq2 0 b 2\n", encoding="utf-8")
    assert check_beir(folder).problems == ()
    (folder / "corpus.jsonl.gz").write_bytes(b"not packed")
    assert ("corpus.jsonl.gz", 0, "unreadable") in kinds(check_beir(folder))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"qrels": HEADER + "q1\ta\t1\nq1\ta\t2\n"},
        {"qrels": "q\tc\ts\nq1\ta\t1\n"},
        {"qrels": HEADER + "q1\tz\t1\n"},
        {"queries": [{"_id": "q1", "text": "退款"}, {"_id": "q1", "text": "换货"}]},
        {"corpus": [{"_id": "a", "text": 5}]},
    ],
)
def test_what_the_loader_refuses_the_check_names(write_set, changes) -> None:
    folder = write_set(**changes)
    problems = {problem.kind for problem in check_beir(folder).problems} - {"no_text", "unjudged_query"}
    try:
        load_dataset(folder)
    except CitedeskError:
        assert problems
    else:
        assert not problems


@pytest.mark.parametrize("name", ["tiny_en", "tiny_zh"])
def test_the_sets_that_are_shipped_are_sound(name: str) -> None:
    assert kinds(check_beir(JUDGED / name)) == []


@pytest.mark.skipif(not SETS.is_dir(), reason="no folder with the evaluation sets (CITEDESK_EVAL_SETS)")
def test_the_faults_of_a_real_set_are_found() -> None:
    report = check_beir(SETS / "cranfield")
    assert {kind for _, _, kind in kinds(report)} == {"no_text"}
    assert len(report.problems) == 2


def test_a_set_of_empty_files_is_no_sound_set(write_set) -> None:
    report = check_beir(write_set(corpus=[], queries=[], qrels=HEADER))
    assert kinds(report) == [(name, 0, "unreadable") for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv")]
    assert [problem.message for problem in report.problems] == [
        "the file holds no document",
        "the file holds no query",
        "the file holds no judgement",
    ]


def test_a_file_in_another_encoding_is_one_problem_that_says_what_to_do(write_set) -> None:
    folder = write_set()
    rows = ['{"_id": "q1", "text": "退款多久到账？"}', '{"_id": "q2", "text": "怎么开发票？"}']
    (folder / "queries.jsonl").write_bytes("\n".join(rows).encode("gb18030"))
    [problem] = [problem for problem in check_beir(folder).problems if problem.file == "queries.jsonl"]
    assert (problem.line, problem.kind) == (1, "unreadable")
    assert "iconv -f GB18030 -t UTF-8" in problem.message
