"""The grid of a Word table: merged cells, tracked rows, and tables that only place things on the page."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from lxml.etree import _Element as Element  # type: ignore[import-untyped]  # lxml ships no types

from ingest.parsers.docx_styles import W, number, toggle, value
from ingest.parsers.tables import Cell, grid

WRAPPERS = frozenset(f"{W}{name}" for name in "sdt sdtContent customXml ins moveTo smartTag".split())
"""Elements that stand around blocks, rows or cells without being any."""
_MOST_COLUMNS = 1_000


def is_layout(table: Element) -> bool:
    """Whether the table never has two filled cells side by side: then it only places things."""
    return all(sum(_has_text(cell) for cell in children(row, "tc")) <= 1 for row in children(table, "tr"))


def _has_text(cell: Element) -> bool:
    return any((text.text or "").strip() for text in cell.iter(f"{W}t"))


def cells_of(table: Element) -> Iterator[Element]:
    """Every cell, row by row."""
    for row in children(table, "tr"):
        yield from children(row, "tc")


def rows_of(table: Element, read: Callable[[Element], str]) -> list[list[str]]:
    """The cells as ``read`` reads them, placed by ``tables.grid``; rows whose deletion is tracked are left out."""
    rows: list[list[Cell]] = []
    header = 0
    # The cell that is open downwards at each column: its row and its place in it.
    above: dict[int, tuple[int, int]] = {}
    for row in children(table, "tr"):
        properties = row.find(f"{W}trPr")
        if properties is not None and properties.find(f"{W}del") is not None:
            continue
        if properties is not None and toggle(properties, "tblHeader") and header == len(rows):
            header += 1
        rows.append(_cells(row, properties, rows, above, read))
    return grid(rows, header)


def _cells(
    row: Element,
    properties: Element | None,
    rows: list[list[Cell]],
    above: dict[int, tuple[int, int]],
    read: Callable[[Element], str],
) -> list[Cell]:
    before = _count(properties, "gridBefore", least=0)
    cells = [Cell(text="", columns=before)] if before else []
    column = before
    for cell in children(row, "tc"):
        width = _count(cell.find(f"{W}tcPr"), "gridSpan", least=1)
        merge = cell.find(f"{W}tcPr/{W}vMerge")
        if merge is not None and merge.get(f"{W}val", "continue") != "restart" and column in above:
            line, place = above[column]
            rows[line][place] = replace(rows[line][place], rows=rows[line][place].rows + 1)
        else:
            above.pop(column, None)
            if merge is not None:
                above[column] = (len(rows), len(cells))
            cells.append(Cell(text=read(cell), columns=width))
        column += width
    return cells


def children(parent: Element, *names: str) -> Iterator[Element]:
    """Children of these names in order, also those inside content controls and tracked insertions."""
    tags = {W + name for name in names}
    for child in parent:
        if child.tag in tags:
            yield child
        elif child.tag in WRAPPERS:
            yield from children(child, *names)


def _count(properties: Element | None, name: str, *, least: int) -> int:
    stated = number(value(properties, name))
    return min(_MOST_COLUMNS, max(least, stated or 0))
