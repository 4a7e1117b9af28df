"""XLSX as it is shown: a percentage stays a percentage, a line end in a cell stays out of its words.

Not unstructured's partitioner, which is the fallback: pandas writes 19 % as ``0.19`` and a line end in a cell as a
backslash and an ``n``, which cannot be told from the path ``C:\\new``.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from core.types import BlockKind, ParsedDocument
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.tables import Rows, pipe_table

VERSION = "workbook 1"
_DECIMALS = re.compile(r"0\.(0+)")
_CURRENCY = re.compile(r"\[\$([^\-\]]+)[^\]]*\]|\"([^\"]+)\"|([€$£¥￥])")
_HEADER_ROWS = 2


def parse_xlsx(path: Path) -> ParsedDocument:
    """One page a visible sheet, headed by its name; blank rows part its tables."""
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # openpyxl ships no types

    # Not read_only: many writers state a sheet's dimensions wrongly, and that mode believes them.
    workbook = load_workbook(path, data_only=True)
    builder = DocumentBuilder()
    hidden = []
    for page, sheet in enumerate(workbook.worksheets, 1):
        if sheet.sheet_state != "visible":
            hidden.append(sheet.title)
            continue
        rows = [[shown(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()]
        sheet_blocks(builder, sheet.title, rows, page)
    workbook.close()
    metadata = {"hidden_sheets": ", ".join(hidden)} if hidden else {}
    reason = "no visible sheet holds a filled cell"
    return builder.build(title=path.stem, parser=VERSION, metadata=metadata, empty_reason=reason)


def sheet_blocks(builder: DocumentBuilder, name: str, rows: Rows, page: int) -> None:
    """Append one sheet: its name, then its tables, with the lines of a single cell above them as paragraphs."""
    if not any(cell.strip() for row in rows for cell in row):
        return
    builder.add(BlockKind.HEADING, name, level=1, page=page)
    for region in _regions(rows):
        head = 0
        while head < len(region) and _filled(region[head]) == 1:
            builder.add(BlockKind.PARAGRAPH, " ".join("".join(region[head]).split()), page=page)
            head += 1
        builder.add(BlockKind.TABLE, pipe_table(region[head:]), page=page)


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _regions(rows: Rows) -> Iterator[list[Sequence[str]]]:
    """Rows between blank ones; a blank row below a header only sets it off and parts nothing."""
    region: list[Sequence[str]] = []
    for row in rows:
        if _filled(row):
            region.append(row)
        elif region and not _is_header(region):
            yield region
            region = []
    yield region


def _is_header(region: Sequence[Sequence[str]]) -> bool:
    below = [row for row in region if _filled(row) > 1]
    cells = [cell for row in below for cell in row]
    return 1 <= len(below) <= _HEADER_ROWS and not any(re.fullmatch(r"[-+\d.,%\s]+", cell) for cell in cells if cell)


def shown(value: Any, number_format: str) -> str:
    """A cell's value about as the program shows it: percent, decimals, thousands and currency of its number format."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value, number_format.split(";")[0])
    return str(value)


def _number(value: float, number_format: str) -> str:
    decimals = _DECIMALS.search(number_format)
    places = len(decimals.group(1)) if decimals else 0
    plain = re.sub(r'"[^"]*"|\[[^\]]*\]', "", number_format)
    if "%" in plain:
        return f"{value * 100:.{places}f}%"
    if "0" not in plain or "E" in plain:
        return f"{value:.15g}"
    grouping = "," if "," in plain else ""
    text = f"{value:{grouping}.{places}f}"
    currency = _CURRENCY.search(number_format)
    if currency is None:
        return text
    unit = next(group for group in currency.groups() if group)
    return f"{unit}{text}" if currency.start() < number_format.find("0") else f"{text}{unit}"
