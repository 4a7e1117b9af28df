"""A sheet of cells becomes lines of text and tables: blank rows part them, single cells head or end them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from core.types import BlockKind
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.tables import Rows, filled, pipe_table

Region = list[Sequence[str]]
_NUMBER = re.compile(r"[-+(]?\W{0,3}\d[\d.,\s]*[%)]?|\d{4}[-/年].*")
_NOTE = re.compile(r"(?:note|source|remark|备注|注|说明|来源|附注|備註|說明|來源)\s*\d*[:：]|[*※†(（]", re.IGNORECASE)
_HEADER_ROWS = 2
_LONG_LINE = 40


def sheet_blocks(builder: DocumentBuilder, name: str, rows: Rows, page: int) -> None:
    """Append one sheet: its name as heading, then its tables with the lines of a single cell above and below them."""
    if not any(cell.strip() for row in rows for cell in row):
        return
    builder.add(BlockKind.HEADING, name, level=1, page=page)
    for region in _joined(_regions(rows)):
        above, table, below = _parts(region)
        for line in above:
            builder.add(BlockKind.PARAGRAPH, line, page=page)
        builder.add(BlockKind.TABLE, pipe_table(table), page=page)
        for line in below:
            builder.add(BlockKind.PARAGRAPH, line, page=page)


def _parts(region: Region) -> tuple[list[str], Region, list[str]]:
    """Lines above the table, the table, and notes below it."""
    first = 0
    while first < len(region) and filled(region[first]) == 1:
        first += 1
    last = len(region)
    while last > first + 1 and _is_note(region[last - 1]):
        last -= 1
    return [_line(row) for row in region[:first]], region[first:last], [_line(row) for row in region[last:]]


def _line(row: Sequence[str]) -> str:
    return " ".join("".join(row).split())


def _is_note(row: Sequence[str]) -> bool:
    text = _line(row)
    width = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return filled(row) == 1 and bool(row[0].strip()) and (width > _LONG_LINE or bool(_NOTE.match(text)))


def _regions(rows: Rows) -> Iterator[Region]:
    """Rows between blank ones."""
    region: Region = []
    for row in rows:
        if filled(row):
            region.append(row)
        elif region:
            yield region
            region = []
    if region:
        yield region


def _joined(regions: Iterator[Region]) -> Iterator[Region]:
    """Regions that belong together: a blank row sets a header off, or groups of rows from each other."""
    held: Region = []
    for region in regions:
        if held and not _belongs(held, region):
            yield held
            held = []
        held = held + region
    if held:
        yield held


def _belongs(held: Region, region: Region) -> bool:
    """Whether ``region`` has no header of its own and fits below the table of ``held``."""
    table = [row for row in held if filled(row) > 1]
    first = region[0]
    if not table or filled(first) < 2:
        return False
    # Rows may have a name in front of them, which a header leaves without one.
    if not all(column in _columns(held) or column < min(_columns(held)) for column in _columns(region)):
        return False
    has_rows = any(_has_numbers(row) for row in table)
    if _has_numbers(first):
        return True
    return not has_rows and len(table) < _HEADER_ROWS and filled(table[0]) >= filled(first)


def _columns(region: Region) -> set[int]:
    return {place for row in region if filled(row) > 1 for place, cell in enumerate(row) if cell.strip()}


def _has_numbers(row: Sequence[str]) -> bool:
    return any(_NUMBER.fullmatch(cell.strip()) for cell in row)
