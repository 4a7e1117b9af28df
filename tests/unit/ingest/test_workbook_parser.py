from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.errors import ParseError
from ingest.parsers.unstructured_parser import parse_workbook
from ingest.parsers.workbook_parser import parse_xlsx

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
    assert document.metadata["hidden_sheets"] == "Secret"
    assert "margin" not in document.text


def test_the_fallback_reads_the_same_cells(workbook: Path, texts_of: Texts) -> None:
    assert texts_of(parse_workbook(workbook))[:2] == [("h1", "价目表"), ("paragraph", "Prices 2026")]


def test_a_formula_without_a_stored_result_stands_as_a_formula(tmp_path: Path, texts_of: Texts) -> None:
    book = openpyxl.Workbook()
    for row in [["项目", "Total"], ["Gate", "=2*450"]]:
        book.active.append(row)
    path = tmp_path / "a.xlsx"
    book.save(path)
    assert texts_of(parse_xlsx(path))[1] == ("table", "| 项目 | Total |\n| --- | --- |\n| Gate | =2*450 |")


def test_hidden_rows_are_counted_unless_a_filter_hides_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [["a", "b"], ["kept", "1"], ["隐藏", "2"]]:
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["B"].hidden = True
    path = tmp_path / "a.xlsx"
    book.save(path)
    document = parse_xlsx(path)
    assert document.text == "Sheet\n\na\n\nkept"
    assert (document.metadata["hidden_rows"], document.metadata["hidden_columns"]) == ("Sheet: 1", "Sheet: 1")
    book.active.auto_filter.ref = "A1:B3"
    book.active.auto_filter.add_filter_column(0, ["kept"])
    book.save(path)
    assert "隐藏" in parse_xlsx(path).text


def test_a_workbook_without_cells_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(ParseError, match="no visible sheet holds a filled cell"):
        parse_xlsx(path)
