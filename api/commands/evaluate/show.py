"""What the commands of ``citedesk eval`` print: progress while they work, and a report at the end."""

import sys
from typing import TYPE_CHECKING

from api.console import Console

if TYPE_CHECKING:
    from eval.answers.report import AnswersReport
    from eval.runs.report import RunReport


def progress_note(console: Console, line: str, done: int, total: int) -> None:
    """Say ``line`` at every quarter of the way."""
    if done % max(1, total // 4) == 0:
        console.note(f"  {line}")


def show_report(console: Console, report: "RunReport | AnswersReport") -> None:
    """Print the report as tables, or as one JSON object where the console is asked for that."""
    from eval.present import print_table, to_json

    def show() -> None:
        from rich.console import Console as Terminal

        # Into a file or a pipe there is no width to keep to.
        print_table(report, Terminal() if sys.stdout.isatty() else Terminal(width=130))

    console.result(to_json(report), show)
