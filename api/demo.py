"""``make demo``: the sample knowledge base in, four questions answered, each claim with its place."""

import asyncio
import shutil
from pathlib import Path

import click

from answer.assemble import Desk
from api.schemas import ask_document
from api.show import show_answer
from core.settings import load_settings
from core.types import Question, Turn
from ingest.report import FileResult, IngestReport
from ingest.watch import Unwatched

KB = "sample"
DOCUMENTS = Path("data/sample/documents")
FIRST = "How many desktop clients can one Gate G3 serve?"
QUESTIONS = (
    Question(text=FIRST, kb=KB),
    Question(text="发票开错了可以重开吗？", kb=KB),
    Question(
        text="And the G2?",
        kb=KB,
        history=(Turn(role="user", content=FIRST),),
    ),
    Question(text="Is there an official docker image?", kb=KB),
)
_LOST_WITHOUT = {"tesseract": "scanned pages and images are recorded as empty instead of being read"}


def main() -> None:
    """Run the demo in the home that the settings name."""
    settings = load_settings()
    desk = Desk(settings)
    try:
        _say_what_is_missing()
        click.echo(f"Ingesting {DOCUMENTS} into {settings.home} ...")
        _say_what_was_read(desk.ingest([DOCUMENTS], KB, prune=True, watch=_Said()))
        desk.own()
        desk.indexes.catch_up(KB)
        desk.reader.warm()  # the models are prepared once, which is not a question's time
        for question in QUESTIONS:
            _ask(desk, question)
    finally:
        desk.close()
    click.echo('\nAsk your own:       .venv/bin/citedesk ask --kb sample "..."')
    click.echo("Start the service:  .venv/bin/citedesk serve    then POST to http://127.0.0.1:8000/v1/ask")


def _say_what_is_missing() -> None:
    for program, loss in _LOST_WITHOUT.items():
        if shutil.which(program) is None:
            click.echo(f"{program} is not installed: {loss}.")


class _Said(Unwatched):
    """A line for every file that is new or wrong."""

    def settled(self, result: FileResult) -> None:
        if result.outcome.value != "unchanged":
            click.echo(f"  {result.outcome.value:10} {result.path}")


def _say_what_was_read(report: IngestReport) -> None:
    counts = ", ".join(f"{count} {outcome.value}" for outcome, count in report.outcomes.items() if count)
    click.echo(f"{report.files} files: {counts}; {report.embedded} texts embedded in {report.seconds:.0f} s")


def _ask(desk: Desk, question: Question) -> None:
    click.secho(f"\n{'─' * 100}\nQ: {question.text}", bold=True)
    answer = asyncio.run(desk.ask(question))
    if answer.question != question.text:
        click.secho(f"   understood as: {answer.question}", dim=True)
    show_answer(ask_document(answer))


if __name__ == "__main__":
    main()
