"""Tables as Markdown rows: one header row, one rule, one line per row."""

from collections.abc import Sequence
from html.parser import HTMLParser

Rows = Sequence[Sequence[str]]


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


def rows_of_html(html: str) -> list[list[str]]:
    """The cells of the table in ``html``, row by row; a cell that spans columns leaves empty ones after it."""
    reader = _TableReader()
    reader.feed(html)
    reader.close()
    return reader.rows


class _TableReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._span = 1
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"} and self.rows:
            span = dict(attrs).get("colspan") or "1"
            self._span = min(100, int(span)) if span.isdigit() else 1
            self.rows[-1].append("")
            self._open = True
        elif tag in {"br", "p", "li"} and self._open:
            self.rows[-1][-1] += " "

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"} and self._open:
            self.rows[-1] += [""] * (self._span - 1)
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1] += data
