"""A sweep for people: one table per set, and one line per combination that failed."""

from typing import TYPE_CHECKING

from eval.compare.words import p_words, signed
from eval.sweep.results import SweepReport, SweepRow, SweepTable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


_NOTE = (
    "* no other row is better and as fast, or as good and faster. Differences and p (corrected by Holm) are against "
    "row 1; latencies compare only where nothing else ran: use --workers 1 for them."
)


def print_sweep(report: SweepReport, console: "Console") -> None:
    """Print the best rows first."""
    from rich.text import Text

    for table in report.tables:
        console.print(_table(report, table))
    if report.tables:
        console.print(Text(_NOTE, style="dim"))
    for end in report.failed:
        console.print(Text(f"failed: {end.job.name}: {end.reason}", style="red"))


def _table(report: SweepReport, table: SweepTable) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    title = Text(f"{table.dataset}: {table.queries} queries", style="bold")
    shown = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    columns = ("#", "combination", "stage", report.measure, "95 % interval", "difference", "p", "p50 ms", "p95 ms", "")
    for name in columns:
        left = name in {"combination", "stage", ""}
        shown.add_column(name, justify="left" if left else "right", no_wrap=name != "combination", overflow="fold")
    for row in table.rows:
        shown.add_row(*(Text(cell) for cell in _cells(row)), style="green" if row.best else "")
    return shown


def _cells(row: SweepRow) -> tuple[str, ...]:
    difference = ("", "")
    if row.difference is not None:
        interval = row.difference.interval
        words = f"{signed(row.difference.difference)} [{signed(interval.low)}, {signed(interval.high)}]"
        difference = (words, p_words(row.difference.p_corrected))
    return (
        str(row.number),
        row.combination,
        row.stage,
        f"{row.value:.3f}",
        f"[{row.interval.low:.3f}, {row.interval.high:.3f}]",
        *difference,
        f"{row.latency_ms['p50_ms']:.1f}",
        f"{row.latency_ms['p95_ms']:.1f}",
        "*" if row.best else "",
    )
