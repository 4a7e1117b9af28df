"""Hits and how they came about, as text for people. The explanations keep to the terminal's width, of which a Chinese
character takes two columns."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import click

from api.show import place, shortened, show_degraded, visible

_TERMS = 6
_STAGES = ("lexical", "dense", "fused", "late_interaction", "cross_encoder", "reranked")
# The joins read what an index found out of the record.
_STEPS = ("embed", "lexical", "lexical_join", "vectors", "dense", "dense_join", "fuse", "retrieve", "rerank")

Rows: TypeAlias = Sequence[tuple[str, str]]


def show_hits(document: Mapping[str, Any], *, explain: bool = False) -> None:
    """Each hit with its place, score and the beginning of its text; with ``explain``, how it came about."""
    explanation = document.get("explanation")
    accounts = explanation["hits"] if explain and explanation else [None] * len(document["hits"])
    for number, (hit, account) in enumerate(zip(document["hits"], accounts, strict=True), start=1):
        click.secho(f"{number}. {place(hit)}", bold=True, nl=False)
        click.secho(f"  {hit['stage']} {hit['score']:.3f}", dim=True)
        if account:
            _show_account(account)
        click.echo(f"   {shortened(hit['text'])}")
        if hit["also_in"]:
            click.secho(f"   the same in {', '.join(map(visible, hit['also_in']))}", dim=True)
    left = document.get("passages_left")
    if left is not None and not document["hits"]:
        click.secho(f"the filter left {left:,} passages", dim=True)
    if not document["hits"]:
        click.echo("nothing found")
    if explain and explanation:
        _show_search(explanation, left)
    if explanation and explanation["why"]:
        _show_why(explanation["why"])
    show_degraded(document)


def _show_account(account: Mapping[str, Any]) -> None:
    """Ranks and terms of one hit, and the passages that it stands for."""
    copies = ", ".join(f"{visible(copy['source'])} {copy['chunk_id']}" for copy in account["copies"])
    _show([("ranks", _ranks(account["places"])), ("terms", _terms(account["terms"])), ("copies", copies)])


def _show_search(explanation: Mapping[str, Any], left: int | None) -> None:
    """What was looked for, in how much, with which weights, in which time; ``left`` is what the filter left."""
    found = ", ".join(f"{arm} {n:,}" for arm, n in explanation["candidates"].items())
    alone = [f"{visible(each['condition'])} leaves {each['passages']:,}" for each in explanation["filter"]]
    filter = "; ".join([*alone, f"together {left:,}"]) if left is not None else ""
    rows = [
        ("terms", ", ".join(explanation["terms"])),
        ("candidates", f"{found} of {explanation['passages']:,} passages"),
        ("filter", filter),
        ("weights", _weights(explanation["weights"])),
        ("reranked", _steps(explanation["reranked"])),
        ("time", _times(explanation["timings_ms"])),
    ]
    _show(rows, title="How they were found")


def _show_why(why: Mapping[str, Any]) -> None:
    """What became of the passage that was asked for."""
    lost = "it is shown" if why["lost_at"] == "nowhere" else f"lost at: {why['lost_at']}"
    rows = [
        (lost, visible(why["reason"])),
        ("passage", f"{why['chunk_id']} of {visible(why['source'])}" if why["chunk_id"] else ""),
        ("ranks", _ranks(why["places"])),
        ("terms", _terms(why["terms"])),
    ]
    _show(rows, title=f"Why {visible(why['asked'])}")


def _ranks(places: Mapping[str, Any]) -> str:
    return ", ".join(f"{_words(stage)} {_rank(places[stage])}" for stage in _STAGES if stage in places)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _steps(reranked: Mapping[str, int]) -> str:
    """What each step of reranking read; one step alone needs no words."""
    if len(reranked) < 2:
        return ""
    return ", ".join(f"{_words(step)} {count:,}" for step, count in reranked.items() if step != "reranked")


def _rank(place: Mapping[str, Any]) -> str:
    return f"{'deeper' if place['rank'] is None else format(place['rank'], ',')} ({place['score']:.3f})"


def _terms(terms: Sequence[Mapping[str, Any]]) -> str:
    shown = [
        f"{each['term']} {each['score']:.2f} (idf {each['idf']:.1f}, {each['count']} here, in {each['passages']:,})"
        for each in terms
    ]
    rest = sum(each["score"] for each in terms[_TERMS:])
    more = [f"{len(terms) - _TERMS} more {rest:.2f}"] if rest else []
    return ", ".join(shown[:_TERMS] + more)


def _weights(weights: Mapping[str, Any] | None) -> str:
    if weights is None:
        return ""
    question, passages = weights["question_legible"], weights["passages_legible"]
    read = f"the embedder reads {question:.0%} of the query, {passages:.0%} of the first passages"
    codes = f"; {weights['identifiers']:.0%} of the query are identifiers" if weights["identifiers"] else ""
    return f"lexical 1, dense {weights['dense']:.2f}: {read}{codes}"


def _times(timings: Mapping[str, float]) -> str:
    return ", ".join(f"{_words(step)} {timings[step]:.1f}" for step in _STEPS if step in timings) + " ms"


def _show(rows: Rows, title: str = "") -> None:
    """Labels on the left, each text beside its label; a row without text is left out."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for label, text in rows:
        if text:
            grid.add_row(Text(label, no_wrap=True), Text(text, overflow="fold"))
    console = Console(file=sys.stdout, highlight=False, markup=False)
    if title:
        console.print(Text(f"\n{title}", style="bold"))
    console.print(Padding(grid, (0, 0, 0, 3)), style="dim")
