"""``citedesk documents``: what was understood of each file, and what was not."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from api.console import EXIT_FAILURES, Console, command
from api.show import visible

if TYPE_CHECKING:
    from core.types import Chunk, Document
    from store.duplicates import Duplicate
    from store.source_state import SourceState

_SHOWN = ("source", "content_hash", "pipeline", "outcome", "reason", "parser", "size", "mtime_ns")
_NAMED = 5


@click.group()
def documents() -> None:
    """List, show and delete documents."""


@documents.command("list")
@click.option("--kb", default="default", show_default=True, help="Knowledge base.")
@click.option("--failed", is_flag=True, help="Only files that gave no document, with the reason.")
@command
def list_(console: Console, kb: str, failed: bool) -> None:
    """Every file of a knowledge base and what became of it."""
    with console.desk() as desk:
        states = list(desk.source_states(kb).values())
        ids = desk.document_ids(kb)
        copies = desk.duplicates(kb)
    shown = [state for state in states if not failed or state.outcome.value != "ingested"]
    rows = [_as_row(state, ids.get(state.source), copies.get(state.source, ())) for state in shown]

    def show() -> None:
        for state in shown:
            reason = f"  {state.reason}" if state.reason else ""
            click.echo(f"{state.outcome.value:12} {ids.get(state.source, '-'):32} {visible(state.source)}{reason}")
            for line in _lines(copies.get(state.source, ())):
                click.secho(f"{'':45} {line}", dim=True)
        click.echo(f"{len(shown)} of {len(states)} files", err=True)

    console.result({"documents": rows}, show)


@documents.command()
@click.argument("document")
@click.option("--kb", default="default", show_default=True, help="Knowledge base, where a source is given.")
@command
def show(console: Console, document: str, kb: str) -> None:
    """What was understood of DOCUMENT (an id or a source): headings, tables and passages."""
    from api.document_json import document_json

    with console.desk() as desk:
        found, passages = desk.document(desk.document_ids(kb).get(document, document))
        copies = desk.duplicates(found.kb).get(found.source, ())
    document_ = document_json(found, passages) | {"duplicates": _as_json(copies)}
    console.result(document_, lambda: _show(found, passages, copies))


@documents.command()
@click.argument("sources", nargs=-1, required=True)
@click.option("--kb", default="default", show_default=True, help="Knowledge base.")
@command
def delete(console: Console, sources: tuple[str, ...], kb: str) -> int:
    """Remove documents by source; they stop answering at once."""
    with console.desk() as desk:
        missing = sorted(set(sources) - desk.source_states(kb).keys())
        count = desk.delete_documents(kb, sources)

    def show() -> None:
        click.echo(f"{count} documents deleted")
        for source in missing:
            click.echo(f"  no document {source!r} in {kb}")

    console.result({"deleted": count, "missing": missing}, show)
    return EXIT_FAILURES if missing else 0


def _as_row(state: "SourceState", document: str | None, copies: "Sequence[Duplicate]") -> dict[str, object]:
    shown = {name: getattr(state, name) for name in _SHOWN} | {"outcome": state.outcome.value}
    return shown | {"document_id": document, "duplicates": _as_json(copies)}


def _as_json(copies: "Sequence[Duplicate]") -> list[dict[str, object]]:
    return [{"source": copy.source, "similarity": round(copy.similarity, 2)} for copy in copies]


def _lines(copies: "Sequence[Duplicate]") -> Iterator[str]:
    """What is said of a document's duplicates, the first few of each kind."""
    same = [visible(copy.source) for copy in copies if copy.similarity == 1]
    near = [f"{visible(copy.source)} ({copy.similarity:.0%})" for copy in copies if copy.similarity < 1]
    for words, names in (("says the same as", same), ("is much like", near)):
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield f"{words} {', '.join(names[:_NAMED])}{more}"


def _show(document: "Document", passages: "list[Chunk]", copies: "Sequence[Duplicate]") -> None:
    click.secho(document.title, bold=True)
    click.echo(f"{visible(document.source)}  {document.language}  {len(document.text):,} characters  id {document.id}")
    for name, value in document.metadata.items():
        click.echo(f"  {name}: {value}")
    for line in _lines(copies):
        click.echo(f"  {line}")
    for chunk in passages:
        page = f", page {chunk.page}" if chunk.page else ""
        path = " › ".join(chunk.heading_path)
        click.secho(f"\n[{chunk.ordinal}] {path} ({chunk.kind.value}, {chunk.token_count} tokens{page})", fg="cyan")
        click.echo(chunk.text)
