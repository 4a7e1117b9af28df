"""``citedesk search`` and ``citedesk ask``: here, or by the process that owns the indexes."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.console import EXIT_DEPENDENCY, Console, command
from api.show import show_answer
from api.show_search import show_hits

if TYPE_CHECKING:
    from answer.assemble import Desk
    from core.types import ContextBlock, Filter

_where = click.option(
    "--where",
    multiple=True,
    metavar="NAME=VALUE",
    help="Only documents with this: product=X, language=zh, source='zh/*', format=pdf, kind=faq or other metadata; != "
    "for none of them. Repeatable: all names must hold, of one name any value.",
)
_as_of = click.option("--as-of", default="", metavar="DAY", help="Only documents that are valid on this day.")
_STAGES = ("lexical", "dense", "hybrid", "rerank")


@click.command()
@click.argument("query")
@click.option("--kb", default="default", show_default=True, help="Knowledge base.")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1_000), help="Hits.")
@click.option("--stage", type=click.Choice(_STAGES), default="rerank", show_default=True)
@_where
@_as_of
@click.option(
    "--explain", is_flag=True, help="Rank and score of each hit in each stage, its terms, and how it was found."
)
@click.option("--why", default="", metavar="ID|SOURCE", help="Why this passage or document is among the hits or not.")
@command
def search(
    console: Console,
    query: str,
    kb: str,
    k: int,
    stage: str,
    where: tuple[str, ...],
    as_of: str,
    explain: bool,
    why: str,
) -> None:
    """Show the passages that a question finds."""
    from core.filtering import parse_filter

    filter = parse_filter(where, as_of)

    def here(desk: "Desk") -> Mapping[str, Any]:
        from api.searching import searched
        from core.types import SearchStage
        from store.kb_key import KbKey

        return searched(desk, KbKey(kb), query, k, SearchStage(stage), filter, explain=explain, why=why)

    body = {"query": query, "kb": kb, "k": k, "stage": stage, **_filter_body(filter), **_explain_body(explain, why)}
    document = _here_or_there(console, here, "/v1/search", body)
    console.result(document, lambda: show_hits(document, explain=explain))


@click.command()
@click.argument("question")
@click.option("--kb", default="default", show_default=True, help="Knowledge base.")
@click.option("--after", multiple=True, metavar="QUESTION", help="An earlier question of the conversation; repeatable.")
@click.option(
    "--context",
    "context_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help='What is known of the case, as JSON: [{"name": "customer", "data": {"plan": "Team"}}]. It is never cited.',
)
@_where
@_as_of
@command
def ask(
    console: Console,
    question: str,
    kb: str,
    after: tuple[str, ...],
    context_file: Path | None,
    where: tuple[str, ...],
    as_of: str,
) -> int:
    """Answer a question; every claim is shown with the quote that proves it, and what to do next."""
    from core.filtering import parse_filter

    filter = parse_filter(where, as_of)
    context = _context(context_file) if context_file else ()

    def here(desk: "Desk") -> Mapping[str, Any]:
        from api.schemas import ask_document
        from core.types import Question, Turn

        history = tuple(Turn(role="user", content=text) for text in after)
        asked = Question(text=question, kb=kb, history=history, filter=filter, context=context)
        return ask_document(asyncio.run(desk.ask(asked)))

    turns = [{"role": "user", "content": text} for text in after]
    body = {"question": question, "kb": kb, "history": turns, **_filter_body(filter), **_context_body(context)}
    document = _here_or_there(console, here, "/v1/ask", body)
    console.result(document, lambda: show_answer(document, asked=question))
    return EXIT_DEPENDENCY if document["status"] == "unavailable" else 0


def _context(path: Path) -> "tuple[ContextBlock, ...]":
    from answer.conversation.context import context_blocks
    from core.errors import InvalidInput, NotFound

    try:
        return context_blocks(json.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {str(path)!r} to read the context from") from error
    except ValueError as error:
        raise InvalidInput(f"{path} is no JSON in UTF-8: {error}") from error


def _context_body(context: "tuple[ContextBlock, ...]") -> dict[str, object]:
    """Nothing where there is none, so that an older service answers too."""
    return {"context": [{"name": block.name, "data": dict(block.data)} for block in context]} if context else {}


def _filter_body(filter: "Filter | None") -> dict[str, object]:
    """As a service takes it; nothing where nothing is asked for, so that an older service answers too."""
    if filter is None:
        return {}
    asked: dict[str, object] = {"as_of": filter.as_of.isoformat()} if filter.as_of else {}
    for key, negated in (("where", False), ("without", True)):
        asked[key] = {each.name: list(each.values) for each in filter.conditions if each.negated is negated}
    return {"filter": asked}


def _explain_body(explain: bool, why: str) -> dict[str, object]:
    return {"explain": True, "why": why} if explain or why else {}


def _here_or_there(
    console: Console, here: "Callable[[Desk], Mapping[str, Any]]", path: str, body: Mapping[str, object]
) -> Mapping[str, Any]:
    """The result of this process or, where a service owns the indexes, of that service."""
    from api.owner import address_of_owner

    with console.desk() as desk:
        desk.catalog.require_kb(str(body["kb"]))
        if address := address_of_owner(desk):
            from api.operator_token import operator_token
            from api.remote import post

            return post(address + path, body, operator_token(desk.settings.home))
        return here(desk)
