"""Units become passages. Where a passage is cut depends on the text around the cut alone, so an edit stays local.

Of all places where a run of units may be parted, the one with the lowest hash is taken first, then each side is parted
in the same way until it fits: the cuts of a treap. Packing from the start instead moves every later cut of a section
after an edit. ``docs/decisions/0024-passages-that-stay.md`` has the figures.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate
from zlib import crc32

from core.settings import IngestSettings
from core.types import BlockKind
from ingest.units import Unit

_PROSE = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})
# No side of a cut is below this share of the budget where that can be had. Higher fills passages better and lets an
# edit reach further.
_LEAST_SHARE = 1 / 3


class _Place(IntEnum):
    """Where a cut falls, best first."""

    BETWEEN_BLOCKS = 0
    BETWEEN_ITEMS = 1
    INSIDE_BLOCK = 2
    AFTER_LEAD_IN = 3


@dataclass(frozen=True, slots=True)
class _Run:
    """Units that may share a passage. ``before[i]`` are the tokens before unit ``i``, ``repeated[i]`` how many units
    before ``i`` a passage that begins with ``i`` repeats, ``ranks[i]`` how good a cut before ``i`` is, lowest best."""

    units: Sequence[Unit]
    before: Sequence[int]
    repeated: Sequence[int]
    ranks: Sequence[tuple[int, int]]

    def tokens(self, start: int, end: int) -> int:
        """Of the units ``start`` to ``end``, with what is repeated before them."""
        return self.before[end] - self.before[start - self.repeated[start]]


def pack(text: str, units: Sequence[Unit], settings: IngestSettings) -> Iterator[tuple[int, int]]:
    """Positions of the first and past the last unit of each passage, in order; none is above the budget.

    A passage may begin with the last sentences of the one before it.
    """
    for begin, end in _runs(units):
        if sum(unit.tokens for unit in units[begin:end]) <= settings.chunk_tokens:
            yield begin, end
            continue
        run = _run(text, units[begin:end], settings)
        last = 0
        for start, stop in _passages(run, settings.chunk_tokens):
            repeated = run.repeated[start]
            # A passage that is repeated whole would be a copy.
            first = start - repeated if repeated < start - last else start
            yield begin + first, begin + stop
            last = start


def _runs(units: Sequence[Unit]) -> Iterator[tuple[int, int]]:
    """A parted table or listing shares no passage with the text around it, so that its kind stays clear."""
    start = 0
    for at in range(1, len(units)):
        before, after = units[at - 1], units[at]
        if before.block != after.block and any(not each.whole and each.kind not in _PROSE for each in (before, after)):
            yield start, at
            start = at
    if units:
        yield start, len(units)


def _run(text: str, units: Sequence[Unit], settings: IngestSettings) -> _Run:
    return _Run(
        units=units,
        before=[0, *accumulate(unit.tokens for unit in units)],
        repeated=[_repeated(units, at, settings) for at in range(len(units))],
        ranks=[_rank(text, units, at) for at in range(len(units))],
    )


def _repeated(units: Sequence[Unit], at: int, settings: IngestSettings) -> int:
    """How many sentences before ``at`` come again: as the settings say where all is prose and there is room, else 0."""
    count = min(settings.overlap_sentences, at)
    tail = units[at - count : at]
    size = sum(unit.tokens for unit in tail)
    fits = 3 * size <= settings.chunk_tokens and size + units[at].tokens <= settings.chunk_tokens
    return count if fits and all(unit.kind in _PROSE for unit in (*tail, units[at])) else 0


def _rank(text: str, units: Sequence[Unit], at: int) -> tuple[int, int]:
    place = _place(text, units[at - 1], units[at]) if at else _Place.BETWEEN_BLOCKS
    return place, crc32(units[at].span.of(text).encode())


def _place(text: str, before: Unit, after: Unit) -> _Place:
    if before.block == after.block:
        return _Place.INSIDE_BLOCK
    if before.kind in _PROSE and text[before.span.end - 1] in ":：":
        return _Place.AFTER_LEAD_IN
    items = before.kind is after.kind is BlockKind.LIST_ITEM
    return _Place.BETWEEN_ITEMS if items else _Place.BETWEEN_BLOCKS


def _passages(run: _Run, budget: int) -> Iterator[tuple[int, int]]:
    waiting = [(0, len(run.units))]
    while waiting:
        start, end = waiting.pop()
        if end - start == 1 or run.tokens(start, end) <= budget:
            yield start, end
        else:
            cut = _cut(run, start, end, budget)
            waiting += [(cut, end), (start, cut)]


def _cut(run: _Run, start: int, end: int, budget: int) -> int:
    """The best place between ``start`` and ``end``; equal ones (rows that repeat) are parted in the middle."""
    least = min(budget * _LEAST_SHARE, run.tokens(start, end) / 4)
    low, high = run.before[start] + least, run.before[end] - least
    first, last = bisect_left(run.before, low, start + 1, end), bisect_right(run.before, high, start + 1, end)
    places = range(first, last) or range(start + 1, end)
    middle = (run.before[start] + run.before[end]) / 2
    return min(places, key=lambda at: (run.ranks[at], abs(run.before[at] - middle)))
