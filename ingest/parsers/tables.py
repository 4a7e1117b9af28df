"""Tables as Markdown rows: one header row, one rule, one line per row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

Rows = Sequence[Sequence[str]]
_MOST_SPANNED = 1_000
_MOST_CELLS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a table as its file has it, over as many ``columns`` and ``rows`` as it spans."""

    text: str
    columns: int = 1
    rows: int = 1


def pipe_table(rows: Rows) -> str:
    """The rows as a Markdown table, the first of them as its header; empty columns are left out.

    A cell's line ends become spaces and its pipes are escaped, so that one line is always one row.
    """
    kept = [[_cell(cell) for cell in row] for row in rows if any(cell.strip() for cell in row)]
    width = max((len(row) for row in kept), default=0)
    padded = [row + [""] * (width - len(row)) for row in kept]
    columns = [column for column in range(width) if any(row[column] for row in padded)]
    if not columns:
        return ""
    lines = ["| " + " | ".join(row[column] for column in columns) + " |" for row in padded]
    return "\n".join([lines[0], "| " + " | ".join("---" for _ in columns) + " |", *lines[1:]])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def grid(rows: Sequence[Sequence[Cell]], header: int = 0) -> list[list[str]]:
    """The cells at their columns, a header of several rows on one (``Price / Monthly``).

    A cell that spans rows is repeated in each, so that a row can be read alone; one that spans columns leaves the
    others empty, except in such a header. ``header`` counts its rows; 0 where the file does not mark them.
    """
    size = header or _header_size(rows)
    size = size if 1 < size < len(rows) else 0
    lines: list[dict[int, str]] = [{} for _ in rows]
    room = _MOST_CELLS
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while column in lines[number]:
                column += 1
            width, height = min(cell.columns, _MOST_SPANNED), min(cell.rows, len(rows) - number)
            room -= width * height
            for line in lines[number : number + (height if room > 0 else 1)]:
                for offset in range(width):
                    line.setdefault(column + offset, cell.text if not offset or number < size else "")
            column += width
    width = max((max(line) + 1 for line in lines if line), default=0)
    padded = [[line.get(column, "") for column in range(width)] for line in lines]
    return [one_row(padded[:size]), *padded[size:]] if size else padded


def one_row(header: Rows) -> list[str]:
    """The rows of a header as one; each column names what stands above it, outermost first."""
    return [
        " / ".join(dict.fromkeys(filter(None, (cell.strip() for cell in column))))
        for column in zip(*header, strict=True)
    ]


def _header_size(rows: Sequence[Sequence[Cell]]) -> int:
    """Rows of an unmarked header: where a cell beside one over several columns is itself several rows high."""
    first = rows[0] if rows else ()
    if any(cell.columns > 1 for cell in first) and any(cell.rows > 1 and cell.text.strip() for cell in first):
        return max(cell.rows for cell in first)
    return 1


def split_table(rows: Rows) -> tuple[list[str], Rows]:
    """Lines of one cell that stand above the header, and the table without them."""
    captions: list[str] = []
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    while len(captions) < len(kept) and kept[len(captions)][0].strip() and filled(kept[len(captions)]) == 1:
        captions.append(" ".join(kept[len(captions)][0].split()))
    rest = kept[len(captions) :]
    # Without a header and a row below them they were the table.
    return (captions, rest) if len(rest) > 1 and filled(rest[0]) > 1 else ([], kept)


def inner_table(rows: Rows) -> str:
    """A table inside a cell of another, on one line: ``a, b; c, d``."""
    lines = [", ".join(" ".join(cell.split()) for cell in row if cell.strip()) for row in rows]
    return "; ".join(line for line in lines if line)


def filled(row: Iterable[str]) -> int:
    """How many cells hold something."""
    return sum(bool(cell.strip()) for cell in row)


def rows_of_html(html: str) -> list[list[str]]:
    """The cells of the table in ``html``, row by row, as ``grid`` places them."""
    reader = _TableReader()
    reader.feed(html)
    reader.close()
    return grid(reader.rows)


class _TableReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[Cell]] = []
        self._span = (1, 1)
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._end_cell()
            self.rows.append([])
        elif tag in {"td", "th"} and self.rows:
            self._end_cell()
            given = dict(attrs)
            self._span = (_spanned(given.get("colspan")), _spanned(given.get("rowspan")))
            self._text = []
        elif tag in {"br", "p", "li"} and self._text is not None:
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "tr", "table"}:
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def _end_cell(self) -> None:
        if self._text is not None:
            columns, rows = self._span
            self.rows[-1].append(Cell(text="".join(self._text), columns=columns, rows=rows))
            self._text = None


def _spanned(stated: str | None) -> int:
    return max(1, min(_MOST_SPANNED, int(stated))) if stated and stated.isascii() and stated.isdecimal() else 1
