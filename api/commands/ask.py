"""``citedesk search`` and ``citedesk ask``: here, or by the process that owns the indexes."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from api.console import EXIT_DEPENDENCY, WAIT_SECONDS, Console, command
from api.show import show_answer, show_hits

if TYPE_CHECKING:
    from answer.assemble import Desk

_STAGES = ("lexical", "dense", "hybrid", "rerank")


@click.command()
@click.argument("query")
@click.option("--kb", default="default", show_default=True, help="Knowledge base.")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1_000), help="Hits.")
@click.option("--stage", type=click.Choice(_STAGES), default="rerank", show_default=True)
@click.option("--explain", is_flag=True, help="The score that each stage gave.")
@command
def search(console: Console, query: str, kb: str, k: int, stage: str, explain: bool) -> None:
    """Show the passages that a question finds."""

    def here(desk: "Desk") -> Mapping[str, Any]:
        from api.schemas import search_document
        from core.types import SearchStage

        return search_document(desk.search(kb, query, k, SearchStage(stage)))

    body = {"query": query, "kb": kb, "k": k, "stage": stage}
    document = _here_or_there(console, here, "/v1/search", body)
    console.result(document, lambda: show_hits(document, explain=explain))


@click.command()
@click.argument("question")
@click.option("--kb", default="default", show_default=True, help="Knowledge base.")
@click.option("--after", multiple=True, metavar="QUESTION", help="An earlier question of the conversation; repeatable.")
@command
def ask(console: Console, question: str, kb: str, after: tuple[str, ...]) -> int:
    """Answer a question; every claim is shown with the quote that proves it."""

    def here(desk: "Desk") -> Mapping[str, Any]:
        from api.schemas import ask_document
        from core.types import Question, Turn

        history = tuple(Turn(role="user", content=text) for text in after)
        return ask_document(asyncio.run(desk.ask(Question(text=question, kb=kb, history=history))))

    body = {"question": question, "kb": kb, "history": [{"role": "user", "content": text} for text in after]}
    document = _here_or_there(console, here, "/v1/ask", body)
    console.result(document, lambda: show_answer(document))
    return EXIT_DEPENDENCY if document["status"] == "unavailable" else 0


def _here_or_there(
    console: Console, here: "Callable[[Desk], Mapping[str, Any]]", path: str, body: Mapping[str, object]
) -> Mapping[str, Any]:
    """The result of this process or, where a service owns the indexes, of that service."""
    from core.errors import IndexLocked

    with console.desk() as desk:
        desk.catalog.require_kb(str(body["kb"]))
        owner = desk.owner()
        try:
            desk.own(wait_seconds=0.2 if owner and owner.address else WAIT_SECONDS)
        except IndexLocked:
            owner = desk.owner()
            if owner is None or not owner.address:
                raise
            from api.remote import post

            return post(owner.address + path, body)
        return here(desk)
