from collections.abc import Callable
from typing import Any

from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.sheet_grid import Grid, Merge, visible_rows
from ingest.parsers.sheet_regions import sheet_blocks

Texts = Callable[[Any], list[tuple[str, str]]]


def _blocks(rows: list[list[str]], texts_of: Texts) -> list[tuple[str, str]]:
    builder = DocumentBuilder()
    sheet_blocks(builder, "Sheet", rows, 1)
    return texts_of(builder.build(title="t", parser="test"))[1:]


def test_a_blank_row_parts_tables_that_have_headers_of_their_own(texts_of: Texts) -> None:
    rows = [["a", "b"], ["x", "y"], [], ["城市", "电话"], ["上海", "021"]]
    assert _blocks(rows, texts_of) == [
        ("table", "| a | b |\n| --- | --- |\n| x | y |"),
        ("table", "| 城市 | 电话 |\n| --- | --- |\n| 上海 | 021 |"),
    ]


def test_groups_of_rows_under_one_header_stay_one_table(texts_of: Texts) -> None:
    rows = [["", "Sales", "Costs"], [], ["Europe", "10", "7"], [], ["Asia", "12", "9"]]
    assert _blocks(rows, texts_of) == [
        ("table", "|  | Sales | Costs |\n| --- | --- | --- |\n| Europe | 10 | 7 |\n| Asia | 12 | 9 |")
    ]


def test_single_cells_above_and_notes_below_are_lines(texts_of: Texts) -> None:
    rows = [["费率表", ""], ["项目", "费率"], ["手续费", "0.6%"], ["合计", ""], ["注：不含税。", ""]]
    assert _blocks(rows, texts_of) == [
        ("paragraph", "费率表"),
        ("table", "| 项目 | 费率 |\n| --- | --- |\n| 手续费 | 0.6% |\n| 合计 |  |"),
        ("paragraph", "注：不含税。"),
    ]


def test_a_wider_region_is_never_put_below_a_narrower_header(texts_of: Texts) -> None:
    rows = [["a", "b", ""], [], ["1", "2", "3"]]
    assert len(_blocks(rows, texts_of)) == 2


def test_hidden_rows_and_columns_go_and_merged_cells_fill_the_rows_they_stand_beside() -> None:
    grid = Grid(
        rows=[["Region", "City", "x"], ["East", "上海", "x"], ["", "杭州", "x"], ["West", "成都", "x"]],
        merges=[Merge(top=1, left=0, bottom=3, right=1)],
        hidden_rows=frozenset({3}),
        hidden_columns=frozenset({2}),
    )
    assert visible_rows(grid) == [["Region", "City"], ["East", "上海"], ["East", "杭州"]]


def test_a_title_merged_over_rows_is_told_once() -> None:
    grid = Grid(rows=[["Title", ""], ["", ""], ["a", "b"]], merges=[Merge(top=0, left=0, bottom=2, right=2)])
    assert visible_rows(grid) == [["Title", ""], ["", ""], ["a", "b"]]


def test_a_header_of_two_rows_becomes_one() -> None:
    merges = [Merge(top=0, left=0, bottom=2, right=1), Merge(top=0, left=1, bottom=1, right=3)]
    grid = Grid(rows=[["套餐", "价格", ""], ["", "月付", "年付"], ["团队版", "9", "90"]], merges=merges)
    assert visible_rows(grid) == [["套餐", "价格 / 月付", "价格 / 年付"], ["团队版", "9", "90"]]


def test_a_merge_outside_the_filled_cells_changes_nothing() -> None:
    grid = Grid(
        rows=[["a", "b"]], merges=[Merge(top=5, left=0, bottom=9, right=1), Merge(top=0, left=7, bottom=1, right=9)]
    )
    assert visible_rows(grid) == [["a", "b"]]
