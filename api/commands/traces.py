"""``citedesk traces`` and ``citedesk replay``: how an answer came about, and what would differ now."""

import asyncio
from collections.abc import Mapping
from typing import Any

import click

from api.console import Console, command
from api.show_trace import show_replay, show_trace, show_traces

_STATUSES = ("answered", "insufficient_evidence", "refused", "unavailable")


@click.group()
def traces() -> None:
    """Look into how answers came about; they are kept as long as traces.keep_days and traces.keep say."""


@traces.command("list")
@click.option("--kb", default=None, help="Only of this knowledge base.")
@click.option("--status", type=click.Choice(_STATUSES), default=None, help="Only answers that ended so.")
@click.option("-n", "limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
@command
def list_traces(console: Console, kb: str | None, status: str | None, limit: int) -> None:
    """Show the newest answers."""
    from api.traced import list_document

    with console.desk() as desk:
        document = list_document(desk.tracing.newest(kb, limit=limit, status=status))
    console.result(document, lambda: show_traces(document))


@traces.command()
@click.argument("trace_id")
@command
def show(console: Console, trace_id: str) -> None:
    """Show one answer stage by stage: hits, prompt, output, verdicts, timings."""
    with console.desk() as desk:
        document = desk.tracing.of(trace_id)
    console.result(document, lambda: show_trace(document))


@click.command()
@click.argument("trace_id")
@command
def replay(console: Console, trace_id: str) -> None:
    """Ask the question of TRACE_ID again, of the documents and settings of now, and say what differs."""
    document = _replayed(console, trace_id)
    console.result(document, lambda: show_replay(document))


def _replayed(console: Console, trace_id: str) -> Mapping[str, Any]:
    from api.owner import address_of_owner

    with console.desk() as desk:
        desk.tracing.of(trace_id)  # an unknown one is said before anything is opened
        if address := address_of_owner(desk):
            from api.operator_token import operator_token
            from api.remote import post

            return post(f"{address}/v1/answers/{trace_id}/replay", {}, operator_token(desk.settings.home))
        from api.traced import replay_document

        return replay_document(asyncio.run(desk.replay(trace_id)))
