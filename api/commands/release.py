"""``citedesk release check``: what would be lost if these settings went live."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

from api.commands.feedback import said_of
from api.console import EXIT_FAILURES, Console, Progress, command
from api.show import shortened, visible

if TYPE_CHECKING:
    from answer.assemble import Desk
    from core.settings import Settings
    from eval.feedback.release import Release


@click.group()
def release() -> None:
    """Check what is about to go live."""


@release.command()
@click.option("--kb", default="default", show_default=True, help="Whose liked answers are asked again.")
@click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="A setting, by its dotted name.")
@click.option("--prompt", default="", help="Variant of the prompt, as in prompts.weights.")
@click.option("-n", "limit", default=200, show_default=True, type=click.IntRange(1), help="The newest so many.")
@click.option("--allow", default=0, show_default=True, type=click.IntRange(0), help="So many may be lost.")
@command
def check(console: Console, kb: str, assignments: tuple[str, ...], prompt: str, limit: int, allow: int) -> int:
    """Ask the questions of answers that people liked again, with other settings, another prompt or another index.

    Nothing goes live by it: settings hold for this command only, and where a service is running, or passages would be
    cut or embedded otherwise, a copy of the knowledge base is asked, which costs its indexing. An answer is lost where
    it is none any more, cites none of the quotes that were liked, or answers where a no was liked. Ends with 1 where
    more are lost than --allow says. What went live goes back by `citedesk kb rollback` and by the settings of before.
    """
    from core.errors import NotFound
    from core.settings import load_settings
    from eval.feedback.release import check_release, liked
    from eval.runs.overrides import overridden

    settings = overridden(load_settings(console.home), assignments)
    settings = _with_prompt(settings, prompt) if prompt else settings
    with console.desk() as desk:
        desk.catalog.require_kb(kb)
        chosen = liked(said_of(desk, kb, since=0.0, rating="up"), limit=limit)
    if not chosen:
        raise NotFound(f"nobody liked an answer from {kb!r} yet; `citedesk feedback list --rating up` shows those")
    with _candidate(console, settings, kb) as desk:
        told = Progress(console, "answers")
        found = asyncio.run(check_release(chosen, desk.replay_document, told=told))
    document = _document(kb, found, allow)
    console.result(document, lambda: _show(document))
    return 0 if document["passed"] else EXIT_FAILURES


def _with_prompt(settings: "Settings", variant: str) -> "Settings":
    """Raises ``InvalidInput`` for a variant that is not there, and where no model would be asked with it."""
    from answer.prompting.prompt_choice import Prompts
    from core.errors import InvalidInput

    if not settings.llm.base_url:
        raise InvalidInput(f"--prompt {variant!r}: no model is configured, so no prompt is used; set llm.base_url")
    weights = Prompts(settings.prompts.folder, {variant: 1.0}).weights
    return settings.model_copy(update={"prompts": settings.prompts.model_copy(update={"weights": weights})})


@contextmanager
def _candidate(console: Console, settings: "Settings", kb: str) -> "Iterator[Desk]":
    """The home with these settings, or a copy of it. Raises ``InvalidInput`` for settings that cannot be used."""
    from answer.assemble import Desk
    from api.owner import address_of_owner
    from eval.feedback.candidate import changes_passages, copied

    with closing(Desk(settings)) as desk:
        if not (changes_passages(desk, kb) or address_of_owner(desk)):
            yield desk
            return
    console.note(f"asking a copy of {kb}, which is indexed first")
    steps = {"cut": Progress(console, "documents cut"), "read": Progress(console, "texts read")}
    with copied(settings, kb, told=lambda build: steps[build.step](build.done, build.total)) as desk:
        yield desk


def _document(kb: str, found: "Release", allow: int) -> dict[str, Any]:
    from eval.feedback.release import Outcome

    counts = {outcome.value: found.count(outcome) for outcome in Outcome}
    return {
        "kb": kb,
        "checked": len(found.checked),
        **counts,
        "passed": counts["lost"] <= allow,
        "origin": list(found.origin),
        "answers": [
            {
                "feedback_id": each.feedback_id,
                "trace_id": each.trace_id,
                "question": each.question,
                "outcome": each.outcome.value,
                "why": each.why,
                "differences": {stage: list(words) for stage, words in each.differences.items()},
            }
            for each in found.checked
        ],
    }


def _show(document: Mapping[str, Any]) -> None:
    for words in document["origin"]:
        click.echo(visible(words))
    for outcome, colour in (("changed", "yellow"), ("lost", "red")):
        for each in document["answers"]:
            if each["outcome"] == outcome:
                click.secho(f"{outcome}: {visible(shortened(each['question']))}", fg=colour)
                _show_why(each["why"], each["differences"])
    liked = "1 liked answer" if document["checked"] == 1 else f"{document['checked']} liked answers"
    counts = f"{document['kept']} kept, {document['changed']} changed, {document['lost']} lost"
    click.secho(f"{liked}: {counts}", bold=True)


def _show_why(why: str, differences: Mapping[str, Sequence[str]]) -> None:
    click.echo(f"  {visible(why)}")
    for stage, words in differences.items():
        more = f" (and {len(words) - 1} more)" if len(words) > 1 else ""
        click.echo(f"  {stage}: {visible(shortened(words[0]))}{more}")
