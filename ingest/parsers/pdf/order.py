"""The order in which a reader takes what stands on a page.

The order of the file is kept where it makes sense, because it knows what belongs together; where it jumps about or runs
across columns, columns found by their gutters decide.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from statistics import median

from ingest.parsers.pdf.aligned import rows_of
from ingest.parsers.pdf.marks import is_marker
from ingest.parsers.pdf.tables import Table
from ingest.parsers.pdf.types import Page, Run, bounds, units

Item = Run | Table

# How far a marker may stand before its item, in type sizes.
_INDENT = 4.0
_GUTTER = 8.0
_STEP = 2.0
_CROSSED = 0.15
_LEAST_LINES = 4
_JOINTS = 4
_JUMPING = 0.05
_FILLED = 0.6
_LINE_LETTERS = 18


def with_markers(items: Sequence[Item]) -> list[Item]:
    """Bullets and numbers of lists, which many files set apart, before the run that they mark."""
    runs = [item for item in items if isinstance(item, Run) and not item.aside]
    marked: dict[int, Run] = {}
    gone: set[int] = set()
    for row in rows_of(runs):
        for before, marker, item in zip([None, *row], row, row[1:], strict=False):
            if is_marker(marker.text) and _is_near(marker, item) and not (before and _is_near(before, marker)):
                marked[id(item)] = marker
                gone.add(id(marker))
    return [
        _marked(item, marked[id(item)]) if isinstance(item, Run) and id(item) in marked else item
        for item in items
        if id(item) not in gone
    ]


def _is_near(left: Run, right: Run) -> bool:
    """Whether ``right`` stands so close to ``left`` on its line that the one may mark the other."""
    return -1 <= right.left - left.right <= _INDENT * right.size and left.beside(right)


def _marked(run: Run, marker: Run) -> Run:
    lead = f"{marker.text.strip()} "
    starts = ((0, marker.left), *((offset + len(lead), left) for offset, left in run.starts))
    return replace(run, text=lead + run.text, left=marker.left, starts=starts)


def in_reading_order(items: Sequence[Item], page: Page) -> list[Item]:
    """All ``items`` of ``page``; what stands aside comes last."""
    straight = [item for item in items if not _stands_aside(item)]
    aside = [item for item in items if _stands_aside(item)]
    gutters = _gutters(straight, page.width)
    if not _runs_across(straight, gutters) and not _jumps_about(straight):
        return [*straight, *aside]
    return [*_by_columns(straight, gutters), *aside]


def by_place(runs: Sequence[Run], width: float) -> list[Run]:
    """``runs`` of a page of this width in an order that comes from where they stand alone."""
    ordered = _by_columns(runs, _gutters(runs, width))
    return [item for item in ordered if isinstance(item, Run)]


def _stands_aside(item: Item) -> bool:
    return isinstance(item, Run) and item.aside


def _runs_across(items: Sequence[Item], gutters: Sequence[float]) -> bool:
    """Whether the file holds line for line what a reader takes column for column."""
    joints = (b.left > a.right and a.beside(b) for a, b in pairwise(items))
    crossed = (any(a.right <= gutter <= b.left for gutter in gutters) for a, b in pairwise(items))
    return sum(joint and crosses for joint, crosses in zip(joints, crossed, strict=True)) >= _JOINTS


def _jumps_about(items: Sequence[Item]) -> bool:
    return sum(_jumps_up(a, b) for a, b in pairwise(items)) > max(2, _JUMPING * len(items))


def _jumps_up(a: Item, b: Item) -> bool:
    """Whether ``b`` stands above ``a`` and not beside it: the next column of a page stands beside."""
    overlap = min(a.right, b.right) - max(a.left, b.left)
    return b.bottom >= a.top and overlap > 0.3 * min(a.right - a.left, b.right - b.left)


def _by_columns(items: Sequence[Item], gutters: Sequence[float]) -> list[Item]:
    """From top to bottom, in each stretch between pieces that cross a gutter column by column."""
    ordered: list[Item] = []
    band: list[Item] = []
    for item in sorted(items, key=lambda item: (-item.top, item.left)):
        if any(item.left < gutter - 1 and item.right > gutter + 1 for gutter in gutters):
            ordered += [*_columns(band, gutters), item]
            band = []
        else:
            band.append(item)
    return ordered + _columns(band, gutters)


def _columns(band: Sequence[Item], gutters: Sequence[float]) -> list[Item]:
    columns: list[list[Item]] = [[] for _ in range(len(gutters) + 1)]
    for item in band:
        columns[sum(gutter <= item.left + 1 for gutter in gutters)].append(item)
    return [item for column in columns for item in _from_the_top(column)]


def _from_the_top(items: Sequence[Item]) -> list[Item]:
    """Line by line; what stands beside on one line from left to right."""
    ordered: list[Item] = []
    line: list[Item] = []
    for item in sorted(items, key=lambda item: -item.middle):
        if line and not line[0].beside(item):
            ordered += sorted(line, key=lambda item: item.left)
            line = []
        line.append(item)
    return ordered + sorted(line, key=lambda item: item.left)


def _gutters(items: Sequence[Item], width: float) -> list[float]:
    """The middles of white strips that few pieces cross, with lines of type at both sides."""
    if not items:
        return []
    steps = int(width / _STEP) + 2
    changes = [0] * (steps + 1)
    for item in items:
        first, last = (min(steps, max(0, round(x / _STEP))) for x in (item.left, item.right))
        changes[first] += 1
        changes[max(first, last)] -= 1
    cover = list(accumulate(changes))
    most = max(cover)
    found = [
        _STEP * (start + end) / 2
        for start, end in _stretches([count <= max(1, _CROSSED * most) for count in cover])
        if (end - start) * _STEP >= _GUTTER
    ]
    return _between_prose(items, found)


def _between_prose(items: Sequence[Item], found: Sequence[float]) -> list[float]:
    """The gutters that have prose at both sides; labels and values, or columns of numbers, are read row by row."""
    edges = [float("-inf"), *found, float("inf")]
    sides = [[item for item in items if a <= item.left and item.right <= b] for a, b in pairwise(edges)]
    prose = [len(side) >= _LEAST_LINES and _is_prose(side) for side in sides]
    return [gutter for gutter, (a, b) in zip(found, pairwise(prose), strict=True) if a and b]


def _is_prose(side: Sequence[Item]) -> bool:
    """Whether its lines mostly fill their column, and have the length of lines; a Han character counts twice."""
    whole = bounds(side)
    fill = median(item.right - item.left for item in side) / max(1.0, whole.right - whole.left)
    lengths = [units(item.text) for item in side if isinstance(item, Run)]
    return fill > _FILLED and median(lengths or [0]) >= _LINE_LETTERS


def _stretches(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Half-open ranges of steps whose flag is set."""
    changes = [index for index, (a, b) in enumerate(pairwise([False, *flags, False])) if a != b]
    return list(zip(changes[::2], changes[1::2], strict=True))
