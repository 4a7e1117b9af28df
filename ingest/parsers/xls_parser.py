"""XLS, the binary workbooks of Excel 97 to 2003, as they are shown. The only file that imports xlrd.

Not unstructured's partitioner, which is the fallback: it knows no number formats, no merged and no hidden cells.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.errors import ParseError
from core.types import Outcome, ParsedDocument
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.cell_format import shown
from ingest.parsers.ole_properties import ole_properties
from ingest.parsers.packaged_xml import believed
from ingest.parsers.sheet_grid import Grid, Merge, visible_rows
from ingest.parsers.sheet_regions import sheet_blocks

VERSION = "xls 1"


def parse_xls(path: Path) -> ParsedDocument:
    """One page a visible sheet, headed by its name, as ``workbook_parser.parse_xlsx`` reads the newer format.

    Hidden rows are read: the format does not say which of them only a filter hides. Raises ``ParseError``
    (``encrypted``) for a workbook with a password, and what xlrd raises.
    """
    book = _opened(path)
    builder = DocumentBuilder()
    hidden = []
    for page, sheet in enumerate(book.sheets(), 1):
        if sheet.visibility:
            hidden.append(sheet.name)
        else:
            sheet_blocks(builder, sheet.name, visible_rows(_grid(book, sheet)), page)
    metadata = believed(ole_properties(path), builder.text)
    if hidden:
        metadata["hidden_sheets"] = ", ".join(hidden)
    reason = "no visible sheet holds a filled cell"
    return builder.build(title=path.stem, parser=VERSION, metadata=metadata, empty_reason=reason)


def _opened(path: Path) -> Any:
    import xlrd  # type: ignore[import-untyped]  # xlrd ships no types

    try:
        # xlrd talks about oddities on standard output unless told where to.
        with Path(os.devnull).open("w") as sink:
            return xlrd.open_workbook(str(path), formatting_info=True, logfile=sink)
    except xlrd.XLRDError as error:
        if "encrypted" not in str(error).lower():
            raise
        reason = "the workbook is protected by a password; save it without one"
        raise ParseError(reason, outcome=Outcome.ENCRYPTED, parser=VERSION) from error


def _grid(book: Any, sheet: Any) -> Grid:
    rows = [[_cell(book, cell) for cell in sheet.row(number)] for number in range(sheet.nrows)]
    merges = [Merge(top=top, left=left, bottom=bottom, right=right) for top, bottom, left, right in sheet.merged_cells]
    hidden = frozenset(column for column, info in sheet.colinfo_map.items() if info.hidden)
    return Grid(rows=rows, merges=merges, hidden_columns=hidden)


def _cell(book: Any, cell: Any) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return shown(bool(cell.value), "")
    number_format = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
    if cell.ctype != xlrd.XL_CELL_DATE:
        return shown(cell.value, number_format)
    if "[h" in number_format.lower():
        return shown(timedelta(days=cell.value), number_format)
    moment = xlrd.xldate_as_datetime(cell.value, book.datemode)
    # A time of day is stored as the fraction of a day.
    return shown(moment.time() if cell.value < 1 else moment, number_format)
