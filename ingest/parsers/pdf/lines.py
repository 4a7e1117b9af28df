"""The pieces of type that stand on one line become the line."""

from collections.abc import Iterable
from dataclasses import replace

from ingest.parsers.pdf.tables import Table
from ingest.parsers.pdf.types import HYPHEN, Line, Page, Run

# From this size on, in points, a gap of one letter parts two pieces.
_DISPLAY = 16.0


def lines_of(items: Iterable[Run | Table], page: Page) -> list[Line | Table]:
    """The items of ``page`` with pieces of one line put together; a wide gap makes such a line a row of cells."""
    lines: list[Line | Table] = []
    for item in items:
        if isinstance(item, Table):
            lines.append(item)
            continue
        last = lines[-1] if lines else None
        if isinstance(last, Line) and not item.aside and _continues(last, item):
            lines[-1] = _with(last, item)
        else:
            lines.append(_line(item, page))
    return lines


def _line(run: Run, page: Page) -> Line:
    return Line(
        text=run.text,
        page=page.number,
        left=run.left,
        right=run.right,
        bottom=run.bottom,
        top=run.top,
        size=run.size,
        bold=run.bold,
        mono=run.mono,
        alone=run.aside,
        height=page.height,
    )


def _continues(line: Line, run: Run) -> bool:
    return line.beside(run) and run.left >= line.right - 1 and not line.text.endswith(HYPHEN)


def _with(line: Line, run: Run) -> Line:
    gap = run.left - line.right
    space = " " if gap > 0.15 * line.size and not line.text.endswith(" ") else ""
    if line.mono and run.mono:
        space = " " * max(1, round(gap / max(1.0, letter_width(line))))
    main = line if len(line.text) >= len(run.text) else run
    return replace(
        line,
        text=line.text + space + run.text,
        right=run.right,
        bottom=min(main.bottom, line.bottom) if line.size < run.size else main.bottom,
        top=main.top,
        size=main.size,
        bold=line.bold and run.bold,
        mono=line.mono and run.mono,
        alone=line.alone or (gap > (2 if line.size < _DISPLAY else 1) * max(line.size, 4) and not line.mono),
    )


def letter_width(line: Line) -> float:
    """How wide one letter of monospaced type is."""
    return (line.right - line.left) / max(1, len(line.text))
