"""A comparison for people at a terminal of 100 columns and more."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from eval.compare.changes import ChangedQuery
from eval.compare.compare import Comparison, PairComparison
from eval.compare.gate import GateResult, GateStatus
from eval.compare.words import (
    COLUMNS,
    change_words,
    difference_cells,
    entry_words,
    gate_sentence,
    headline,
    latency_words,
    summary,
)

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

# Wins, ties and losses add up to the queries, and 100 columns are few.
_SHOWN = tuple(name for name in COLUMNS if name != "queries")
_COLOURS = {"better": "green", "worse": "red"}
_GATE_COLOURS = {GateStatus.PASSED: "green", GateStatus.UNPROVEN: "yellow", GateStatus.FAILED: "bold red"}


def print_comparison(comparison: Comparison, gates: Sequence[GateResult], console: "Console") -> None:
    """Gates first, then a table per pair, then the queries that changed most.

    Sentences keep to one line where nobody watches: a log is searched for them.
    """
    from rich.text import Text

    for part in _parts(comparison, gates):
        console.print(part, soft_wrap=not console.is_terminal and isinstance(part, Text))


def _parts(comparison: Comparison, gates: Sequence[GateResult]) -> "Iterator[RenderableType]":
    from rich.text import Text

    for result in gates:
        yield Text(gate_sentence(result), style=_GATE_COLOURS[result.status])
    for found in comparison.pairs:
        yield Text()
        yield _measures_table(found)
        if words := latency_words(found.latency):
            yield Text(words)
    yield Text(f"\n{summary(comparison)}", style="dim")
    for found in comparison.pairs:
        if found.changed:
            yield Text(f"\nChanged most: {headline(found)}", style="bold")
            yield from (part for query in found.changed for part in _changed(query))


def _measures_table(found: PairComparison) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(headline(found), style="bold"), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in _SHOWN:
        left = name in {"measure", "verdict"}
        table.add_column(name, justify="left" if left else "right", no_wrap=name != "measure", overflow="fold")
    for each in (found.overall, *found.slices):
        if found.slices:
            table.add_row(Text(f"{each.value or each.name} ({each.queries})", style="bold"))
        for difference in each.differences:
            cells = dict(zip(COLUMNS, difference_cells(difference), strict=True))
            colour = _COLOURS.get(cells["verdict"], "")
            table.add_row(*(Text(cells[name], style=colour if name == "verdict" else "") for name in _SHOWN))
        table.add_section()
    return table


def _changed(query: ChangedQuery) -> "Iterator[RenderableType]":
    from rich.text import Text

    yield Text(f"\n{query.subject.id}  {query.subject.text}", style="bold")
    yield Text(change_words(query))
    if query.before_answer or query.after_answer:
        yield _side_by_side([(query.before_answer, query.after_answer)], wrap=True)
    elif query.before_ranking or query.after_ranking:
        rows = zip_longest(query.before_ranking, query.after_ranking)
        yield _side_by_side([(entry_words(before), entry_words(after)) for before, after in rows], wrap=False)


def _side_by_side(rows: Sequence[tuple[str, str]], *, wrap: bool) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, expand=True, pad_edge=False)
    for side in ("baseline", "variant"):
        table.add_column(side, ratio=1, no_wrap=not wrap, overflow="fold" if wrap else "ellipsis")
    for row in rows:
        table.add_row(*(Text(cell, style="green" if " ✓ " in cell else "") for cell in row))
    return table
