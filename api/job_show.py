"""Jobs and their reports as JSON for scripts and as text for people."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from api.pace import in_words
from api.show import visible
from store.job import Job, JobFile, JobState
from store.worker_name import is_dead, process_of

_LISTED = 20
_COLOURS = {JobState.RUNNING: "cyan", JobState.DONE: "green", JobState.FAILED: "red", JobState.CANCELLED: "yellow"}
_GOOD = ("ingested", "unchanged")


def job_document(job: Job) -> dict[str, Any]:
    """As ``citedesk jobs list --json`` prints it."""
    return {
        "id": job.id,
        "kb": job.kb,
        "kind": job.kind,
        "arguments": dict(job.arguments),
        "priority": job.priority.name.lower(),
        "state": job.state.value,
        "attempts": job.attempts,
        "failures": job.failures,
        "owner": job.owner,
        "created_at": _iso(job.created_at),
        "not_before": _iso(job.not_before),
        "started_at": _iso(job.started_at),
        "heartbeat_at": _iso(job.heartbeat_at),
        "finished_at": _iso(job.finished_at),
        "progress": asdict(job.progress),
        "report": job.report,
        "error": job.error,
    }


def files_document(files: Sequence[JobFile]) -> list[dict[str, Any]]:
    """What a job settled, as ``citedesk jobs show --json`` prints it."""
    return [
        {"path": file.source, "outcome": file.outcome.value, "reason": file.reason, "passages": file.passages}
        for file in files
    ]


def show_jobs(jobs: Sequence[Job]) -> None:
    """One line each, newest first."""
    for job in jobs:
        state = click.style(f"{_state(job):10}", fg=_COLOURS.get(job.state))
        click.echo(f"{job.id:5}  {state} {visible(job.kb)}: {_what(job)}  {_when(job)}")
    if not jobs:
        click.echo("no jobs; `citedesk ingest PATH --detach` makes one")


def show_job(job: Job, files: Sequence[JobFile]) -> None:
    """Everything that is known of one job, problems last."""
    progress = job.progress
    show_jobs([job])
    click.echo(f"       {job.priority.name.lower()}, attempt {job.attempts}, {progress.files_done:,} of "
               f"{progress.files:,} files, {progress.passages:,} passages")  # fmt: skip
    if job.owner:
        gone = ", which is gone; the next worker goes on" if is_dead(job.owner) else ""
        click.echo(
            f"       with {process_of(job.owner)}{gone}, last sign of life {_ago(job.heartbeat_at or job.created_at)}"
        )
    if job.error:
        click.secho(f"       {visible(job.error)}", fg="red")
    show_problems([file for file in files_document(files) if file["outcome"] not in _GOOD], "")


def show_report(report: Mapping[str, Any]) -> None:
    """Totals of an ingestion, by format where there are several, and what gave no document."""
    counts = ", ".join(f"{count} {outcome}" for outcome, count in report["outcomes"].items() if count)
    click.echo(f"{report['files']} files: {counts or 'nothing to do'}")
    moved = f", {report['moved']} moved" if report.get("moved") else ""
    click.echo(
        f"{report['passages']} passages written, {report['embedded']} texts embedded, {report['removed']} documents "
        f"removed{moved} in {report['seconds']:.1f} s"
    )
    if len(report["formats"]) > 1:
        _show_formats(report["formats"])
    show_problems(report["problems"], "; `citedesk documents list --failed` shows all")
    _show_copies(report.get("duplicates", ()))


def show_problems(problems: Sequence[Mapping[str, Any]], where: str) -> None:
    """The first twenty, and how many more there are."""
    for problem in problems[:_LISTED]:
        click.echo(f"  {problem['outcome']:12} {visible(problem['path'])}: {visible(problem['reason'])}")
    if len(problems) > _LISTED:
        click.echo(f"  and {len(problems) - _LISTED} more{where}")


def _show_copies(copies: Sequence[Mapping[str, Any]]) -> None:
    """The first twenty; a search returns what they say once."""
    for copy in copies[:_LISTED]:
        how = "says the same as" if copy["similarity"] == 1 else f"{copy['similarity']:.0%} like"
        click.echo(f"  {'duplicate':12} {visible(copy['path'])}: {how} {visible(copy['of'])}")
    if len(copies) > _LISTED:
        click.echo(f"  and {len(copies) - _LISTED} more; `citedesk documents list` shows all")


def _show_formats(formats: Mapping[str, Mapping[str, int]]) -> None:
    from rich.cells import cell_len

    outcomes = sorted({outcome for counts in formats.values() for outcome in counts}, key=_order)
    names = {name: visible(name) or "(no ending)" for name in formats}
    width = max(map(cell_len, names.values()))
    click.secho(f"  {'':{width}}" + "".join(f"  {outcome:>9}" for outcome in outcomes), dim=True)
    for name, counts in sorted(formats.items(), key=lambda item: (-sum(item[1].values()), item[0])):
        label = names[name] + " " * (width - cell_len(names[name]))
        click.echo(
            f"  {label}" + "".join(f"  {counts.get(outcome, 0) or '':>{max(9, len(outcome))}}" for outcome in outcomes)
        )


def _order(outcome: str) -> tuple[bool, str]:
    return outcome not in _GOOD, outcome


def _state(job: Job) -> str:
    if job.state is not JobState.RUNNING:
        return job.state.value
    return "lost" if is_dead(job.owner) else "stopping" if job.stopping else "running"


def _what(job: Job) -> str:
    paths = job.arguments.get("paths", ())
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    done = f", {job.progress.files_done:,} of {job.progress.files:,} files" if job.progress.files else ""
    return f"{job.kind} {visible(str(paths[0])) if paths else ''}{more}{done}"


def _when(job: Job) -> str:
    if job.finished_at is not None:
        return _ago(job.finished_at) + (f": {visible(job.error)}" if job.state is JobState.FAILED else "")
    if job.state is JobState.QUEUED and job.not_before > time.time():
        return f"again in {in_words(job.not_before - time.time())}: {visible(job.error)}"
    return f"since {in_words(time.time() - (job.started_at or job.created_at))}"


def _ago(seconds: float) -> str:
    return f"{in_words(time.time() - seconds)} ago"


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
