"""``citedesk usage``: what keys and tenants asked, and what it cost."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from api.console import Console, command
from api.show import visible

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option("--since", type=_DAY, default=None, help="First day in UTC.  [default: the first of the month]")
@click.option("--until", type=_DAY, default=None, help="Last day.  [default: today]")
@command
def usage(console: Console, since: datetime | None, until: datetime | None) -> None:
    """Show requests, answers, tokens and cost by key and day, and what is left of token budgets.

    A running service writes its counts every five seconds.
    """
    from api.caller import OPERATOR
    from api.limits.budgets import Budgets
    from api.usage_json import usage_document
    from store.usage import TokenUsage

    with console.desk() as desk:
        budgets = Budgets(TokenUsage(desk.catalog), desk.settings.limits, desk.settings.llm)
        first, last = (None if day is None else day.date() for day in (since, until))
        document = usage_document(desk.catalog, OPERATOR, budgets, since=first, until=last)

    console.result(document, lambda: _show(document))


def _show(document: Mapping[str, Any]) -> None:
    for each in document["days"]:
        click.echo(f"{each['day']}  {visible(_owner(each))}: {_used(each)}")
    click.secho(f"{document['since']} to {document['until']}: {_used(document['total'])}", bold=True)
    for each in document["budgets"]:
        gone = f"{each['spent']:,} of {each['budget']:,} tokens spent, {each['left']:,} left"
        click.echo(f"{each['period']}  {visible(_owner(each))}: {gone}")


def _owner(each: Mapping[str, Any]) -> str:
    named = f" ({each['label']})" if each["label"] else ""
    return f"{each['tenant']} {each['key'] or 'without a key'}{named}"


def _used(each: Mapping[str, Any]) -> str:
    tokens = f"{each['input_tokens']:,} tokens in, {each['output_tokens']:,} out, cost {each['cost']:.4f}"
    return f"{each['requests']:,} requests, {each['answers']:,} answers ({each['cached']:,} cached), {tokens}"
