"""Tables without ruled cells: rows of short pieces of type whose columns line up.

Two columns of prose and a chance of blanks look almost alike, so everything here errs towards prose.
"""

from collections.abc import Sequence
from statistics import median

from ingest.parsers.pdf.marks import is_marker
from ingest.parsers.pdf.types import Run, units

Row = list[Run]

_GUTTER = 0.6
_ALIGNED = 0.6
_LEAST_ROWS = 3
_LEADING = 1.45
_MAX_STEP = 3.2
# Characters of a piece of running text; a Han character counts twice.
_PROSE_LETTERS = 20
_PROSE_FILL = 0.7
# A column of prose begins this many type sizes above the end of the one before.
_JUMP = 6.0


def rows_of(runs: Sequence[Run]) -> list[Row]:
    """The runs by the line that they stand on, from top to bottom and from left to right."""
    rows: list[Row] = []
    for run in sorted(runs, key=lambda run: -run.middle):
        if rows and rows[-1][0].beside(run):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [sorted(row, key=lambda run: run.left) for row in rows]


def flows(runs: Sequence[Run]) -> list[list[Run]]:
    """``runs``, in the order of the file, parted where the next column begins."""
    found: list[list[Run]] = []
    for run in runs:
        if found and run.bottom - found[-1][-1].top < _JUMP * run.size:
            found[-1].append(run)
        else:
            found.append([run])
    return found


def are_written_row_by_row(rows: Sequence[Row], runs: Sequence[Run]) -> bool:
    """Whether the file holds most rows in one piece, as it does for tables and not for columns of prose."""
    place = {id(run): index for index, run in enumerate(runs)}
    spans = [[place[id(run)] for run in row] for row in rows if len(row) > 1]
    return sum(max(span) - min(span) == len(span) - 1 for span in spans) >= 0.6 * len(spans)


def columns_of(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """(left, right) of the columns that stay apart in ``rows``; one row in five may reach over a gap, as headers do."""
    runs = [run for row in rows for run in row]
    gutter = _GUTTER * median(run.size for run in runs)
    changes = sorted([(run.left, 1) for run in runs] + [(run.right, -1) for run in runs])
    columns: list[tuple[float, float]] = []
    begin, cover, may_cross = changes[0][0], 0, len(rows) // 5
    free_since: float | None = None
    for x, change in changes:
        if change > 0 and cover == may_cross and free_since is not None:
            if x - free_since >= gutter:
                columns.append((begin, free_since))
                begin = x
            free_since = None
        cover += change
        if change < 0 and cover == may_cross:
            free_since = x
    return [*columns, (begin, changes[-1][0])]


def aligned_rows(rows: Sequence[Row], runs: Sequence[Run]) -> list[tuple[int, int]]:
    """Half-open ranges of ``rows``, made of ``runs``, that are tables beyond doubt."""
    found, start = [], 0
    while start < len(rows):
        end = _longest(rows, start)
        if end - start >= _LEAST_ROWS and is_table(rows[start:end], runs):
            found.append((_header(rows, start, end), end))
            start = end
        else:
            # What is no table from here may be one from further down; every row would be tried, were there no steps.
            start += max(1, (end - start) // 8)
    return found


def _longest(rows: Sequence[Row], start: int) -> int:
    """How far the columns of the row at ``start`` go on."""
    if len(rows[start]) < 2:
        return start
    end, columns = start + 1, _narrowed([], rows[start])
    while end < len(rows) and _follows(rows[end - 1], rows[end]):
        narrowed = _narrowed(columns, rows[end])
        if len(narrowed) < max(2, min(len(columns), len(rows[end]))):
            break
        if len(rows[end]) < 2 and not _is_rest_of_cell(rows[end - 1], rows[end], narrowed):
            break
        columns, end = narrowed, end + 1
    while len(rows[end - 1]) < 2:
        end -= 1
    return end


def _narrowed(columns: Sequence[tuple[float, float]], row: Row) -> list[tuple[float, float]]:
    """``columns`` with what ``row`` adds to them; those that it reaches over become one."""
    gutter = _GUTTER * row[0].size
    narrowed: list[tuple[float, float]] = []
    for left, right in sorted([*columns, *((run.left, run.right) for run in row)]):
        if narrowed and left - narrowed[-1][1] < gutter:
            narrowed[-1] = (narrowed[-1][0], max(narrowed[-1][1], right))
        else:
            narrowed.append((left, right))
    return narrowed


def _header(rows: Sequence[Row], start: int, end: int) -> int:
    """``start``, or one less where the row above is the header, whose words reach over the gaps."""
    columns = len(columns_of(rows[start:end]))
    if not start or len(rows[start - 1]) < max(2, columns - 1) or not _follows(rows[start - 1], rows[start]):
        return start
    return start - 1 if len(columns_of(rows[start - 1 : end])) >= columns else start


def _follows(above: Row, below: Row) -> bool:
    size = max(run.size for run in above)
    same = 0.75 < below[0].size / above[0].size < 1.35
    return same and _foot(above) - _foot(below) < _MAX_STEP * size


def _foot(row: Row) -> float:
    return min([run.bottom for run in row])


def _is_rest_of_cell(above: Row, row: Row, columns: Sequence[tuple[float, float]]) -> bool:
    """Whether the only piece of a row goes on with a cell right above it, not in the first column."""
    step = _foot(above) - row[0].bottom
    return column_at(columns, row[0]) > 0 and step < _LEADING * row[0].size


def column_at(columns: Sequence[tuple[float, float]], run: Run) -> int:
    """The number of the column that ``run`` covers most of, or else stands next to."""
    return max(range(len(columns)), key=lambda n: min(columns[n][1], run.right) - max(columns[n][0], run.left))


def is_table(rows: Sequence[Row], runs: Sequence[Run]) -> bool:
    """Whether rows of pieces in columns are a table and no running text; ``runs`` in the order of the file."""
    columns = columns_of(rows)
    by_column: list[list[Run]] = [[] for _ in columns]
    for row in rows:
        for run in row:
            by_column[column_at(columns, run)].append(run)
    if sum(len(row) >= 2 for row in rows) < max(2, 0.6 * len(rows)) or any(len(found) < 2 for found in by_column):
        return False
    if any(run.mono or run.aside for row in rows for run in row) or all(is_marker(run.text) for run in by_column[0]):
        return False
    if sum(_is_prose(found, column) for found, column in zip(by_column, columns, strict=True)) >= len(columns) / 2:
        return False
    return all(_lines_up(column) for column in by_column) and are_written_row_by_row(rows, runs)


def _is_prose(runs: Sequence[Run], column: tuple[float, float]) -> bool:
    """Long pieces that mostly fill their column."""
    letters = median(units(run.text) for run in runs)
    return letters > _PROSE_LETTERS and median(run.right - run.left for run in runs) > _PROSE_FILL * (
        column[1] - column[0]
    )


def _lines_up(runs: Sequence[Run]) -> bool:
    """Whether most pieces share their left edge, their right edge or their middle."""
    near = _ALIGNED * median(run.size for run in runs)
    edges = (
        [run.left for run in runs],
        [run.right for run in runs],
        [(run.left + run.right) / 2 for run in runs],
    )
    return any(_share_near(xs, near) >= 0.75 for xs in edges)


def _share_near(xs: Sequence[float], near: float) -> float:
    middle = median(xs)
    return sum(abs(x - middle) <= near for x in xs) / len(xs)
