"""What returns at the edges of pages and is no text: running heads and feet, page numbers."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from ingest.parsers.pdf.aligned import Row, rows_of
from ingest.parsers.pdf.grid import grids
from ingest.parsers.pdf.types import Box, Page, Run, bounds

_MARGIN = 0.12
_ROWS = 3
_SAME_HEIGHT = 3.0
_NUMERAL = r"(?:\d{1,4}|[ivxl]{1,6})"
_PAGE_NUMBER = re.compile(
    rf"(?:page|p\.|seite)?\s*[-–—|·]?\s*{_NUMERAL}\s*(?:(?:of|/|\|)\s*\d{{1,4}})?\s*[-–—|·]?|第\s*\d+\s*页(?:\s*[/,，共]+\s*\d+\s*页)?",
    re.IGNORECASE,
)
# A number at the begin or at the end of a short row.
_ENDS = re.compile(r"^\d{1,4}(?=\s.{1,80}$)|(?<=\s)\d{1,4}$")
_DIGITS = re.compile(r"\d+")


def squeeze(text: str) -> str:
    """Letters and digits only, in one case: how an outline entry and its heading are compared."""
    return "".join(filter(str.isalnum, text.casefold()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    """The outermost rows of a page above or below, from the edge inwards; ``inner`` is the row after the last."""

    rows: tuple[Row, ...]
    inner: Row | None


def without_furniture(pages: Sequence[Page]) -> list[Page]:
    """The pages without the outermost rows that are page numbers or return on other pages."""
    edges = [_edges(page) for page in pages]
    again = _returning(pages, edges)
    _add_numbered(pages, edges, again)
    return [_without(page, found, keys) for page, found, keys in zip(pages, edges, again, strict=True)]


def _edges(page: Page) -> tuple[_Edge, _Edge]:
    rows = rows_of([run for run in page.runs if not run.aside])
    boxes = [grid.box for grid in grids(page.rules)] if rows and len(page.rules.down) > 1 else []

    def edge(inwards: Sequence[Row], is_outside: Callable[[Row], bool]) -> _Edge:
        outer = [*takewhile(lambda row: is_outside(row) and not _is_in_table(row, boxes), inwards[:_ROWS])]
        return _Edge(rows=tuple(outer), inner=inwards[len(outer)] if len(outer) < len(inwards) else None)

    top, bottom = (1 - _MARGIN) * page.height, _MARGIN * page.height
    return edge(rows, lambda row: row[0].top > top), edge(rows[::-1], lambda row: row[0].bottom < bottom)


def _is_in_table(row: Row, boxes: Sequence[Box]) -> bool:
    return any(box.holds(run) for box in boxes for run in row)


def _returning(pages: Sequence[Page], edges: Sequence[tuple[_Edge, _Edge]]) -> list[set[str]]:
    """For each page the keys of edge rows, and of single runs in them, that stand on other pages too."""
    places: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, sides in enumerate(edges):
        for key, bottom in {(key, row[0].bottom) for side in sides for row in side.rows for key in _keys(row)}:
            places[key].append((number, bottom))
    alike = _alike(pages)
    again: list[set[str]] = [set() for _ in pages]
    for key, found in places.items():
        numbers = {number for number, _ in found}
        heights = Counter(round(bottom / _SAME_HEIGHT) for _, bottom in found)
        often = len(numbers) >= max(3, len(pages) / 2)
        twice = len(numbers) >= 2 and max(heights.values()) >= 2
        for number in numbers if (often or twice) and not numbers <= alike else ():
            again[number].add(key)
    return again


def _add_numbered(pages: Sequence[Page], edges: Sequence[tuple[_Edge, _Edge]], again: Sequence[set[str]]) -> None:
    """Running heads that change with the chapter are known by the page number beside them, which counts up."""
    found = [
        (index, int(number) - page.number, _key(row))
        for index, (page, sides) in enumerate(zip(pages, edges, strict=True))
        for side in sides
        for row in side.rows[:1]
        for number in _ENDS.findall(" ".join(run.text for run in row))
    ]
    offsets = Counter(offset for _, offset, _ in found)
    for index, offset, key in found:
        if offsets[offset] >= max(3, len(pages) / 4):
            again[index].add(key)


def _alike(pages: Sequence[Page]) -> set[int]:
    """Pages that stand in the file twice: all of their lines return, furniture or not."""
    texts = [frozenset(run.text for run in page.runs) for page in pages]
    first: dict[frozenset[str], int] = {}
    alike = set()
    for number, text in enumerate(texts):
        other = first.setdefault(text, number)
        if other != number:
            alike |= {other, number}
    return alike


def _keys(row: Row) -> set[str]:
    whole = _key(row)
    return {whole, *(_key([run]) for run in row)} - {""}


def _key(row: Row) -> str:
    # With the size of the type: the title on the first page often returns, smaller, as the head of the others.
    text = _DIGITS.sub("#", squeeze("".join(run.text for run in row)))
    return f"{text} {round(row[0].size)}" if text.strip("#") else ""


def _without(page: Page, sides: Sequence[_Edge], again: set[str]) -> Page:
    dropped: set[int] = set()
    for side in sides:
        for row, inner in pairwise([*side.rows, side.inner]):
            if row is None or not _is_furniture(row, inner, again):
                break
            dropped |= {id(run) for run in row}
    return replace(page, runs=tuple(run for run in page.runs if id(run) not in dropped)) if dropped else page


def _is_furniture(row: Row, inner: Row | None, again: set[str]) -> bool:
    if inner is not None and _is_header(row, inner):
        return False
    if _key(row) in again:
        return True
    numbers = [run for run in row if _is_page_number(run)]
    others = [run for run in row if run not in numbers]
    if others and not all(_key([run]) in again for run in others):
        return False
    return bool(others) or inner is None or _gap(row, inner) > 0.8 * row[0].size


def _is_header(row: Row, inner: Row) -> bool:
    """Whether the row heads a table that goes on over pages: its cells stand above those of the next row."""
    if len(row) < 3 or len(row) != len(inner):
        return False
    return all(abs(a.left - b.left) < a.size for a, b in zip(row, inner, strict=True))


def _is_page_number(run: Run) -> bool:
    return bool(_PAGE_NUMBER.fullmatch(run.text.strip()))


def _gap(row: Row, inner: Row) -> float:
    a, b = bounds(row), bounds(inner)
    return max(a.bottom - b.top, b.bottom - a.top)
