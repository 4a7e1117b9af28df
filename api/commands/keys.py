"""``citedesk keys``: who may ask the service, and for what."""

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from api.console import Console, command
from api.duration import DURATION
from api.key_document import key_document

if TYPE_CHECKING:
    from answer.assemble import Desk
    from store.key import ApiKey
    from store.keys import Keys

_SCOPES = ("ask", "search", "ingest", "admin")
_ONE_DAY = timedelta(days=1)


@click.group()
def keys() -> None:
    """Create, list, replace and revoke API keys of the HTTP service.

    From the first key on the service answers nobody without one.
    """


@keys.command()
@click.option("--tenant", default="default", show_default=True, help="Whose knowledge bases it opens.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(_SCOPES), help="Repeatable.  [default: ask, search]"
)
@click.option("--kb", "kbs", multiple=True, metavar="NAME", help="Only this one, by its name; repeatable.")
@click.option("--origin", "origins", multiple=True, help="Also for pages of https://help.example.com; repeatable.")
@click.option(
    "--publishable", is_flag=True, help="Anybody may see it: it only asks, the named --kb, from its --origin."
)
@click.option("--expires", type=DURATION, help="Its life: 12h, 90d.  [default: none]")
@click.option("--label", default="", help="What it is for.")
@command
def create(
    console: Console,
    tenant: str,
    scopes: tuple[str, ...],
    kbs: tuple[str, ...],
    origins: tuple[str, ...],
    publishable: bool,
    expires: timedelta | None,
    label: str,
) -> None:
    """A new key. Its token is shown this once and kept nowhere."""
    from store.key import scopes_of

    with console.desk() as desk:
        key, token = _keys(desk).create(
            tenant,
            scopes_of(scopes or (("ask",) if publishable else ("ask", "search"))),
            label=label,
            kbs=frozenset(kbs) or None,
            origins=origins,
            publishable=publishable,
            lasts_seconds=None if expires is None else expires.total_seconds(),
        )
    _show_token(console, key, token)


@keys.command("list")
@click.option("--tenant", help="Of one tenant.  [default: all]")
@command
def list_(console: Console, tenant: str | None) -> None:
    """Every key that was ever made, with what it opens and when it was last used."""
    with console.desk() as desk:
        found = _keys(desk).all(tenant)

    def show() -> None:
        for key in found:
            click.echo(_line(key))
        if not found:
            click.echo("no key yet: only programs of this machine are answered; `citedesk keys create` makes one")

    console.result({"keys": [key_document(key) for key in found]}, show)


@keys.command()
@click.argument("prefix")
@command
def revoke(console: Console, prefix: str) -> None:
    """End a key for good. Running services refuse it within five seconds."""
    with console.desk() as desk:
        key = _keys(desk).revoke(prefix)
    console.result(key_document(key), lambda: click.echo(f"revoked {_line(key)}"))


@keys.command()
@click.argument("prefix")
@click.option("--overlap", type=DURATION, default=_ONE_DAY, help="The old one's remaining life.  [default: 1d]")
@command
def rotate(console: Console, prefix: str, overlap: timedelta) -> None:
    """A new key with the same rights; the old one goes on for a while, so that both may be in use."""
    with console.desk() as desk:
        key, token = _keys(desk).rotate(prefix, overlap_seconds=overlap.total_seconds())
        old = _keys(desk).find(prefix)
    until = None if old is None or old.expires_at is None else old.expires_at
    _show_token(console, key, token, f"{prefix} goes on until {_day(until)}")


def _keys(desk: "Desk") -> "Keys":
    from store.keys import Keys
    from store.pepper import read_pepper

    return Keys(desk.catalog, read_pepper(desk.settings.home))


def _show_token(console: Console, key: "ApiKey", token: str, said: str = "") -> None:
    def show() -> None:
        click.echo(token)
        console.note(f"keep it now, it is shown this once: {_line(key)}")
        if key.publishable:
            console.note("in the pages: " + _tag(key, token))
        if said:
            console.note(said)

    console.result({"token": token, **key_document(key)}, show)


def _tag(key: "ApiKey", token: str) -> str:
    kb = min(key.kbs or ())
    return f'<script src="https://YOUR_CITEDESK/widget.js" data-kb="{kb}" data-key="{token}" async></script>'


def _line(key: "ApiKey") -> str:
    opens = "all" if key.kbs is None else ", ".join(sorted(key.kbs))
    ends = f", until {_day(key.expires_at)}" if key.expires_at is not None else ""
    used = f", last used {_day(key.last_used_at)}" if key.last_used_at is not None else ", never used"
    named = f" ({key.label})" if key.label else ""
    state = key.state(time.time()) + (", publishable" if key.publishable else "")
    pages = f", pages of {', '.join(sorted(key.origins))}" if key.origins else ""
    return f"{key.prefix}{named}: {state}, {key.tenant}: {opens}; {', '.join(sorted(key.scopes))}{pages}{ends}{used}"


def _day(seconds: float | None) -> str:
    return "for ever" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
