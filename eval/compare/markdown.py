"""A comparison as Markdown for a pull request."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

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

_MARKUP = re.compile(r"[\\`*_|~\[\]]")
_CALL = re.compile(r"(?<!\w)@")
_SIGNS = {GateStatus.PASSED: "✅", GateStatus.UNPROVEN: "⚠️", GateStatus.FAILED: "❌"}


def to_markdown(comparison: Comparison, gates: Sequence[GateResult]) -> str:
    """Gates first, then a table per pair; the changed queries fold away."""
    return "\n".join(_lines(comparison, gates)) + "\n"


def _lines(comparison: Comparison, gates: Sequence[GateResult]) -> Iterator[str]:
    yield "## Retrieval comparison" if not comparison.pairs[0].pair.baseline.answers else "## Answer comparison"
    yield ""
    for result in gates:
        yield f"- {_SIGNS[result.status]} {_cell(gate_sentence(result))}"
    if gates:
        yield ""
    for found in comparison.pairs:
        yield from _pair(found)
    yield summary(comparison)


def _pair(found: PairComparison) -> Iterator[str]:
    yield f"### {_cell(headline(found))}"
    for each in (found.overall, *found.slices):
        yield ""
        if found.slices:
            yield f"**{_cell(each.name)}** ({each.queries} queries)\n"
        yield from _table(COLUMNS, [difference_cells(row) for row in each.differences])
    yield ""
    if words := latency_words(found.latency):
        yield f"{words}\n"
    if found.changed:
        yield f"<details><summary>The {len(found.changed)} queries that changed most</summary>\n"
        for query in found.changed:
            yield from _changed(query)
        yield "</details>\n"


def _changed(query: ChangedQuery) -> Iterator[str]:
    yield f"**{_cell(query.subject.id)}** {_cell(query.subject.text)}  "
    yield f"{_cell(change_words(query))}\n"
    if query.before_answer or query.after_answer:
        rows = [(query.before_answer, query.after_answer)]
    else:
        ranked = zip_longest(query.before_ranking, query.after_ranking)
        rows = [(entry_words(before).strip(), entry_words(after).strip()) for before, after in ranked]
    if rows:
        yield from _table(["baseline", "variant"], rows)
        yield ""


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"


def _cell(text: str) -> str:
    """Text of a document cannot end a cell, open a tag or call a person."""
    line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _CALL.sub("&#64;", _MARKUP.sub(r"\\\g<0>", line))
