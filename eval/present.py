"""Reports as JSON for scripts and as tables for people."""

from typing import TYPE_CHECKING

from eval.answers.present import answers_json, print_answers
from eval.answers.report import AnswersReport
from eval.runs.present import print_run, run_json
from eval.runs.report import RunReport

if TYPE_CHECKING:
    from rich.console import Console


def to_json(report: RunReport | AnswersReport) -> dict[str, object]:
    """The report in the shape of ``citedesk eval run --json`` or ``citedesk eval answers --json``.

    ``interval`` holds the lower and upper bound of each figure's 95 % interval; an undefined figure is None.
    """
    return run_json(report) if isinstance(report, RunReport) else answers_json(report)


def print_table(report: RunReport | AnswersReport, console: "Console") -> None:
    """Print the report's figures with their intervals, and below them what the reader should know."""
    if isinstance(report, RunReport):
        print_run(report, console)
    else:
        print_answers(report, console)
