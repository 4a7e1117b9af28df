"""``citedesk eval``: how good retrieval and answers are, measured offline. One file per command."""

import click

from api.commands.evaluate.answers import answers
from api.commands.evaluate.calibrate import calibrate
from api.commands.evaluate.check import check
from api.commands.evaluate.compare import compare
from api.commands.evaluate.imports import imports
from api.commands.evaluate.injection import injection
from api.commands.evaluate.prompts import prompts
from api.commands.evaluate.questions import accept, questions
from api.commands.evaluate.report import report
from api.commands.evaluate.run import run
from api.commands.evaluate.support import support
from api.commands.evaluate.sweep import sweep


@click.group("eval")
def evaluate() -> None:
    """Measure retrieval and answers on judged sets."""


for each in (
    check,
    imports,
    questions,
    accept,
    run,
    answers,
    compare,
    report,
    calibrate,
    prompts,
    sweep,
    injection,
    support,
):
    evaluate.add_command(each)
