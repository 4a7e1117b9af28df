"""Search and answer documents as text for people."""

import unicodedata
from collections.abc import Mapping
from typing import Any

import click

_STATUS = {
    "answered": ("answered", "green"),
    "insufficient_evidence": ("not in the documents", "yellow"),
    "refused": ("refused", "yellow"),
    "unavailable": ("unavailable", "red"),
}
_SHOWN_CHARS = 300


def show_hits(document: Mapping[str, Any], *, explain: bool = False) -> None:
    """Each hit with its place, score and the beginning of its text."""
    for number, hit in enumerate(document["hits"], start=1):
        click.secho(f"{number}. {_place(hit)}", bold=True, nl=False)
        click.secho(f"  {hit['stage']} {hit['score']:.3f}", dim=True)
        if explain:
            scores = ", ".join(f"{stage} {score:.3f}" for stage, score in hit["scores"].items())
            click.secho(f"   {scores or 'no earlier stage'}", dim=True)
        click.echo(f"   {_shortened(hit['text'])}")
        if hit["also_in"]:
            click.secho(f"   the same in {', '.join(map(visible, hit['also_in']))}", dim=True)
    left = document.get("passages_left")
    if left is not None and (explain or not document["hits"]):
        click.secho(f"the filter left {left:,} passages", dim=True)
    if not document["hits"]:
        click.echo("nothing found")
    _show_degraded(document)


def show_answer(document: Mapping[str, Any]) -> None:
    """Status, claims and, below each claim, where its quote stands."""
    label, colour = _STATUS[document["status"]]
    click.secho(label, fg=colour, bold=True, nl=False)
    click.secho(
        f"  (probability {document['probability']:.2f}, {document['timings_ms'].get('total', 0):.0f} ms)", dim=True
    )
    for claim in document["claims"]:
        click.echo(f"\n{claim['text']}")
        for citation in claim["citations"]:
            click.secho(f"  [{citation['evidence']}] {_place(citation)}", fg="cyan")
            click.secho(f"      “{_shortened(citation['quote'])}”", dim=True)
    if document["status"] == "unavailable":
        click.echo(document["reason"])
    if document["status"] == "insufficient_evidence" and document["evidence"]:
        click.echo("\nThe documents do not say. Nearest passages:")
        for evidence in document["evidence"][:3]:
            click.secho(f"  {_place(evidence)}", fg="cyan")
    _show_degraded(document)


def visible(name: str) -> str:
    """A name on one line: control and direction marks, which could break a row or reverse a name, are spelt out."""
    hidden = ("Cc", "Cf", "Zl", "Zp")
    return "".join(ascii(c)[1:-1] if unicodedata.category(c) in hidden else c for c in name)


def _place(item: Mapping[str, Any]) -> str:
    """Document, heading path and page; the title once, though it is the first heading of most documents."""
    headings = [visible(heading) for heading in item["heading_path"] if heading != item["title"]]
    page = f", page {item['page']}" if item["page"] else ""
    return " › ".join([visible(item["source"]), *headings]) + page


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN_CHARS else flat[:_SHOWN_CHARS] + " …"


def _show_degraded(document: Mapping[str, Any]) -> None:
    if document["degraded"]:
        click.secho(f"\nDone without: {', '.join(document['degraded'])}", fg="yellow", err=True)
