"""The cells of a sheet as a reader sees them: hidden ones gone, merged ones filled down."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.parsers.tables import filled, one_row

_MOST_MERGED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A range of cells shown as one; half-open, counted from 0."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A sheet from its first row and column on; ``hidden_rows`` and ``hidden_columns`` count from 0."""

    rows: Sequence[Sequence[str]]
    merges: Sequence[Merge] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def visible_rows(sheet: Grid) -> list[list[str]]:
    """The rows without hidden ones.

    A cell merged over rows is repeated in those that hold anything else; a header of several rows becomes one.
    """
    rows = [list(row) for row in sheet.rows]
    merges = sorted(sheet.merges, key=lambda each: (each.left, each.top))[:_MOST_MERGED]
    for merge in merges:
        _fill_down(rows, merge)
    gone = set(sheet.hidden_rows)
    for top, bottom in _headers(rows, merges):
        rows[top] = _as_one(rows[top:bottom], top, merges)
        gone |= set(range(top + 1, bottom))
    return [
        [cell for place, cell in enumerate(row) if place not in sheet.hidden_columns]
        for number, row in enumerate(rows)
        if number not in gone
    ]


def _headers(rows: Sequence[Sequence[str]], merges: Sequence[Merge]) -> Iterator[tuple[int, int]]:
    """Header rows, half-open: at the top of a table, a cell over several rows beside one over several columns."""
    for top in sorted({merge.top for merge in merges}):
        beside = [merge for merge in merges if merge.top == top]
        bottom = max(merge.bottom for merge in beside)
        if bottom >= len(rows) or filled(rows[top]) < 2 or (top and filled(rows[top - 1]) > 1):
            continue
        if any(merge.right - merge.left > 1 and merge.bottom < bottom for merge in beside):
            yield top, bottom


def _as_one(header: Sequence[Sequence[str]], top: int, merges: Sequence[Merge]) -> list[str]:
    width = max(map(len, header))
    spread = [[*row, *[""] * (width - len(row))] for row in header]
    for merge in (merge for merge in merges if merge.left < width):
        for row in spread[max(0, merge.top - top) : max(0, merge.bottom - top)]:
            row[merge.left : merge.right] = [row[merge.left]] * len(row[merge.left : merge.right])
    return one_row(spread)


def _fill_down(rows: list[list[str]], merge: Merge) -> None:
    if merge.top >= len(rows) or merge.left >= len(rows[merge.top]):
        return
    value = rows[merge.top][merge.left]
    for row in rows[merge.top + 1 : merge.bottom]:
        others = (cell for place, cell in enumerate(row) if not merge.left <= place < merge.right)
        if merge.left < len(row) and any(cell.strip() for cell in others):
            row[merge.left] = value
