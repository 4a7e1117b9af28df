"""XLSX as it is shown: a percentage stays a percentage, a line end in a cell stays out of its words.

Not unstructured's partitioner, which is the fallback: pandas writes 19 % as ``0.19`` and a line end in a cell as a
backslash and an ``n``, which cannot be told from the path ``C:\\new``. The only file that imports openpyxl.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.types import ParsedDocument
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.cell_format import shown
from ingest.parsers.packaged_xml import Package, believed
from ingest.parsers.sheet_grid import Grid, Merge, visible_rows
from ingest.parsers.sheet_regions import sheet_blocks

VERSION = "workbook 2"
_NO_RESULT = re.compile(rb"(?:</f>|<f[^>]*/>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")


def parse_xlsx(path: Path) -> ParsedDocument:
    """One page a visible sheet, headed by its name; blank rows part its tables.

    Hidden sheets, rows and columns are left out and named in the metadata; rows that only a filter hides are read. A
    formula without a stored result stands as a formula.
    """
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # openpyxl ships no types

    with Package(path) as package:
        properties = dict(package.properties)
        formulas = load_workbook(path) if _lacks_results(package) else None
    # Not read_only: many writers state a sheet's dimensions wrongly, and that mode believes them.
    workbook = load_workbook(path, data_only=True)
    builder = DocumentBuilder()
    hidden = {"hidden_sheets": [], "hidden_rows": [], "hidden_columns": []}  # type: dict[str, list[str]]
    for page, sheet in enumerate(workbook.worksheets, 1):
        if sheet.sheet_state != "visible":
            hidden["hidden_sheets"].append(sheet.title)
            continue
        grid = _grid(sheet, formulas[sheet.title] if formulas else None)
        if grid.hidden_rows:
            hidden["hidden_rows"].append(f"{sheet.title}: {len(grid.hidden_rows)}")
        if grid.hidden_columns:
            hidden["hidden_columns"].append(f"{sheet.title}: {len(grid.hidden_columns)}")
        sheet_blocks(builder, sheet.title, visible_rows(grid), page)
    workbook.close()
    metadata = {
        **believed(properties, builder.text),
        **{name: ", ".join(found) for name, found in hidden.items() if found},
    }
    reason = "no visible sheet holds a filled cell"
    return builder.build(title=path.stem, parser=VERSION, metadata=metadata, empty_reason=reason)


def _lacks_results(package: Package) -> bool:
    """Whether a formula has no stored result: the file was written by a program that does not compute."""
    return any(_NO_RESULT.search(package.read(name) or b"") for name in package.names("xl/worksheets/"))


def _grid(sheet: Any, formulas: Any) -> Grid:
    rows = [[shown(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()]
    if formulas is not None:
        _add_formulas(rows, sheet, formulas)
    # The first row that openpyxl gives is the first of the sheet, filled or not.
    merges = [
        Merge(top=m.min_row - 1, left=m.min_col - 1, bottom=m.max_row, right=m.max_col)
        for m in sheet.merged_cells.ranges
    ]
    filtered = bool(sheet.auto_filter.filterColumn)
    rows_hidden = () if filtered else (row - 1 for row, each in sheet.row_dimensions.items() if each.hidden)
    return Grid(
        rows=rows, merges=merges, hidden_rows=frozenset(rows_hidden), hidden_columns=frozenset(_hidden_columns(sheet))
    )


def _hidden_columns(sheet: Any) -> Iterator[int]:
    for each in sheet.column_dimensions.values():
        if each.hidden and each.min is not None:
            yield from range(each.min - 1, min(each.max, sheet.max_column))


def _add_formulas(rows: list[list[str]], sheet: Any, formulas: Any) -> None:
    for line, written in zip(rows, formulas.iter_rows(max_col=sheet.max_column), strict=False):
        for place, cell in enumerate(written):
            if place < len(line) and not line[place] and cell.data_type == "f":
                line[place] = str(getattr(cell.value, "text", cell.value))
