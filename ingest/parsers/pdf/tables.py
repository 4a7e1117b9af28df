"""The tables of a page and those that go on over the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from ingest.parsers.pdf.aligned import Row, aligned_rows, column_at, columns_of, flows, is_table, rows_of
from ingest.parsers.pdf.grid import Grid, grids
from ingest.parsers.pdf.join import joined
from ingest.parsers.pdf.types import Box, Rules, Run, bounds

_NEAR = 3.0
_MAX_CELL = 250


Found: TypeAlias = tuple["Table", Sequence[Run]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Box):
    """``rows`` of equally many cells, the header first; ``edges`` are the left edges of the columns in points."""

    page: int
    rows: tuple[tuple[str, ...], ...]
    edges: tuple[float, ...]

    def goes_on_in(self, other: "Table") -> bool:
        """Whether ``other``, at the top of the next page, has the same header or the same columns."""
        if len(self.edges) != len(other.edges):
            return False
        if self.rows[0] == other.rows[0]:
            return True
        return all(abs(a - b) <= _NEAR for a, b in zip(self.edges, other.edges, strict=True))

    def parts(self) -> tuple[list[str], tuple[tuple[str, ...], ...], list[str]]:
        """Lines across the columns above, the rows, and lines below: rows of which only one cell has anything."""
        first = next((n for n, row in enumerate(self.rows) if sum(map(bool, row)) > 1), 0)
        last = next((n for n, row in enumerate(self.rows[::-1]) if sum(map(bool, row)) > 1 or row[0] == ""), 0)
        end = len(self.rows) - last
        return (
            ["".join(row) for row in self.rows[:first]],
            self.rows[first:end],
            ["".join(row) for row in self.rows[end:]],
        )

    def with_rows_of(self, other: "Table") -> "Table":
        """Both as one, the header once."""
        return replace(self, rows=self.rows + other.rows[self.rows[0] == other.rows[0] :])


def with_tables(runs: Sequence[Run], rules: Rules, page: int) -> list[Run | Table]:
    """``runs``, in the order of the file, with each table in the place of its first run."""
    tables: list[tuple[Table, set[int]]] = []
    rest = list(runs)
    for find in (_all_ruled, _between_rules, _aligned):
        for table, inside in find(rest, rules, page):
            taken = set(map(id, inside))
            if not any(taken & others for _, others in tables):
                tables.append((table, taken))
        rest = [run for run in rest if not any(id(run) in taken for _, taken in tables)]
    items: list[Run | Table] = []
    for run in runs:
        holder = next((table for table, taken in tables if id(run) in taken), None)
        if holder is None:
            items.append(run)
        elif holder not in items:
            items.append(holder)
    return items


def _all_ruled(runs: Sequence[Run], rules: Rules, page: int) -> Iterator[Found]:
    for grid in grids(rules):
        inside = [run for run in runs if grid.box.holds(run) and not run.aside]
        if not inside:
            continue
        table = _loosely_ruled(grid, inside, page) or _ruled(grid, inside, page)
        if table:
            yield table, inside


def _loosely_ruled(grid: Grid, runs: Sequence[Run], page: int) -> Table | None:
    """The table of a grid whose lines do not part all of its columns and rows."""
    rows = rows_of(runs)
    if len(rows) < 2 * (len(grid.ys) - 1) and not _has_pieces_in_a_cell(grid, runs):
        return None
    return _unruled(_logical(rows, grid.ys), page) if len(rows) > 2 and is_table(rows, runs) else None


def _has_pieces_in_a_cell(grid: Grid, runs: Sequence[Run]) -> bool:
    """Whether a quarter of the lines in cells have gaps."""
    lines = [row for found in grid.filled(runs).values() for row in rows_of(found)]
    return sum(len(line) > 1 for line in lines) > len(lines) / 4


def _ruled(grid: Grid, runs: Sequence[Run], page: int) -> Table | None:
    cells = {cell: _cell_text(found) for cell, found in grid.filled(runs).items()}
    rows = tuple(
        tuple(cells.get((row, column), "") for column in range(len(grid.xs) - 1)) for row in range(len(grid.ys) - 1)
    )
    kept = tuple(row for row in rows if any(row))
    if not _is_filled(kept):
        return None
    return Table(
        page=page,
        rows=kept,
        edges=grid.xs[:-1],
        left=grid.box.left,
        right=grid.box.right,
        bottom=grid.box.bottom,
        top=grid.box.top,
    )


def _is_filled(rows: Sequence[Sequence[str]]) -> bool:
    """Enough cells with something in them, and no page of prose in a frame."""
    texts = [cell for row in rows for cell in row if cell]
    if sum(sum(map(bool, row)) >= 2 for row in rows) < 2 or sum(any(column) for column in zip(*rows, strict=True)) < 2:
        return False
    return sum(map(len, texts)) / len(texts) <= _MAX_CELL


def _cell_text(runs: Sequence[Run]) -> str:
    return joined([" ".join(run.text for run in row) for row in rows_of(runs)])


def _between_rules(runs: Sequence[Run], rules: Rules, page: int) -> Iterator[Found]:
    """Rows between three or more lines of one length, as printed tables have above, below and under the header."""
    for lines in _stacks(rules):
        left, right = lines[0][1], lines[0][2]
        box = Box(left=left - _NEAR, right=right + _NEAR, bottom=lines[-1][0], top=lines[0][0])
        inside = [run for run in runs if box.holds(run) and not run.aside]
        rows = rows_of(inside)
        if len(rows) >= 2 and is_table(rows, runs):
            yield _unruled(_logical(rows, [line[0] for line in lines]), page), inside


def _stacks(rules: Rules) -> Iterator[list[tuple[float, float, float]]]:
    """Three or more lines across that begin and end alike, from top to bottom."""
    groups: list[list[tuple[float, float, float]]] = []
    for line in sorted(rules.across, key=lambda line: -line[0]):
        alike = (each for each in groups if abs(each[0][1] - line[1]) <= _NEAR and abs(each[0][2] - line[2]) <= _NEAR)
        group = next(alike, None)
        if group is None:
            groups.append([line])
        elif group[-1][0] - line[0] > _NEAR:
            group.append(line)
    return (group for group in groups if len(group) >= 3)


def _logical(rows: list[Row], ys: Sequence[float]) -> list[Row]:
    """Where a line is drawn under each row, all type between two lines is one row."""
    bands = [[row for row in rows if low < row[0].middle <= high] for high, low in pairwise(ys)]
    bands = [band for band in bands if band]
    if len(bands) < 3 or sum(len(band) == 1 for band in bands) < len(bands) / 2 or max(map(len, bands)) > 4:
        return rows
    return [[run for row in band for run in row] for band in bands]


def _aligned(runs: Sequence[Run], _rules: Rules, page: int) -> Iterator[Found]:
    for flow in flows([run for run in runs if not run.aside]):
        rows = rows_of(flow)
        for start, end in aligned_rows(rows, flow):
            yield _unruled(rows[start:end], page), [run for row in rows[start:end] for run in row]


def _filled(cells: Sequence[Sequence[Run]]) -> int:
    return sum(map(bool, cells))


def _unruled(rows: Sequence[Row], page: int) -> Table:
    columns = columns_of(rows)
    cells: list[list[list[Run]]] = []
    for row in rows:
        placed: list[list[Run]] = [[] for _ in columns]
        for run in row:
            placed[column_at(columns, run)].append(run)
        if cells and not placed[0] and 2 * _filled(placed) <= _filled(cells[-1]):
            # The first column is empty where another one needs a second line.
            cells[-1] = [above + below for above, below in zip(cells[-1], placed, strict=True)]
        else:
            cells.append(placed)
    box = bounds(run for row in rows for run in row)
    return Table(
        page=page,
        rows=tuple(tuple(_cell_text(cell) for cell in row) for row in cells),
        edges=tuple(left for left, _ in columns),
        left=box.left,
        right=box.right,
        bottom=box.bottom,
        top=box.top,
    )
