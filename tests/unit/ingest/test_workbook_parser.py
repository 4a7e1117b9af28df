from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.errors import ParseError
from ingest.parsers.unstructured_parser import parse_workbook
from ingest.parsers.workbook_parser import parse_xlsx, shown

Texts = Callable[[Any], list[tuple[str, str]]]


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "价目表"
    for row in [
        ["Prices 2026"],
        ["Plan", "Price", "Since"],
        [],
        ["Team", 12.5, date(2026, 1, 1)],
        ["007", "1.10", "C:\\new"],
        [],
        ["Add-on", "Cost"],
        ["Gate", 900],
    ]:
        sheet.append(row)
    book.create_sheet("Secret").append(["margin", 0.4])
    book["Secret"].sheet_state = "hidden"
    path = tmp_path / "a.xlsx"
    book.save(path)
    return path


def test_blank_rows_part_tables_but_not_a_header_from_its_rows(workbook: Path, texts_of: Texts) -> None:
    document = parse_xlsx(workbook)
    assert texts_of(document) == [
        ("h1", "价目表"),
        ("paragraph", "Prices 2026"),
        (
            "table",
            "| Plan | Price | Since |\n| --- | --- | --- |\n| Team | 12.5 | 2026-01-01 |\n| 007 | 1.10 | C:\\new |",
        ),
        ("table", "| Add-on | Cost |\n| --- | --- |\n| Gate | 900 |"),
    ]
    assert {block.page for block in document.blocks} == {1}


def test_hidden_sheets_are_named_and_not_read(workbook: Path) -> None:
    document = parse_xlsx(workbook)
    assert document.metadata == {"hidden_sheets": "Secret"}
    assert "margin" not in document.text


def test_the_fallback_reads_the_same_cells(workbook: Path, texts_of: Texts) -> None:
    assert texts_of(parse_workbook(workbook))[:2] == [("h1", "价目表"), ("paragraph", "Prices 2026")]


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (0.19, "0%", "19%"),
        (0.1955, "0.0%", "19.6%"),
        (9.5, "€0.00", "€9.50"),
        (12500, '#,##0.00 "CHF"', "12,500.00CHF"),
        (900, "[$¥-804]#,##0", "¥900"),
        (0.1 + 0.2, "General", "0.3"),
        (1200, "General", "1200"),
        (True, "General", "TRUE"),
        (None, "General", ""),
        (datetime(2026, 1, 1), "yyyy-mm-dd", "2026-01-01"),
        (datetime(2026, 1, 1, 9, 30), "yyyy-mm-dd", "2026-01-01 09:30"),
    ],
)
def test_a_cell_is_written_as_it_is_shown(value: object, number_format: str, expected: str) -> None:
    assert shown(value, number_format) == expected


def test_a_workbook_without_cells_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(ParseError, match="no visible sheet holds a filled cell"):
        parse_xlsx(path)
