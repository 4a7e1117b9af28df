from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.tables import Cell, grid, inner_table, pipe_table, rows_of_html, split_table


def test_a_table_has_a_header_a_rule_and_a_line_per_row() -> None:
    assert pipe_table([["Plan", "", "Price"], ["Team", "", "12 €\nper seat"], ["", "", ""], ["a|b"]]) == (
        "| Plan | Price |\n| --- | --- |\n| Team | 12 € per seat |\n| a\\|b |  |"
    )


def test_a_table_without_text_is_empty() -> None:
    assert pipe_table([["", " "], []]) == ""


def test_a_cell_that_spans_columns_keeps_the_others_in_place() -> None:
    head = "<tr><th colspan='2'>套餐</th><th>价格</th></tr>"
    html = f"<table>{head}<tr><td>a<br>b</td><td>c &amp; d</td><td>1</td></tr></table>"
    assert rows_of_html(html) == [["套餐", "", "价格"], ["a b", "c & d", "1"]]


@given(st.lists(st.lists(st.text("ab|\n 退", max_size=5), max_size=4), max_size=5))
def test_one_line_is_always_one_row(rows: list[list[str]]) -> None:
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    lines = pipe_table(rows).split("\n") if filled else []
    assert len(lines) == (len(filled) + 1 if filled else 0)


def test_a_cell_over_several_rows_belongs_to_each_of_them() -> None:
    html = "<table><tr><td rowspan=2>华东<td>上海<tr><td>杭州<tr><td rowspan='99'>West<td>成都</table>"
    assert rows_of_html(html) == [["华东", "上海"], ["华东", "杭州"], ["West", "成都"]]


def test_a_header_of_two_rows_becomes_one() -> None:
    rows = [
        [Cell(text="Plan", rows=2), Cell(text="Price", columns=2)],
        [Cell(text="Monthly"), Cell(text="Yearly")],
        [Cell(text="Team"), Cell(text="9"), Cell(text="90")],
    ]
    assert grid(rows) == [["Plan", "Price / Monthly", "Price / Yearly"], ["Team", "9", "90"]]
    assert grid(rows, header=1)[0] == ["Plan", "Price", ""]


def test_a_table_that_is_all_header_keeps_its_rows() -> None:
    rows = [[Cell(text="a", rows=2), Cell(text="b", columns=2)], [Cell(text="c"), Cell(text="d")]]
    assert grid(rows) == [["a", "b", ""], ["a", "c", "d"]]


def test_lines_of_one_cell_above_the_header_are_its_captions() -> None:
    assert split_table([["全国网点", ""], ["城市", "电话"], ["上海", "021"]]) == (
        ["全国网点"],
        [["城市", "电话"], ["上海", "021"]],
    )
    assert split_table([["a", ""], ["b", "c"]]) == ([], [["a", ""], ["b", "c"]])


def test_a_table_in_a_cell_stands_on_one_line() -> None:
    assert inner_table([["原因", "代码"], ["", ""], ["solved\nnow", "C1"]]) == "原因, 代码; solved now, C1"


@given(st.lists(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), max_size=4), max_size=5))
def test_every_row_of_a_grid_is_as_wide_as_the_others_and_no_text_is_lost(spans: list[list[tuple[int, int]]]) -> None:
    rows = [[Cell(text=f"{n}.{m}", columns=c, rows=r) for m, (c, r) in enumerate(row)] for n, row in enumerate(spans)]
    lines = grid(rows, header=1)
    assert len({len(line) for line in lines}) <= 1
    assert {cell.text for row in rows for cell in row} <= {cell for line in lines for cell in line}
