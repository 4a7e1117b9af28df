"""``citedesk backup`` and ``citedesk restore``: a home in one file, and a home made of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.console import Console, command

if TYPE_CHECKING:
    from store.backup import Backup


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@command
def backup(console: Console, target: Path) -> None:
    """Copy the home into the folder TARGET, or into a file where it ends with .tar, .tar.gz or .tgz.

    A service may write meanwhile. The copy opens everything that the API keys open: keep it as secret as the home.
    """
    from core.errors import InvalidInput
    from core.settings import load_settings
    from store.backup import back_up

    settings = load_settings(console.home)
    if settings.record.url:
        raise InvalidInput(
            "the record is on a server (record.url): copy it by that server's own means, such as pg_dump"
        )
    made = back_up(settings.home, target)
    console.result(_document(made, target), lambda: _show(made, f"copied {settings.home} to {target}"))


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@command
def restore(console: Console, source: Path) -> None:
    """Make a home of what `citedesk backup` wrote. Nothing is overwritten.

    Every file is compared with the manifest and the record is checked first. The indexes are built when the home is
    first used: `citedesk verify` does so and compares them.
    """
    from core.settings import load_settings
    from store.backup import restore as restore_home

    home = load_settings(console.home).home
    made = restore_home(source, home)
    console.result(_document(made, home), lambda: _show(made, f"restored {home} from {source}"))


def _document(made: "Backup", at: Path) -> dict[str, Any]:
    return {
        "path": str(at),
        "release": made.release,
        "made_at": made.made_at,
        "rows": made.rows,
        "files": len(made.files),
        "bytes": sum(file.bytes for file in made.files),
    }


def _show(made: "Backup", what: str) -> None:
    size = sum(file.bytes for file in made.files) / 1e6
    click.echo(f"{what}: {len(made.files)} files, {size:,.1f} MB, made {made.made_at} by release {made.release}")
    click.echo(", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in made.rows.items()))
