"""``citedesk ingest``: files into the record, every one accounted for."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.console import EXIT_FAILURES, Console, command
from api.show import visible

if TYPE_CHECKING:
    from answer.assemble import Desk
    from ingest.report import FileResult, IngestReport

_EVERY_SECONDS = 2.0
_LISTED = 20


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--kb", default="default", show_default=True, help="Knowledge base, made if it is new.")
@click.option("--prune", is_flag=True, help="Remove documents whose file is gone from the folders given.")
@click.option("--workers", type=click.IntRange(1, 64), help="Parser processes.")
@command
def ingest(console: Console, paths: tuple[Path, ...], kb: str, prune: bool, workers: int | None) -> int:
    """Put files and folders into a knowledge base; unchanged files cost a hash."""
    with console.desk() as desk:
        report = desk.ingest(paths, kb, prune=prune, workers=workers, progress=_Progress(console))
        _catch_up(console, desk, kb)
    console.result(report.as_dict(), lambda: _show(report))
    return EXIT_FAILURES if report.problems else 0


class _Progress:
    """A line every two seconds: enough for a person and not too much for a log file."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._done = 0
        self._last = time.monotonic()

    def __call__(self, result: "FileResult") -> None:
        self._done += 1
        if time.monotonic() - self._last >= _EVERY_SECONDS:
            self._last = time.monotonic()
            self._console.note(f"  {self._done} done, last {visible(result.path)}")


def _catch_up(console: Console, desk: "Desk", kb: str) -> None:
    """Bring the indexes up to the record, unless a running service owns them and does so itself."""
    from core.errors import IndexLocked

    try:
        desk.own()
    except IndexLocked as error:
        console.note(f"the indexes follow in the process that owns them ({error})")
        return
    desk.indexes.catch_up(kb)


def _show(report: "IngestReport") -> None:
    counts = ", ".join(f"{count} {outcome.value}" for outcome, count in report.outcomes.items() if count)
    click.echo(f"{report.files} files: {counts or 'nothing to do'}")
    click.echo(
        f"{report.passages} passages written, {report.embedded} texts embedded, {report.removed} documents removed"
        f" in {report.seconds:.1f} s"
    )
    for problem in report.problems[:_LISTED]:
        click.echo(f"  {problem.outcome.value:12} {visible(problem.path)}: {problem.reason}")
    if len(report.problems) > _LISTED:
        click.echo(f"  and {len(report.problems) - _LISTED} more; `citedesk documents list --failed` shows all")
