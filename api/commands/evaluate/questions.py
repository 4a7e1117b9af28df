"""``citedesk eval questions`` and ``citedesk eval accept``: drafted questions, and what a person makes of them."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.console import WAIT_SECONDS, Console, Progress, command

if TYPE_CHECKING:
    from answer.assemble import Desk
    from core.types import Hit
    from eval.draft.draft import Drafted
    from eval.draft.sources import ModelFirst, TemplateQuestions


@click.command()
@click.argument("kb")
@click.option("--n", "count", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Questions at most.")
@click.option("--k", "depth", type=click.IntRange(1, 100), default=10, show_default=True, help="Hits that count.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed draws other passages.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File of the drafts.  [default: print them]"
)
@click.option("--force", is_flag=True, help="Replace the file.")
@click.option("--model/--no-model", default=None, help="Draft by the chat model.  [default: where one is configured]")
@command
def questions(
    console: Console, kb: str, count: int, depth: int, seed: int, out: Path | None, force: bool, model: bool | None
) -> None:
    """Draft questions with their quotes from the knowledge base KB, for people to accept.

    Only questions that bring their own passage back among the first K hits are kept, so they flatter retrieval: use
    them to see changes and to judge answers.
    """
    from eval.draft.draft import as_judged, draft_questions
    from eval.places import writable_folder
    from eval.sets.import_files import refuse_existing, write_lines
    from eval.sets.questions import question_json

    if out is not None:
        refuse_existing([out], force=force)
        writable_folder(out.parent)
    told = Progress(console, "questions")
    with console.desk() as desk, asyncio.Runner() as runner:
        templates, drafter = _sources(desk, runner, model)
        desk.catalog.require_kb(kb)
        desk.own(wait_seconds=WAIT_SECONDS)
        desk.indexes.catch_up(kb)
        drafted = draft_questions(
            [desk.document(document_id)[1] for document_id in desk.document_ids(kb).values()],
            drafter or templates,
            lambda question, k: _hits(desk, kb, question, k),
            n=count,
            k=depth,
            seed=seed,
            progress=lambda kept: told(kept, count),
        )
    lines = [question_json(as_judged(draft)) for draft in drafted.kept]
    if out is not None:
        write_lines(out, lines)
    report = {"kb": kb, **_figures(drafted, templates, drafter), "out": str(out) if out else None}
    console.result({**report, "questions": lines}, lambda: _show(console, lines, report))


def _sources(desk: "Desk", runner: asyncio.Runner, model: bool | None) -> "tuple[TemplateQuestions, ModelFirst | None]":
    """The templates, and a model before them where one is configured and wanted."""
    from answer.models.chat_model import ChatModel
    from core.errors import InvalidInput
    from eval.draft.model import ModelQuestions
    from eval.draft.sources import ModelFirst, TemplateQuestions

    templates = TemplateQuestions(lambda document_id: desk.document(document_id)[1])
    settings = desk.settings.llm
    if model and not settings.base_url:
        raise InvalidInput("--model needs a chat model: set CITEDESK_LLM_BASE_URL and CITEDESK_LLM_MODEL")
    if model is False or not settings.base_url:
        return templates, None
    return templates, ModelFirst(ModelQuestions(ChatModel(settings)), templates, runner)


def _hits(desk: "Desk", kb: str, question: str, k: int) -> "Sequence[Hit]":
    from core.errors import InvalidInput, Unavailable
    from core.types import SearchStage

    try:
        found = desk.search(kb, question, k, SearchStage.HYBRID)
    except InvalidInput:
        return ()  # a question without a word, which only a model writes
    if found.degraded:
        raise Unavailable(f"search ran without {', '.join(found.degraded)}; nothing is drafted")
    return found.hits


def _figures(drafted: "Drafted", templates: "TemplateQuestions", model: "ModelFirst | None") -> dict[str, object]:
    return {
        "kept": len(drafted.kept),
        "documents": len({draft.chunk.document_id for draft in drafted.kept}),
        "by_language": dict(Counter(draft.chunk.language for draft in drafted.kept)),
        "by_kind": dict(Counter(draft.kind for draft in drafted.kept)),
        "dropped": {
            "round_trip": drafted.dropped["round_trip"],
            "duplicate": drafted.dropped["duplicate"],
            "ambiguous": templates.ambiguous,
            "unlocated": model.unlocated if model else 0,
        },
        "model_failures": model.failed if model else 0,
        "model_down": model.down if model else "",
    }


def _show(console: Console, lines: Sequence[object], report: dict[str, object]) -> None:
    """The drafts on standard output unless they are in a file, what became of the others on standard error."""
    for line in lines if report["out"] is None else ():
        click.echo(json.dumps(line, ensure_ascii=False))
    console.note(f"{report['kept']} questions from {report['documents']} documents; {_words(report['by_kind'])}")
    console.note(f"dropped: {_words(report['dropped'])}")
    if report["model_down"]:
        console.note(f"the templates went on without the model: {report['model_down']}")
    console.note("Read them, then `citedesk eval accept DRAFTS --out QUESTIONS --id ID` (or --all)")


def _words(counts: object) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) if isinstance(counts, dict) else ""


@click.command()
@click.argument("drafts", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Questions file to add to.")
@click.option("--id", "ids", multiple=True, help="A draft to take; repeatable.")
@click.option("--all", "everything", is_flag=True, help="Take every draft.")
@command
def accept(console: Console, drafts: Path, out: Path, ids: tuple[str, ...], everything: bool) -> None:
    """Take drafts into a questions file: those named, all, or those that say "accepted": true.

    DRAFTS stays as it is; a question that is in the questions file already is not added again.
    """
    from core.errors import InvalidInput
    from eval.sets.accept import accept as accept_drafts

    if ids and everything:
        raise InvalidInput("give --id or --all, not both")
    done = accept_drafts(drafts, out, ids=ids, everything=everything)
    report = {"accepted": list(done.accepted), "present": list(done.present), "left": list(done.left), "out": str(out)}
    console.result(
        report,
        lambda: click.echo(
            f"{len(done.accepted)} accepted into {out}, {len(done.present)} were there before, {len(done.left)} left"
        ),
    )
