"""Traces and replays as text for people."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from api.show import shortened, visible
from api.traced import iso

_HITS = 10
_LABEL = 11


def show_traces(document: Mapping[str, Any]) -> None:
    """One line each, the newest first."""
    for line in document["traces"]:
        click.secho(f"{line['trace_id']}  {line['created_at']}  ", dim=True, nl=False)
        click.echo(f"{line['kb']}  {line['status']}  {visible(shortened(line['question']))}")
    if not document["traces"]:
        click.echo("no traces are kept")


def show_trace(document: Mapping[str, Any]) -> None:
    """The way of one answer, stage by stage."""
    origin, ending = document["origin"], document["ending"]
    _row("asked", f"{iso(document['at'])} of {document['question']['kb']}: {visible(document['question']['text'])}")
    for turn in document["question"]["history"]:
        _row("", f"after {turn['role']}: {visible(shortened(turn['content']))}")
    if document["stand_alone"] != document["question"]["text"]:
        _row("searched", visible(document["stand_alone"]))
    _row("by", f"citedesk {origin['release']}, settings {origin['fingerprint']}, edition {origin['edition']}")
    _show_hits(document["hits"])
    for exchange in document["exchanges"]:
        _show_exchange(exchange)
    for verdict in document["verdicts"]:
        judged = f"proven, support {verdict['support']:.2f}" if verdict["proven"] else f"dropped: {verdict['reason']}"
        _row("claim", f"{judged}: {visible(shortened(verdict['text']))}")
    for found in ending["quarantined"]:
        _row("guard", f"{found['kind']} in {found['chunk_id'] or 'the question'}")
    reason = f" ({ending['reason']})" if ending["reason"] else ""
    _row("ended", f"{ending['status']}{reason}, probability {ending['probability']:.2f}")
    for line in ending["text"].splitlines():
        _row("", visible(line))
    _row("took", ", ".join(f"{stage} {value:.1f} ms" for stage, value in ending["timings_ms"].items()))
    if document["redacted"]:
        _row("redacted", f"personal data in: {', '.join(document['redacted'])}")


def show_replay(document: Mapping[str, Any]) -> None:
    """Each stage with what differs; one line where nothing does."""
    for each in document["stages"]:
        differences: Sequence[str] = each["differences"]
        for label, words in zip([each["stage"], *[""] * len(differences)], differences or ["the same"], strict=False):
            _row(label, visible(words), dim=not differences)
    if document["same"]:
        click.secho("nothing differs", fg="green", bold=True)
    else:
        differing = ", ".join(each["stage"] for each in document["stages"] if each["differences"])
        click.secho(f"differs in: {differing}", fg="yellow", bold=True)


def _show_hits(hits: Sequence[Mapping[str, Any]]) -> None:
    for hit in hits[:_HITS]:
        page = f", page {hit['page']}" if hit["page"] else ""
        number = f" as [{hit['number']}]" if hit["number"] else ""
        scores = ", ".join(f"{stage} {score:.3f}" for stage, score in hit["scores"].items())
        place = f"{visible(hit['source'])}{page}, {hit['span']['start']}-{hit['span']['end']}"
        _row(f"hit {hit['rank']}", f"{place}{number}: {hit['stage']} {hit['score']:.3f} ({scores})")
    if len(hits) > _HITS:
        _row("", f"and {len(hits) - _HITS} more; --json shows all")


def _show_exchange(exchange: Mapping[str, Any]) -> None:
    usage = exchange["usage"]
    counted = "estimated" if usage["estimated"] else "counted"
    cost = "" if usage["cost"] is None else f", cost {usage['cost']:.6f}"
    _row("model", f"{exchange['model']} by {exchange['prompt']}, words {exchange['digest']}")
    _row("", f"{usage['input_tokens']} tokens in, {usage['output_tokens']} out, {counted}{cost}")
    _row("", f"passages {', '.join(map(str, exchange['shown'])) or 'none'}; ended with {exchange['finish_reason']}")
    _row("", f"said {visible(shortened(exchange['output'])) or 'nothing'}")
    if exchange["error"]:
        _row("", f"failed: {visible(exchange['error'])}")


def _row(label: str, text: str, *, dim: bool = False) -> None:
    click.secho(f"{label:<{_LABEL}}", fg="cyan", nl=False)
    click.secho(text, dim=dim)
