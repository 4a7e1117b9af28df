"""What the commands of ``citedesk eval`` print at their end."""

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from api.console import Console

if TYPE_CHECKING:
    from rich.console import Console as Terminal

    from eval.answers.report import AnswersReport
    from eval.runs.report import RunReport

_WIDTH = 130


def show_report(console: Console, report: "RunReport | AnswersReport") -> None:
    """Print the report as tables, or as one JSON object where the console is asked for that."""
    from eval.present import print_table, to_json

    show_tables(console, to_json(report), lambda terminal: print_table(report, terminal))


def show_tables(
    console: Console, document: Mapping[str, object], show: "Callable[[Terminal], None]", *, width: int = _WIDTH
) -> None:
    """Print ``document`` where the console is asked for JSON, or else what ``show`` prints on a terminal.

    ``width``, in characters, is that of a file or a pipe, which has none of its own.
    """

    def on_terminal() -> None:
        from rich.console import Console as Terminal

        show(Terminal() if sys.stdout.isatty() else Terminal(width=width))

    console.result(document, on_terminal)
