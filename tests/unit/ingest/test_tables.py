from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.tables import pipe_table, rows_of_html


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
