"""``citedesk jobs``: what is queued, running and done, and a worker that does it."""

from typing import TYPE_CHECKING

import click

from api.commands.ingest import catch_up
from api.console import EXIT_FAILURES, Console, command

if TYPE_CHECKING:
    from answer.assemble import Desk
    from answer.workplace import Workplace
    from ingest.job_watch import JobWatch
    from ingest.jobs import Follower
    from store.job import Job


@click.group()
def jobs() -> None:
    """List, cancel and run ingestion jobs."""


@jobs.command("list")
@click.option("--failed", is_flag=True, help="Those that failed for good, with the reason.")
@command
def list_(console: Console, failed: bool) -> None:
    """Jobs that wait, run or are done, newest first."""
    from api.job_show import job_document, show_jobs

    with console.desk() as desk:
        found = _failed(desk) if failed else _workplace(desk).jobs.all()
    document = {"jobs": [job_document(job) for job in found]}
    none = failed and not found
    console.result(document, lambda: click.echo("no job has failed") if none else show_jobs(found))


@jobs.command()
@click.argument("job", type=int)
@command
def show(console: Console, job: int) -> None:
    """One job: how far it is, what it settled, what went wrong."""
    from api.job_show import files_document, job_document, show_job

    with console.desk() as desk:
        found = _workplace(desk).jobs.get(job)
        files = _workplace(desk).jobs.files(job)
    console.result(job_document(found) | {"files": files_document(files)}, lambda: show_job(found, files))


@jobs.command()
@click.argument("job", type=int)
@command
def cancel(console: Console, job: int) -> None:
    """End a job; what it stored stays."""
    with console.desk() as desk:
        _tell(console, _workplace(desk).jobs.cancel(job))


@jobs.command()
@click.argument("job", type=int, required=False)
@click.option("--failed", is_flag=True, help="All that failed for good, in place of one job.")
@command
def retry(console: Console, job: int | None, failed: bool) -> None:
    """Queue a failed or cancelled job again; it goes on where it was."""
    from api.job_show import job_document, show_jobs

    if failed is (job is not None):
        raise click.UsageError("name one job, or --failed for all that failed")
    with console.desk() as desk:
        place = _workplace(desk)
        if job is not None:
            _tell(console, place.retry(job))
            return
        # What came as an upload that is gone cannot be read again; it stays in the list.
        again = [place.retry(each.id) for each in _failed(desk) if not place.uploads.lost(each)]
    console.result({"jobs": [job_document(each) for each in again]}, lambda: show_jobs(again))


@jobs.command()
@click.option("--wait", is_flag=True, help="Go on for ever, for jobs yet to come.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@command
def work(console: Console, wait: bool, quiet: bool) -> int:
    """Run queued jobs in this process until none is left. Ctrl-C gives the one at hand back to the queue."""
    from api.interrupt import interruptible
    from api.job_show import job_document, show_jobs
    from api.progress import following
    from store.job import JobState, Order

    with console.desk() as desk:
        place = _workplace(desk)
        runner = place.runner()
        with (
            interruptible(lambda: runner.stop(Order.YIELD)) as interruption,
            following(console, place.jobs, quiet=quiet) as follower,
        ):
            seen = _Seen(follower)
            runner.work(for_ever=wait, follower=seen)
            ran = [job for job in place.jobs.all() if job.id in seen.ids]
            if not interruption.signal:
                catch_up(console, desk, sorted({job.kb for job in ran}), follower.saying)
    console.result({"jobs": [job_document(job) for job in ran]}, lambda: show_jobs(ran))
    return interruption.exit_code or EXIT_FAILURES * any(job.state is JobState.FAILED for job in ran)


class _Seen:
    """Remembers which jobs ran, and lets another follower show them."""

    def __init__(self, follower: "Follower") -> None:
        self.ids: set[int] = set()
        self._follower = follower

    def running(self, job: "Job", watch: "JobWatch") -> None:
        """An attempt begins."""
        self.ids.add(job.id)
        self._follower.running(job, watch)

    def waiting(self, job: "Job") -> None:
        """Never told to a worker of the whole queue."""
        self._follower.waiting(job)


def _workplace(desk: "Desk") -> "Workplace":
    from answer.workplace import Workplace

    return Workplace(desk)


def _failed(desk: "Desk") -> "list[Job]":
    from store.job import JobState

    return [job for job in _workplace(desk).jobs.all() if job.state is JobState.FAILED]


def _tell(console: Console, job: "Job") -> None:
    from api.job_show import job_document, show_jobs

    console.result(job_document(job), lambda: show_jobs([job]))
