"""``citedesk eval answers``: answers judged against gold quotes."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.evaluate.show import progress_note, show_report
from api.console import EXIT_FAILURES, WAIT_SECONDS, Console, command

if TYPE_CHECKING:
    from answer.assemble import Desk


@click.command()
@click.argument("questions", type=click.Path(path_type=Path))
@click.option("--kb", default="", help="Knowledge base to ask.  [default: the documents folder beside QUESTIONS]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="One line per question.")
@command
def answers(console: Console, questions: Path, kb: str, out: Path | None) -> int:
    """Ask every question of the file QUESTIONS and judge the answers against their gold quotes."""
    from eval.answers import judge_answers
    from eval.questions import load_questions

    judged = load_questions(questions)
    with console.desk("" if kb else "evaluation") as desk:
        desk.own(wait_seconds=WAIT_SECONDS)
        name = kb or _ingest_beside(console, desk, questions)
        desk.catalog.require_kb(name)
        report = judge_answers(
            judged,
            desk.ask,
            lambda document_id: desk.catalog.document(document_id).text,
            kb=name,
            out=out,
            progress=lambda done, total: progress_note(console, f"{done}/{total} questions", done, total),
        )
    show_report(console, report)
    exact = report.overall.values["exact_location_rate"]
    return EXIT_FAILURES if exact is not None and exact < 1 else 0


def _ingest_beside(console: Console, desk: "Desk", questions: Path) -> str:
    """A knowledge base of the documents folder that lies beside the questions, named for its place."""
    from core.errors import NotFound

    folder = questions.parent / "documents"
    if not folder.is_dir():
        raise NotFound(f"no folder {folder} beside the questions; give --kb NAME")
    kb = f"judged-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]}"
    console.note(f"ingesting {folder} as {kb} (cached)")
    desk.ingest([folder], kb, prune=True)
    desk.indexes.catch_up(kb)
    return kb
