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


def test_a_quote_that_never_closes_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="not a regular table"):
        read(tmp_path, 'a,b\n"x,2\n')
