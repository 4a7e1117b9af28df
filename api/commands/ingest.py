"""``citedesk ingest``: files into the record, every one accounted for. It is a job, here or in the queue."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.console import EXIT_FAILURES, Console, command

if TYPE_CHECKING:
    from answer.assemble import Desk
    from answer.workplace import Workplace
    from store.job import Job, NewJob, Words


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--kb", default="default", show_default=True, help="Knowledge base, made if it is new.")
@click.option("--prune", is_flag=True, help="Remove documents whose file is gone from the folders given.")
@click.option("--checksum", is_flag=True, help="Compare the bytes of every file, whatever its date says.")
@click.option("--workers", type=click.IntRange(1, 64), help="Parser processes.")
@click.option("--detach", is_flag=True, help="Leave it to a running service or to `citedesk jobs work`.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@command
def ingest(
    console: Console,
    paths: tuple[Path, ...],
    kb: str,
    prune: bool,
    checksum: bool,
    workers: int | None,
    detach: bool,
    quiet: bool,
) -> int:
    """Put files and folders into a knowledge base; unchanged files cost next to nothing."""
    from answer.workplace import Workplace
    from ingest.ingest_job import IngestOrder
    from store.job import Priority

    found = tuple(path.absolute() for path in paths)
    order = IngestOrder(paths=found, prune=prune, checksum=checksum, workers=workers)
    job = order.as_job(kb, Priority.BATCH if detach else Priority.INTERACTIVE)
    with console.desk() as desk:
        place = Workplace(desk)
        return _queue(console, place, job) if detach else _do(console, desk, place, job, quiet=quiet)


def _queue(console: Console, place: "Workplace", new: "NewJob") -> int:
    job = place.jobs.submit(new)
    console.result(
        {"job": job.id, "state": job.state.value},
        lambda: click.echo(
            f"job {job.id} is queued; a running service does it, or `citedesk jobs work`; `citedesk jobs show {job.id}`"
        ),
    )
    return 0


def _do(console: Console, desk: "Desk", place: "Workplace", new: "NewJob", *, quiet: bool) -> int:
    from api.interrupt import interruptible
    from api.progress import following
    from ingest.report import Tally
    from store.job import JobState, Order

    runner = place.runner()
    job = place.jobs.submit(new, owner=runner.name)
    with (
        interruptible(lambda: runner.stop(Order.CANCEL)) as interruption,
        following(console, place.jobs, quiet=quiet) as follower,
    ):
        job, error = runner.run(job, follower)
        if job.state is JobState.DONE:
            catch_up(console, desk, [job.kb], follower.saying)
    if job.state is JobState.FAILED:
        _raise(job, error)
    report = job.report or Tally().report(seconds=0.0).as_dict()  # cancelled before it began
    document = {"job": job.id, "state": job.state.value, **report}
    console.result(document, lambda: _show(job, report))
    if job.state is JobState.CANCELLED:
        return interruption.exit_code or EXIT_FAILURES
    return EXIT_FAILURES if report["problems"] else 0


def _raise(job: "Job", error: Exception | None) -> None:
    from core.errors import CitedeskError

    if isinstance(error, CitedeskError):
        raise error
    raise CitedeskError(f"job {job.id} failed after {job.failures} attempts: {job.error}") from error


def catch_up(console: Console, desk: "Desk", kbs: list[str], saying: Callable[[str], None]) -> None:
    """Bring the indexes up to the record, unless a running service owns them and does so itself."""
    from core.errors import IndexLocked

    # Opening the indexes takes longer than a run over thousands of unchanged files.
    behind = [kb for kb in kbs if list(desk.index_lag(kb).values()) != [0, 0]]
    if not behind:
        return
    try:
        desk.own()
    except IndexLocked as error:
        console.note(f"the indexes follow in the process that owns them ({error})")
        return
    saying("bringing the indexes up to date")
    for kb in behind:
        desk.indexes.catch_up(kb)


def _show(job: "Job", report: "Words") -> None:
    from api.job_show import show_report
    from store.job import JobState

    show_report(report)
    if job.state is JobState.CANCELLED:
        click.echo(
            f"job {job.id} was cancelled; what it stored stays. Go on with the same command, or with "
            f"`citedesk jobs retry {job.id}`"
        )
