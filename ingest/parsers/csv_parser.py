"""CSV and TSV as one table, every cell as it is written.

Not unstructured's partitioner: it reads with pandas, which rewrites numbers (``1.10`` became ``1.1``, ``007`` became
``7`` in a file without a header) and refuses a file whose rows differ in length.
"""

import csv
import io
from pathlib import Path

from core.errors import ParseError
from core.types import BlockKind, Outcome, ParsedDocument
from ingest.encoding import decode
from ingest.parsers.builder import DocumentBuilder, clean
from ingest.parsers.tables import pipe_table

VERSION = "csv 1"
_MARKS = ",;\t|"


def parse_csv(path: Path) -> ParsedDocument:
    """The first row is the header. Raises ``ParseError`` where a quoted cell is never closed."""
    text = clean(decode(path.read_bytes())).strip("\n")
    builder = DocumentBuilder()
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise ParseError(f"not a regular table: {error}", outcome=Outcome.FAILED, parser=VERSION) from error
    builder.add(BlockKind.TABLE, pipe_table(rows))
    return builder.build(title=path.stem, parser=VERSION, empty_reason="the table holds no filled cell")


def _delimiter(text: str) -> str:
    """The mark that parts the first row into most cells; a comma where none does."""
    first = next(csv.reader(io.StringIO(text), delimiter="\0"), [""])[0] if text else ""
    lines = [line for line in text.split("\n")[:10] if line.strip()]
    score = {mark: (sum(mark in line for line in lines), first.count(mark)) for mark in _MARKS}
    return max(_MARKS, key=lambda mark: score[mark])
