"""The rows of an RTF table: cells end at positions on the page, and spans follow from them."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ingest.parsers.tables import Cell, grid

# In twips, of which a point has twenty: programs round the edges of the same column differently.
_SAME_EDGE = 30


@dataclass(slots=True, kw_only=True)
class Row:
    """``edges`` are the right ends of its cells; ``joined`` says of each whether it continues the one ``above`` or
    the one to its ``left``, and ``joining`` the same of the cell that is being defined."""

    edges: list[int] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    header: bool = False
    joining: str = ""


def rows_of(rows: Sequence[Row]) -> list[list[str]]:
    """The rows as ``tables.grid`` places them."""
    edges = _columns(rows)
    cells: list[list[Cell]] = []
    above: dict[int, tuple[int, int]] = {}
    for row in rows:
        line: list[Cell] = []
        column = 0
        for place, text in enumerate(row.texts):
            end = _column(edges, row.edges[place]) if place < len(row.edges) else column + 1
            width = max(1, end - column)
            joined = row.joined[place] if place < len(row.joined) else ""
            if joined == "left" and line:
                line[-1] = replace(line[-1], columns=line[-1].columns + width)
            elif joined == "above" and column in above:
                first, number = above[column]
                cells[first][number] = replace(cells[first][number], rows=cells[first][number].rows + 1)
            else:
                above[column] = (len(cells), len(line))
                line.append(Cell(text=text, columns=width))
            column += width
        cells.append(line)
    return grid(cells, sum(row.header for row in rows))


def _columns(rows: Sequence[Row]) -> list[int]:
    edges: list[int] = []
    for edge in sorted({edge for row in rows for edge in row.edges}):
        if not edges or edge - edges[-1] > _SAME_EDGE:
            edges.append(edge)
    return edges


def _column(edges: Sequence[int], edge: int) -> int:
    """How many columns end at ``edge`` or before it."""
    return bisect_left(edges, edge - _SAME_EDGE) + 1
