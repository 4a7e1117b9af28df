"""``citedesk mcp``: the tools of the Model Context Protocol over standard input and output."""

import asyncio
from contextlib import closing

import click

from api.console import Console, command


@click.command()
@click.option(
    "--key",
    envvar="CITEDESK_KEY",
    default="",
    help="API key whose rights hold; without one those of the home's operator.  [env: CITEDESK_KEY]",
)
@command
def mcp(console: Console, key: str) -> None:
    """Offer search, ask and get_passage to an assistant that starts this command (Model Context Protocol).

    A running service of the home is asked; otherwise this process answers, and no service can start before it ends.
    """
    from answer.workplace import WorkingDesk
    from core.errors import DependencyMissing
    from core.settings import load_settings

    try:
        from api.mcp.stdio import serve
    except ModuleNotFoundError as error:
        raise DependencyMissing(f"{error}; pip install 'citedesk[mcp]'") from error
    with closing(WorkingDesk(load_settings(console.home))) as desk:
        asyncio.run(serve(desk, key))
