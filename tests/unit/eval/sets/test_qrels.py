"""Judgements are read in every common form, from every common place, or refused with the line."""

import gzip
from pathlib import Path

import pytest

from core.errors import InvalidInput, NotFound
from eval.sets.qrels import find_qrels, read_qrels

BEIR = "query-id\tcorpus-id\tscore\nq1\ta\t2\n问1\t乙\t0\n"
TREC = "q1 0 a 2\n问1 Q0 乙 0\n"
READ = {"q1": {"a": 2}, "问1": {"乙": 0}}


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", [BEIR, TREC, "\ufeff" + BEIR, BEIR.replace("\n", "\r\n"), TREC.replace(" ", "\t")])
def test_three_columns_under_a_header_and_four_without_say_the_same(tmp_path: Path, text: str) -> None:
    assert read_qrels(written(tmp_path, "qrels.tsv", text)) == READ


def test_a_negative_trec_grade_is_kept(tmp_path: Path) -> None:
    assert read_qrels(written(tmp_path, "qrels.txt", "q 0 spam -2\n\nq 0 good 1\n")) == {"q": {"spam": -2, "good": 1}}


@pytest.mark.parametrize("name", ["qrels/test.tsv", "qrels.tsv", "qrels/dev.tsv", "qrels.txt", "qrels/test.txt"])
def test_every_place_is_looked_at(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name, BEIR)
    assert find_qrels(tmp_path) == path


def test_the_test_split_is_taken_before_the_dev_split(tmp_path: Path) -> None:
    written(tmp_path, "qrels/dev.tsv", BEIR)
    test = written(tmp_path, "qrels/test.tsv", BEIR)
    assert find_qrels(tmp_path) == test


def test_packed_judgements_are_read(tmp_path: Path) -> None:
    (tmp_path / "qrels.tsv.gz").write_bytes(gzip.compress(BEIR.encode()))
    assert read_qrels(find_qrels(tmp_path)) == READ


def test_no_judgements_are_refused_with_the_names_that_are_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no judgements in .*give one of qrels/test\.tsv, qrels\.tsv"):
        find_qrels(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("q1 0 a 2\nq1 a 2\n", r"line 2: 'q1 a 2' is not query, 0, document, whole number"),
        ("q1 0 a high\n", r"line 1: 'q1 0 a high' is not query, 0, document, whole number"),
        ("query-id\tcorpus-id\tscore\n\nq1 0 a 2\n", r"line 3: 'q1 0 a 2' is not query-id"),
        ("q1 0 a 2\nq1 0 a 1\n", r"line 2: 'q1' and 'a' are 2 and 1"),
        ("", r"line 1: the header is ''"),
    ],
)
def test_a_malformed_line_is_refused_with_its_number(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_qrels(written(tmp_path, "qrels.txt", text))


def test_judgements_that_are_not_utf_8_are_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "qrels.tsv"
    path.write_bytes("query-id\tcorpus-id\tscore\n问1\t乙\t1\n".encode("gb18030"))
    with pytest.raises(InvalidInput, match="line 2 is not UTF-8"):
        read_qrels(path)
