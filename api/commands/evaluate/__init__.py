"""``citedesk eval``: how good retrieval and answers are, measured offline. One file per command."""

import click

from api.commands.evaluate.answers import answers
from api.commands.evaluate.run import run


@click.group("eval")
def evaluate() -> None:
    """Measure retrieval and answers on judged sets."""


for each in (run, answers):
    evaluate.add_command(each)
