"""What all commands share: the home option, JSON or text, and errors as one line with the right exit code."""

import functools
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from answer.assemble import Desk

EXIT_FAILURES, EXIT_USAGE, EXIT_DEPENDENCY = 1, 2, 3
# Another command of this machine may hold the indexes for a moment; a service holds them for long.
WAIT_SECONDS = 20.0
# How often a line of progress is said: a log of hours must stay readable.
EVERY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command speaks to: standard output for results, standard error for progress and errors."""

    home: Path | None
    as_json: bool

    def result(self, document: Mapping[str, object], show: Callable[[], None]) -> None:
        """One JSON document for machines, or what ``show`` prints for people."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False, indent=None if not sys.stdout.isatty() else 2))
        else:
            show()

    def note(self, text: str) -> None:
        """A line of progress or advice on standard error."""
        click.echo(text, err=True)

    @contextmanager
    def desk(self, inner: str = "") -> "Iterator[Desk]":
        """The home, or a home inside it that shares its models, put together; closed at the end."""
        from answer.assemble import Desk
        from core.settings import load_settings

        settings = load_settings(self.home)
        desk = Desk(settings.inside(inner) if inner else settings)
        try:
            yield desk
        finally:
            desk.close()


class Progress:
    """Says on standard error how much of ``what`` is done: every ten seconds, and at the end."""

    def __init__(self, console: Console, what: str) -> None:
        self._console = console
        self._what = what
        self._told = time.monotonic()

    def __call__(self, done: int, total: int, of: str = "") -> None:
        """``of`` stands before the counts and names the part of the work."""
        if done == total or time.monotonic() - self._told >= EVERY_SECONDS:
            self._told = time.monotonic()
            self._console.note(f"  {of}{done}/{total} {self._what}")


def command(function: Callable[..., int | None]) -> Callable[..., Any]:
    """Give a command ``--home`` and ``--json``, hand it a ``Console`` first, and turn errors into exit codes.

    A command returns its exit code, or None for 0.
    """

    @click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Folder of the record and indexes.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
    @click.option("-v", "--verbose", is_flag=True, help="Logs on standard error.")
    @functools.wraps(function)
    def wrapped(home: Path | None, as_json: bool, verbose: bool, **arguments: object) -> None:
        logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, stream=sys.stderr, format="%(message)s")
        logging.getLogger("inference.export_cache").setLevel(logging.INFO)  # a wait that wants a word
        sys.exit(_run(function, Console(home, as_json), arguments))

    return wrapped


def confirm(question: str) -> None:
    """Go on only where a person says yes. Raises ``InvalidInput`` where nobody is there to ask."""
    from core.errors import InvalidInput

    if not sys.stdin.isatty():
        raise InvalidInput("nobody is there to ask; give --yes")
    click.confirm(question, abort=True)


def _check_words(arguments: Mapping[str, object]) -> None:
    """Bytes that are no UTF-8 reach a program as halves of surrogate pairs, which nothing can store or send."""
    from core.errors import InvalidInput

    for name, value in arguments.items():
        for word in value if isinstance(value, tuple) else (value,):
            if isinstance(word, str) and any("\ud800" <= character <= "\udfff" for character in word):
                raise InvalidInput(f"{name} {word!r} is not UTF-8; write it in UTF-8")


def _run(function: Callable[..., int | None], console: Console, arguments: Mapping[str, object]) -> int:
    from core.errors import CitedeskError, DependencyError

    try:
        _check_words(arguments)
        return function(console, **arguments) or 0
    except CitedeskError as error:
        if console.as_json:
            click.echo(json.dumps({"error": str(error), "retryable": error.retryable}, ensure_ascii=False))
        click.echo(f"citedesk: {error}", err=True)
        return EXIT_DEPENDENCY if isinstance(error, DependencyError) else EXIT_USAGE
