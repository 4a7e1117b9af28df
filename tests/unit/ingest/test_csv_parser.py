import time
from pathlib import Path

import pytest

from core.errors import ParseError
from ingest.parsers.csv_parser import parse_csv


def read(folder: Path, content: str, encoding: str = "utf-8") -> str:
    path = folder / "a.csv"
    path.write_bytes(content.encode(encoding))
    return parse_csv(path).text


def test_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    assert read(tmp_path, '007,1.10\n008,"2,50"\n') == "| 007 | 1.10 |\n| --- | --- |\n| 008 | 2,50 |"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, mark: str) -> None:
    assert (
        read(tmp_path, f"套餐{mark}价格\nTeam{mark}12\n", "gb18030") == "| 套餐 | 价格 |\n| --- | --- |\n| Team | 12 |"
    )


def test_rows_of_unequal_length_and_cells_with_line_ends_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n"x\ny",2,3\n') == "| a | b |  |\n| --- | --- | --- |\n| x y | 2 | 3 |"


def test_a_mark_inside_the_words_of_one_column_parts_nothing(tmp_path: Path) -> None:
    assert (
        read(tmp_path, "Answers\nYes, always\nNo\n可以\n") == "| Answers |\n| --- |\n| Yes, always |\n| No |\n| 可以 |"
    )


def test_a_quoted_line_end_before_the_delimiter_is_known(tmp_path: Path) -> None:
    assert read(tmp_path, '"a;\nb";c\n1;2\n') == "| a; b | c |\n| --- | --- |\n| 1 | 2 |"


def test_lines_above_the_header_are_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, "价目表 2026,,\n\n套餐,价格,\nTeam,12,\n") == (
        "价目表 2026\n\n| 套餐 | 价格 |\n| --- | --- |\n| Team | 12 |"
    )


def test_a_million_columns_become_lines_in_seconds(tmp_path: Path) -> None:
    began = time.process_time()
    text = read(tmp_path, ",".join(f"c{number}" for number in range(1_000_000)) + "\nx,y\n")
    assert time.process_time() - began < 20
    assert text.startswith("c0, c1, c2")
    assert text.endswith("c999999\n\nx, y")


def test_one_wide_row_among_many_does_not_widen_them_all(tmp_path: Path) -> None:
    assert len(read(tmp_path, "x," * 2_000 + "\n" + "a,b\n" * 20_000)) < 1_000_000


def test_a_cell_of_a_whole_book_is_read(tmp_path: Path) -> None:
    assert len(read(tmp_path, f'a,b\n"{"长" * 200_000}",c\n')) > 200_000


def test_a_quote_that_never_closes_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="not a regular table"):
        read(tmp_path, 'a,b\n"x,2\n')
