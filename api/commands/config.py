"""``citedesk config``: what the settings come to."""

import json
import os
from typing import TYPE_CHECKING

import click

from api.console import EXIT_FAILURES, Console, command

if TYPE_CHECKING:
    from api.config_check import Checked


@click.group()
def config() -> None:
    """Look at the settings."""


@config.command("check")
@command
def check(console: Console) -> int:
    """Every setting with its value and where that is from, and what is wrong. Secrets are hidden."""
    from api.config_check import check as check_settings

    checked = check_settings(console.home, os.environ)
    document = {
        "home": str(checked.home),
        "settings": [{"name": each.name, "value": each.value, "source": each.source} for each in checked.settings],
        "problems": list(checked.problems),
    }
    console.result(document, lambda: _show(checked))
    return EXIT_FAILURES if checked.problems else 0


def _show(checked: "Checked") -> None:
    click.echo(f"home {checked.home}")
    width = max((len(each.name) for each in checked.settings), default=0)
    for each in checked.settings:
        value = each.value if isinstance(each.value, str) else json.dumps(each.value, ensure_ascii=False)
        click.echo(f"{each.name:<{width}}  {each.source:<11}  {value}")
    for problem in checked.problems:
        click.echo(f"wrong: {problem}")
    click.echo(f"{len(checked.problems)} problems" if checked.problems else "nothing is wrong")
