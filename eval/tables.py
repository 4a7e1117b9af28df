"""Figures as cells of a terminal table and as JSON."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.runs.intervals import Interval

if TYPE_CHECKING:
    from rich.table import Table


def table(title: str, columns: Sequence[str]) -> "Table":
    """An empty table: names at the left, figures at the right."""
    from rich.table import Table

    made = Table(title=title, title_justify="left")
    made.add_column(columns[0])
    for column in columns[1:]:
        made.add_column(column, justify="right")
    return made


def cell(value: float | None, interval: Interval | None = None) -> str:
    """``0.812 [0.75, 0.86]``, or a dash for an undefined figure."""
    if value is None:
        return "–"
    return f"{value:.3f}" + (f" [{interval.low:.2f}, {interval.high:.2f}]" if interval is not None else "")


def bounds(interval: Interval | None) -> list[float] | None:
    """Lower and upper bound, None for an undefined figure."""
    return [interval.low, interval.high] if interval is not None else None
