"""``citedesk serve``: the HTTP service."""

import click

from api.console import Console, command


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65_535), help="0 takes a free one.  [default: 8000]")
@command
def serve(console: Console, host: str | None, port: int | None) -> None:
    """Answer over HTTP; the indexes follow what other processes ingest."""
    from api.server import run
    from core.settings import load_settings

    settings = load_settings(console.home)
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    run(settings.model_copy(update={"service": settings.service.model_copy(update=given)}), console.note)
