"""``citedesk kb reindex``, ``rollback`` and ``forget-previous``: which edition of a knowledge base answers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from api.console import Console, Progress, command
from api.owner import address_of_owner

if TYPE_CHECKING:
    from answer.assemble import Desk
    from store.editions import Edition


@click.command()
@click.argument("name", default="default")
@command
def reindex(console: Console, name: str) -> None:
    """Cut and embed anew as the settings say now.

    The old edition answers until the new one is complete, then all of it is switched in one step.
    """
    steps = {"cut": Progress(console, "documents cut"), "read": Progress(console, "texts read")}
    with console.desk() as desk:
        desk.catalog.require_kb(name)
        address_of_owner(desk)  # a service keeps them; another command is waited for
        done = desk.editions.reindex(name, told=lambda build: steps[build.step](build.done, build.total))
        document = {
            "kb": name,
            "edition": edition_document(desk, done.edition),
            "switched": done.switched,
            "cut": done.build.cut,
            "read": done.build.read,
        }

    def show() -> None:
        if done.switched:
            click.echo(f"edition {done.edition.id} of {name} answers now; `citedesk kb rollback {name}` goes back")
        elif done.edition.state.value == "staged":
            click.echo(f"edition {done.edition.id} of {name} is complete; the running service switches to it")
        else:
            click.echo(f"edition {done.edition.id} of {name} is what the settings say")
        click.echo(f"{done.build.cut} documents cut anew, {done.build.read} texts read")

    console.result(document, show)


@click.command()
@click.argument("name", default="default")
@command
def rollback(console: Console, name: str) -> None:
    """Let the edition before answer again, at once.

    Documents that changed or were deleted since stay as they are. The next ingestion keeps to this edition until the
    settings change or `citedesk kb reindex` is asked for; a second rollback goes forward again.
    """
    with console.desk() as desk:
        desk.catalog.require_kb(name)
        address_of_owner(desk)  # a service keeps them; another command is waited for
        edition = desk.editions.rollback(name)
        document = edition_document(desk, edition)
        differs = differences(desk, edition)

    def show() -> None:
        click.echo(f"edition {edition.id} of {name} answers again")
        show_edition(document, differs)

    console.result({"kb": name, "edition": document, "differs": differs}, show)


@click.command("forget-previous")
@click.argument("name", default="default")
@command
def forget_previous(console: Console, name: str) -> None:
    """Give back the space of the edition before; there is no going back to it then."""
    with console.desk() as desk:
        desk.catalog.require_kb(name)
        address_of_owner(desk)  # a service keeps them; another command is waited for
        forgotten = desk.editions.forget_previous(name)
    number = None if forgotten is None else forgotten.id
    said = f"{name} keeps no previous edition" if number is None else f"forgot edition {number} of {name}"
    console.result({"kb": name, "forgotten": number}, lambda: click.echo(said))


def edition_document(desk: "Desk", edition: "Edition") -> dict[str, object]:
    """One edition for machines. ``behind`` counts documents that are cut otherwise than its recipe says."""
    return {
        "id": edition.id,
        "state": edition.state.value,
        "cut": edition.recipe.cut,
        "embedder": edition.recipe.embedder,
        "fingerprint": edition.recipe.fingerprint,
        "behind": desk.editions.behind(edition),
    }


def differences(desk: "Desk", edition: "Edition") -> list[str]:
    """What the settings say otherwise than the edition that answers, in words."""
    from ingest.known import cut_name
    from ingest.token_count import counter_name
    from retrieval.encoders import lasting_name

    recipe, found = edition.recipe, []
    cut = cut_name(desk.settings.ingest, counter_name(desk.embedder))
    embedder = lasting_name(desk.settings.retrieval.embedder)
    if recipe.cut != cut:
        found.append(f"{recipe.cut}, the settings say {cut}")
    # A name may stand for the same model; the fingerprint of another costs reading it.
    if recipe.embedder != embedder and recipe.fingerprint != desk.embedder.fingerprint:
        found.append(f"embedder {recipe.embedder or 'packaged'!r}, the settings say {embedder or 'packaged'!r}")
    return found


def show_edition(document: Mapping[str, object], differs: list[str]) -> None:
    """What an operator has to know of the edition that answers."""
    if document["behind"]:
        click.echo(f"{document['behind']} documents are cut otherwise; the next `citedesk ingest` brings them up")
    for each in differs:
        click.echo(f"it answers with {each}")
