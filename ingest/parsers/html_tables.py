"""Tables of a page: which are data, and their cells as they stand in rows and columns."""

from collections.abc import Callable

from lxml.html import HtmlElement  # type: ignore[import-untyped]  # lxml ships no types

from ingest.parsers.html_tree import HEADINGS
from ingest.parsers.tables import Cell, grid

_PLACING_ROLES = frozenset({"presentation", "none"})
_OF_A_CELL = "ancestor::td[parent::tr] or ancestor::th[parent::tr] or ancestor::caption"


def is_layout(table: HtmlElement) -> bool:
    """A table that only places things: of one row, with a table, headings, lines of code or text outside its cells,
    or never with two filled cells side by side."""
    if table.get("role") in _PLACING_ROLES or table.find(".//table") is not None or _has_stray_text(table):
        return True
    if any(next(heading.iterancestors("th"), None) is None for heading in table.iter(*HEADINGS)):
        return True
    if any("\n" in code.text_content().strip() for code in table.iter("pre")):
        return True
    filled = [sum(map(_is_filled, row)) for row in table.iter("tr")]
    return len(filled) < 2 or max(filled) <= 1


def _has_stray_text(table: HtmlElement) -> bool:
    """Whether a damaged table holds text that no row would show."""
    return bool(table.xpath(f"boolean(.//text()[normalize-space() and not({_OF_A_CELL})])"))


def _is_filled(cell: HtmlElement) -> bool:
    return bool(cell.text_content().strip()) or cell.find(".//img[@alt]") is not None


def rows_of(table: HtmlElement, text_of: Callable[[HtmlElement], str]) -> list[list[str]]:
    """The cells of a data table in its grid, its header on one row, the rows of its foot last."""
    rows = _rows(table)
    below = _rows_to_the_end_of_their_group(rows)
    cells = [[_cell(cell, text_of(cell), left) for cell in row] for row, left in zip(rows, below, strict=True)]
    return grid(cells, _header_size(table, rows))


def _rows(table: HtmlElement) -> list[list[HtmlElement]]:
    """Rows with cells in the order of a screen: heads first, feet last, whatever the order of the source."""
    groups = {"thead": 0, "tfoot": 2}
    rows = sorted(table.iter("tr"), key=lambda row: groups.get(row.getparent().tag, 1))
    return [cells for row in rows if (cells := [cell for cell in row if cell.tag in {"td", "th"}])]


def _rows_to_the_end_of_their_group(rows: list[list[HtmlElement]]) -> list[int]:
    """For each row, itself included: no cell reaches out of its head, body or foot."""
    groups = [row[0].getparent().getparent() for row in rows]
    left: list[int] = []
    for group, after in zip(reversed(groups), [None, *reversed(groups)], strict=False):
        left.append(left[-1] + 1 if group is after else 1)
    return left[::-1]


def _cell(cell: HtmlElement, text: str, left: int) -> Cell:
    # HTML writes 0 for "as far as the group goes".
    return Cell(text=text, columns=max(1, _span(cell, "colspan")), rows=min(_span(cell, "rowspan") or left, left))


def _span(cell: HtmlElement, name: str) -> int:
    text = (cell.get(name) or "1").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _header_size(table: HtmlElement, rows: list[list[HtmlElement]]) -> int:
    """How many rows are marked as the table's head; 0 where none is."""
    marked = sum(1 for head in table.iter("thead") for _row in head.iter("tr"))
    return marked or next((n for n, row in enumerate(rows) if any(cell.tag == "td" for cell in row)), 0)
