"""The grid of an OpenDocument table: repeated cells, spans, header rows."""

from collections.abc import Callable, Iterator

from lxml.etree import _Element as Element  # type: ignore[import-untyped]  # lxml ships no types

from ingest.parsers.odt_styles import TABLE, TEXT
from ingest.parsers.tables import Cell, grid

_GROUPS = frozenset(f"{TABLE}{name}" for name in ("table-header-rows", "table-rows", "table-row-group"))
_MOST_REPEATED = 1_000


def is_layout(table: Element) -> bool:
    """Whether the table never has two filled cells side by side: then it only places things."""
    return all(sum(map(_has_text, _own_cells(row))) <= 1 for row in _rows(table))


def _has_text(cell: Element) -> bool:
    return any("".join(line.itertext()).strip() for line in cell.iter(f"{TEXT}p", f"{TEXT}h"))


def cells_of(table: Element) -> Iterator[Element]:
    """Every cell that no other covers, row by row."""
    for row in _rows(table):
        yield from _own_cells(row)


def rows_of(table: Element, read: Callable[[Element], str]) -> list[list[str]]:
    """The cells as ``read`` reads them, placed by ``tables.grid``."""
    rows = [[_cell(cell, read) for cell in _own_cells(row)] for row in _rows(table)]
    return grid(rows, sum(1 for row in _rows(table) if row.getparent().tag == f"{TABLE}table-header-rows"))


def _cell(cell: Element, read: Callable[[Element], str]) -> Cell:
    # A cell that is written once for several columns is empty or the same in each; it is told once.
    columns = max(_count(cell, "number-columns-spanned"), _count(cell, "number-columns-repeated"))
    return Cell(text=read(cell), columns=columns, rows=_count(cell, "number-rows-spanned"))


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == f"{TABLE}table-row":
            yield child
        elif child.tag in _GROUPS:
            yield from _rows(child)


def _own_cells(row: Element) -> Iterator[Element]:
    """Covered cells are left out: the cell that covers them spans their place."""
    yield from row.iterchildren(f"{TABLE}table-cell")


def _count(cell: Element, name: str) -> int:
    stated = cell.get(TABLE + name, "1")
    return min(_MOST_REPEATED, int(stated)) if stated.isdecimal() else 1
