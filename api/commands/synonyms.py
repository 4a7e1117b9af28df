"""``citedesk kb synonyms``: what an operator says means the same."""

import sys

import click

from api.console import Console, command


@click.command()
@click.argument("name", default="default")
@click.option("--set", "file", type=click.Path(), help="Take the list in this file ('-' for standard input).")
@click.option("--clear", is_flag=True, help="Take the list away.")
@command
def synonyms(console: Console, name: str, file: str | None, clear: bool) -> None:
    """Show or set the synonyms of a knowledge base.

    One group a line, its phrases between commas: `VPN, virtual private network, 虚拟专用网`. A question that names one
    is asked for the others as well, at less weight. Searches use a new list at once; nothing is indexed again.
    """
    from core.errors import InvalidInput
    from core.synonyms import Synonyms, parse_synonyms
    from store.synonyms import SynonymLists

    if file is not None and clear:
        raise InvalidInput("--set and --clear exclude each other")
    new = parse_synonyms(_read(file)) if file is not None else Synonyms()
    with console.desk() as desk:
        lists = SynonymLists(desk.catalog)
        if file is not None or clear:
            lists.put(name, new)
        groups = lists.of(name).groups

    def show() -> None:
        for group in groups:
            click.echo(", ".join(group))
        if not groups:
            click.echo(f"{name} has no synonyms; `citedesk kb synonyms {name} --set FILE` takes a list")

    console.result({"name": name, "groups": [list(group) for group in groups]}, show)


def _read(file: str) -> str:
    """Raises ``InvalidInput`` where there is no such text."""
    from pathlib import Path

    from core.errors import InvalidInput

    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the synonyms in {file!r} cannot be read: {error}; give a text file in UTF-8") from error
