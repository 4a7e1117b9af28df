"""``citedesk eval check``: all that is wrong with a judged set, in one go."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.evaluate.documents_beside import ingest_beside
from api.console import EXIT_FAILURES, Console, command
from api.show import visible

if TYPE_CHECKING:
    from answer.assemble import Desk
    from eval.check.documents import StoredDocuments
    from eval.check.report import CheckReport


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--kb", default="", help="Where the quotes stand.  [default: the documents folder beside the questions]")
@click.option("--allow", multiple=True, metavar="KIND", help="A kind of problem that may be there; repeatable.")
@command
def check(console: Console, path: Path, kb: str, allow: tuple[str, ...]) -> int:
    """Check a judged set: a BEIR folder, a folder with documents and questions.jsonl, or a questions file.

    Prints every problem with file, line and kind, then one line of counts; ends with 1 where there is a problem.
    """
    from eval.check.beir import check_beir
    from eval.check.check import QUESTIONS, format_of
    from eval.check.questions import check_questions
    from eval.check.report import check_json

    _require_kinds(allow)
    format = format_of(path)
    if format == "beir":
        report = check_beir(path)
    else:
        questions = path / QUESTIONS if path.is_dir() else path
        with console.desk("" if kb else "evaluation") as desk:
            documents = _stored(desk, kb or ingest_beside(console, desk, questions))
            report = check_questions(questions, documents, format=format)
    report = report.without(allow)
    console.result(check_json(report), lambda: _show(report))
    return EXIT_FAILURES if report.problems else 0


def _require_kinds(allow: tuple[str, ...]) -> None:
    from core.errors import InvalidInput
    from eval.check.report import KINDS

    for kind in allow:
        if kind not in KINDS:
            raise InvalidInput(f"--allow {kind!r}: the kinds are {', '.join(KINDS)}")


def _stored(desk: "Desk", kb: str) -> "StoredDocuments":
    from core.types import Outcome
    from eval.check.documents import StoredDocuments

    failed = {
        source: f"{state.outcome}: {state.reason}"
        for source, state in desk.source_states(kb).items()
        if state.outcome is not Outcome.INGESTED
    }
    return StoredDocuments(
        ids=desk.document_ids(kb), text_of=lambda document_id: desk.catalog.document(document_id).text, silent=failed
    )


def _show(report: "CheckReport") -> None:
    for problem in report.problems:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        click.echo(f"{visible(place)}: {problem.kind}: {visible(problem.message)}")
    click.echo(report.summary)
