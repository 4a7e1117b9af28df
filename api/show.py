"""Answer documents as text for people, and what the other texts share with them."""

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


def show_answer(document: Mapping[str, Any], asked: str = "") -> None:
    """Status, claims and, below each claim, where its quote stands; then what to do next.

    ``asked`` is the question as it was written, to tell where it was understood as another one.
    """
    label, colour = _STATUS[document["status"]]
    click.secho(label, fg=colour, bold=True, nl=False)
    click.secho(
        f"  (probability {document['probability']:.2f}, {document['timings_ms'].get('total', 0):.0f} ms)", dim=True
    )
    if asked and document["question"] != asked.strip():
        click.secho(f"understood as: {document['question']}", dim=True)
    for claim in document["claims"]:
        click.echo(f"\n{claim['text']}")
        for citation in claim["citations"]:
            _show_citation(citation)
    for conflict in document["conflicts"] if document["claims"] else ():
        _show_conflict(conflict)
    if document["status"] == "unavailable":
        click.echo(document["reason"])
    if poisoned := {quarantined["chunk_id"] for quarantined in document["quarantined"]} - {""}:
        held = [item for item in document["evidence"] if item["chunk_id"] in poisoned]
        click.secho(f"\nKept from the model, they give orders: {', '.join(map(place, held))}", fg="yellow")
    if document["status"] == "refused":
        click.echo("The question only gives orders to the assistant. Ask what the documents may answer.")
    else:
        _show_next_step(document["next_step"], document["reason"])
    if document["status"] == "insufficient_evidence" and not document["next_step"]["hand_off"]:
        click.echo("\nNearest passages:")
        for evidence in document["evidence"][:3]:
            click.secho(f"  {place(evidence)}", fg="cyan")
    show_degraded(document)


def _show_citation(citation: Mapping[str, Any]) -> None:
    click.secho(f"  [{citation['evidence']}] {place(citation)}", fg="cyan")
    click.secho(f"      “{shortened(citation['quote'])}”", dim=True)


def _show_conflict(conflict: Mapping[str, Any]) -> None:
    click.secho(f"\n! {conflict['text']}", fg="yellow")
    for side in conflict["sides"]:
        _show_citation(side["citation"])


def _show_next_step(step: Mapping[str, Any], reason: str) -> None:
    """What is not simply to be sent: the question to ask, or the packet for a person."""
    if step["step"] == "answer":
        return
    why = f"  ({reason})" if reason else ""
    click.secho(f"\n→ {step['step'].replace('_', ' ')}", bold=True, nl=False)
    click.secho(why, dim=True)
    click.echo(f"  {step['text']}")
    if step["question"] and step["question"] != step["text"]:
        click.echo(f"  “{step['question']}”")
    for option in step["options"]:
        click.echo(f"    - {option}")
    if step["hand_off"]:
        _show_packet(step["hand_off"])


def _show_packet(packet: Mapping[str, Any]) -> None:
    for tried in packet["tried"]:
        click.secho(f"  · {tried}", dim=True)
    for citation in packet["passages"]:
        _show_citation(citation)


def visible(name: str) -> str:
    """A name on one line: control and direction marks, which could break a row or reverse a name, are spelt out."""
    hidden = ("Cc", "Cf", "Zl", "Zp")
    return "".join(ascii(c)[1:-1] if unicodedata.category(c) in hidden else c for c in name)


def place(item: Mapping[str, Any]) -> str:
    """Document, heading path and page; the title once, though it is the first heading of most documents."""
    headings = [visible(heading) for heading in item["heading_path"] if heading != item["title"]]
    page = f", page {item['page']}" if item["page"] else ""
    return " › ".join([visible(item["source"]), *headings]) + page


def shortened(text: str) -> str:
    """The beginning of a text, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN_CHARS else flat[:_SHOWN_CHARS] + " …"


def show_degraded(document: Mapping[str, Any]) -> None:
    """Say which parts were done without, on standard error."""
    if document["degraded"]:
        click.secho(f"\nDone without: {', '.join(document['degraded'])}", fg="yellow", err=True)
