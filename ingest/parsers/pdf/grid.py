"""Ruled tables: the cells that drawn lines make."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ingest.parsers.pdf.types import Box, Rules, Run

Line: TypeAlias = tuple[float, float, float]
Cell: TypeAlias = tuple[int, int]

_NEAR = 3.0
_MAX_LINES = 400
_MAX_COLUMNS = 60
# A side counts as ruled where lines cover this share of it.
_RULED = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """``xs`` rise, ``ys`` fall; ``owner`` maps the base cell (row, column) to the top left one of its merged cell."""

    box: Box
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    owner: dict[Cell, Cell]

    def filled(self, runs: Iterable[Run]) -> dict[Cell, list[Run]]:
        """The runs by the cell that they stand in; a run over the side of a cell is parted there."""
        cells: dict[Cell, list[Run]] = defaultdict(list)
        for run in runs:
            for piece, cell in self._pieces(run):
                cells[cell].append(piece)
        return cells

    def _pieces(self, run: Run) -> Iterator[tuple[Run, Cell]]:
        rest: Run | None = run
        while rest is not None:
            cell = self._cell_at(min(rest.left + 1, (rest.left + rest.right) / 2), rest.middle)
            edge = self._right_edge(cell)
            parts = rest.split_at(edge) if rest.right > edge + _NEAR else None
            yield (parts[0] if parts else rest), cell
            rest = parts[1] if parts else None

    def _cell_at(self, x: float, y: float) -> Cell:
        column = min(max(bisect_right(self.xs, x) - 1, 0), len(self.xs) - 2)
        row = min(max(sum(edge >= y for edge in self.ys) - 1, 0), len(self.ys) - 2)
        return self.owner[row, column]

    def _right_edge(self, cell: Cell) -> float:
        row, column = cell
        while column + 2 < len(self.xs) and self.owner.get((row, column + 1)) == cell:
            column += 1
        return self.xs[column + 1]


def grids(rules: Rules) -> list[Grid]:
    """The ruled grids of a page with two columns and two rows or more, from top to bottom."""
    across, down = _merged(rules.across), _merged(rules.down)
    if len(across) > _MAX_LINES or len(down) > _MAX_LINES:
        return []
    found = (_grid(horizontal, vertical) for horizontal, vertical in _connected(across, down))
    return sorted((grid for grid in found if grid is not None), key=lambda grid: -grid.box.top)


def _merged(lines: Sequence[Line]) -> list[Line]:
    """Lines of one direction with those that continue each other put together."""
    merged: list[Line] = []
    for position, start, end in sorted(lines, key=lambda line: (round(line[0] / 2), line[1])):
        last = merged[-1] if merged else None
        if last and abs(last[0] - position) <= _NEAR and start <= last[2] + _NEAR:
            merged[-1] = (last[0], last[1], max(last[2], end))
        else:
            merged.append((position, start, end))
    return merged


def _connected(across: Sequence[Line], down: Sequence[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    """Lines that touch one another, directly or over others."""
    left_across, left_down = set(range(len(across))), set(range(len(down)))
    while left_across:
        members_across, members_down = [], []
        waiting = [(True, left_across.pop())]
        while waiting:
            is_across, index = waiting.pop()
            if is_across:
                members_across.append(across[index])
                met = {other for other in left_down if _touch(across[index], down[other])}
                left_down -= met
                waiting += [(False, other) for other in met]
            else:
                members_down.append(down[index])
                met = {other for other in left_across if _touch(across[other], down[index])}
                left_across -= met
                waiting += [(True, other) for other in met]
        yield members_across, members_down


def _touch(across: Line, down: Line) -> bool:
    y, left, right = across
    x, bottom, top = down
    return left - _NEAR <= x <= right + _NEAR and bottom - _NEAR <= y <= top + _NEAR


def _grid(across: Sequence[Line], down: Sequence[Line]) -> Grid | None:
    if len(across) < 2 or not down:
        return None
    # A table may be open at its sides: the ends of its lines are edges too.
    xs = _distinct([x for x, _, _ in down] + [min(a for _, a, _ in across), max(b for _, _, b in across)])
    ys = _distinct([y for y, _, _ in across] + [min(a for _, a, _ in down), max(b for _, _, b in down)])[::-1]
    if not (3 <= len(xs) <= _MAX_COLUMNS and len(ys) >= 3):
        return None
    box = Box(left=xs[0], right=xs[-1], bottom=ys[-1], top=ys[0])
    return Grid(box=box, xs=tuple(xs), ys=tuple(ys), owner=_owners(xs, ys, across, down))


def _distinct(values: Sequence[float]) -> list[float]:
    distinct: list[float] = []
    for value in sorted(values):
        if not distinct or value - distinct[-1] > _NEAR:
            distinct.append(value)
    return distinct


def _owners(xs: Sequence[float], ys: Sequence[float], across: Sequence[Line], down: Sequence[Line]) -> dict[Cell, Cell]:
    """Cells without a line between them are one; its name is that of its top left cell."""
    parent: dict[Cell, Cell] = {}

    def find(cell: Cell) -> Cell:
        while (above := parent.get(cell, cell)) != cell:
            cell = above
        return cell

    cells = [(row, column) for row in range(len(ys) - 1) for column in range(len(xs) - 1)]
    for row, column in cells:
        if column and not _is_ruled(down, xs[column], ys[row + 1], ys[row]):
            _join(parent, find((row, column - 1)), find((row, column)))
        if row and not _is_ruled(across, ys[row], xs[column], xs[column + 1]):
            _join(parent, find((row - 1, column)), find((row, column)))
    return {cell: find(cell) for cell in cells}


def _join(parent: dict[Cell, Cell], one: Cell, other: Cell) -> None:
    first, second = sorted((one, other))
    if first != second:
        parent[second] = first


def _is_ruled(lines: Sequence[Line], position: float, start: float, end: float) -> bool:
    covered = sum(
        max(0.0, min(end, line_end) - max(start, line_start))
        for at, line_start, line_end in lines
        if abs(at - position) <= _NEAR
    )
    return covered >= _RULED * (end - start)
