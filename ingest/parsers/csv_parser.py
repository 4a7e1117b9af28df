"""CSV and TSV as one table, every cell as it is written.

Not unstructured's partitioner: it reads with pandas, which rewrites numbers (``1.10`` became ``1.1``, ``007`` became
``7`` in a file without a header) and refuses a file whose rows differ in length.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from core.errors import ParseError
from core.types import BlockKind, Outcome, ParsedDocument
from ingest.encoding import decode
from ingest.parsers.builder import DocumentBuilder, clean
from ingest.parsers.tables import pipe_table

VERSION = "csv 2"
_MARKS = ",\t;|"
_NO_MARK = "\0"
_PROBED_ROWS = 50
_PROBED_CHARS = 100_000
_MAX_COLUMNS = 1_000
_MAX_CELLS = 20_000_000
_LINE_CELLS = 100


def parse_csv(path: Path) -> ParsedDocument:
    """One table whose first row is its header, below any lines of a single cell that stand above it.

    A table of more than 1,000 columns, which nobody reads as rows, becomes lines of text, a hundred cells each. Raises
    ``ParseError`` where a quoted cell is never closed.
    """
    text = clean(decode(path.read_bytes())).strip("\n")
    builder = DocumentBuilder()
    try:
        rows = [row for row in _reader(text, _delimiter(text)) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ParseError(f"not a regular table: {error}", outcome=Outcome.FAILED, parser=VERSION) from error
    _add_rows(builder, rows)
    return builder.build(title=path.stem, parser=VERSION, empty_reason="the table holds no filled cell")


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    # A cell may hold a whole answer; the standard limit of the module is 131,072 characters.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    # A space before a quoted cell is common and would make its quotes a part of it.
    return csv.reader(io.StringIO(text), delimiter=delimiter, strict=True, skipinitialspace=True)


def _delimiter(text: str) -> str:
    """The mark that parts the first rows into equally many cells, or else all of them into several; one that occurs
    nowhere where none does."""
    best, best_score = _NO_MARK, (0.6, 0)
    for mark in _MARKS:
        widths = _widths(text[:_PROBED_CHARS], mark)
        width, rows = Counter(widths).most_common(1)[0] if widths else (1, 0)
        ragged = 0.6 * (len(widths) > 0 and min(widths) > 1)
        score = (max(ragged, rows / max(1, len(widths)) if width > 1 else 0), width)
        if score > best_score:
            best, best_score = mark, score
    return best


def _widths(text: str, mark: str) -> list[int]:
    """Cells of the first rows; up to the row that is broken for this mark or cut by the end of the probed part."""
    widths: list[int] = []
    try:
        for row in islice(_reader(text, mark), _PROBED_ROWS):
            widths += [len(row)] if row else []
    except csv.Error:
        return widths
    return widths


def _add_rows(builder: DocumentBuilder, rows: Sequence[Sequence[str]]) -> None:
    width = max(map(len, rows), default=0)
    if width > _MAX_COLUMNS or width * len(rows) > _MAX_CELLS:
        _add_lines(builder, rows)
        return
    above = next((n for n, row in enumerate(rows) if sum(bool(cell.strip()) for cell in row) > 1), 0)
    for row in rows[:above]:
        builder.add(BlockKind.PARAGRAPH, " ".join(filter(None, row)))
    builder.add(BlockKind.TABLE, pipe_table(rows[above:]))


def _add_lines(builder: DocumentBuilder, rows: Sequence[Sequence[str]]) -> None:
    for row in rows:
        filled = [" ".join(cell.split()) for cell in row if cell.strip()]
        for start in range(0, len(filled), _LINE_CELLS):
            builder.add(BlockKind.PARAGRAPH, ", ".join(filled[start : start + _LINE_CELLS]))
