import pytest

from ingest.parsers.pdf.scanned import page_of, words_of

HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"


def row(line: int, left: int, top: int, width: int, height: int, text: str, confidence: float = 96) -> str:
    return f"5\t1\t1\t1\t{line}\t1\t{left}\t{top}\t{width}\t{height}\t{confidence}\t{text}"


def tsv(*rows: str) -> str:
    return "\n".join((HEAD, "4\t1\t1\t1\t1\t0\t0\t0\t90\t20\t-1\t", *rows))


def test_words_stand_where_the_picture_has_them() -> None:
    words = words_of(tsv(row(1, 20, 30, 60, 18, "Delivery"), row(1, 90, 30, 40, 18, "note", 80)))
    assert words.confidence == pytest.approx((8 * 96 + 4 * 80) / 12)
    (run,) = page_of(words, 3, (200, 100), 0.5).runs
    # Pixels from above become points from below, half as large.
    assert (run.text, run.left, run.right, run.top, run.bottom) == ("Delivery note", 10, 65, 35, 26)
    assert run.starts == ((0, 10.0), (9, 45.0))


def test_a_wide_gap_parts_cells() -> None:
    words = words_of(tsv(row(1, 20, 30, 60, 18, "Charge"), row(1, 180, 30, 40, 18, "14.00")))
    assert [run.text for run in page_of(words, 1, (300, 100), 1).runs] == ["Charge", "14.00"]


def test_chinese_has_no_blanks_and_latin_beside_it_has() -> None:
    parts = [(20, 40, "货款"), (64, 20, "，"), (90, 40, "全部"), (140, 60, "TLS"), (210, 40, "付清")]
    words = words_of(tsv(*(row(1, left, 30, width, 20, text) for left, width, text in parts)))
    assert [run.text for run in page_of(words, 1, (300, 100), 1).runs] == ["货款，全部 TLS 付清"]


def test_specks_are_left_out_and_doubtful_words_are_not() -> None:
    words = words_of(tsv(row(1, 20, 30, 60, 18, "Charge", 20), row(1, 90, 30, 9, 18, "«|", 12)))
    assert [word.text for word in words.texts] == ["Charge"]


def test_only_clearly_larger_type_is_of_another_size() -> None:
    rows = [row(n, 20, 40 * n, 100, 14, "Pallets") for n in range(1, 6)]
    rows += [row(6, 20, 300, 100, 10, "no ups"), row(7, 20, 400, 100, 28, "Pallets")]
    assert [run.size for run in page_of(words_of(tsv(*rows)), 1, (400, 600), 1).runs] == [10, 10, 10, 10, 10, 10, 20]


def test_nothing_read_gives_a_page_without_runs() -> None:
    assert page_of(words_of(HEAD), 1, (100, 100), 1).runs == ()


def test_the_cells_of_a_table_come_row_by_row() -> None:
    words = words_of(
        tsv(
            row(1, 20, 30, 60, 18, "Lyon"),
            row(2, 20, 60, 60, 18, "Gent"),
            row(3, 200, 30, 60, 18, "9:00"),
            row(4, 200, 60, 60, 18, "8:00"),
        )
    )
    assert [run.text for run in page_of(words, 1, (300, 100), 1).runs] == ["Lyon", "9:00", "Gent", "8:00"]
