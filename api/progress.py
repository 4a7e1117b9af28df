"""A job as a person follows it: a live panel on a terminal, now and then a line elsewhere."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from api.console import EVERY_SECONDS, Console
from api.pace import Pace, in_words, share
from api.show import visible
from ingest.jobs import Follower
from store.job import Job, JobProgress, JobState
from store.worker_name import process_of

if TYPE_CHECKING:
    from rich.console import Console as Terminal
    from rich.console import ConsoleOptions, RenderResult
    from rich.text import Text

    from ingest.job_watch import JobWatch
    from store.jobs import Jobs

_PER_SECOND = 8
_WIDEST_BAR = 40


class Display(Follower, Protocol):
    """A follower that can say what goes on besides a job."""

    def saying(self, text: str) -> None:
        """What goes on now instead."""
        ...


@contextmanager
def following(console: Console, jobs: "Jobs", *, quiet: bool) -> "Iterator[Display]":
    """Show the jobs that run in this block on standard error, as fits what that is; ``quiet`` and JSON show nothing."""
    if quiet or console.as_json:
        yield Silent()
    elif sys.stderr.isatty():
        from rich.console import Console as Terminal
        from rich.live import Live

        panel = Panel(jobs)
        with Live(panel, console=Terminal(stderr=True), refresh_per_second=_PER_SECOND, transient=True):
            yield panel
    else:
        lines = Lines(console, jobs)
        with lines.told_every(EVERY_SECONDS):
            yield lines


class Silent:
    """Shows nothing."""

    def running(self, job: Job, watch: "JobWatch") -> None:
        """Nobody looks."""

    def waiting(self, job: Job) -> None:
        """Nobody looks."""

    def saying(self, text: str) -> None:
        """Nobody looks."""


class Lines:
    """For a log file: a line when something begins, and one every so many seconds."""

    def __init__(self, console: Console, jobs: "Jobs") -> None:
        self._console = console
        self._jobs = jobs
        self._watch: JobWatch | None = None
        self._pace = Pace()
        self._said = ""

    @contextmanager
    def told_every(self, seconds: float) -> Iterator[None]:
        """Print the counts from a thread for as long as this block lasts."""
        over = threading.Event()

        def tell() -> None:
            while not over.wait(seconds):
                self.tell()

        thread = threading.Thread(target=tell, name="progress-lines", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def running(self, job: Job, watch: "JobWatch") -> None:
        """An attempt begins."""
        self._watch, self._pace = watch, Pace()

    def waiting(self, job: Job) -> None:
        """Say why, once."""
        self.saying(_why_waiting(job, self._jobs))

    def saying(self, text: str) -> None:
        """A line, unless it was said just now."""
        self._watch = None
        if text != self._said:
            self._said = text
            self._console.note(f"  {text}")

    def tell(self) -> None:
        """One line about the counts as they are now."""
        if self._watch is None:
            return
        progress = self._watch.progress()
        self._pace.see(progress, time.monotonic())
        now = f", now {visible(progress.current)}" if progress.current else ""
        self._console.note(f"  {_files(progress)}, {', '.join(_counts(progress, self._pace))}{now}")


class Panel:
    """For a terminal: a bar, the counts and the file at hand, drawn anew from the watch several times a second."""

    def __init__(self, jobs: "Jobs") -> None:
        self._jobs = jobs
        self._watch: JobWatch | None = None
        self._pace = Pace()
        self._message = ""

    def running(self, job: Job, watch: "JobWatch") -> None:
        """An attempt begins."""
        self._watch, self._pace = watch, Pace()

    def waiting(self, job: Job) -> None:
        """Show why instead of a bar."""
        self.saying(_why_waiting(job, self._jobs))

    def saying(self, text: str) -> None:
        """A line instead of the bar."""
        self._watch, self._message = None, text

    def __rich_console__(self, console: "Terminal", options: "ConsoleOptions") -> "RenderResult":
        """Three lines at most, none wider than the terminal."""
        if self._watch is None:
            yield _line(self._message, style="yellow")
            return
        progress = self._watch.progress()
        self._pace.see(progress, time.monotonic())
        yield _bar(progress, self._pace, options.max_width)
        yield _line(" · ".join(_counts(progress, self._pace)), style="red" if progress.problems else "")
        yield _line(_cropped(visible(progress.current), options.max_width), style="dim")


def _bar(progress: JobProgress, pace: Pace, width: int) -> "Text":
    from rich.text import Text

    left = pace.seconds_left(progress)
    if progress.files and progress.files_done == progress.files:
        words = f" {_files(progress)}, finishing"
    else:
        words = f" {_files(progress)}" + (f", {in_words(left)} left" if left is not None else "")
    cells = min(_WIDEST_BAR, width - len(words))
    full = round(cells * share(progress))
    bar = (("━" * full, "green"), ("━" * (cells - full), "bright_black"))
    return _line(Text.assemble(*bar, words) if cells > 0 else Text(words.strip()))


def _files(progress: JobProgress) -> str:
    return f"{progress.files_done:,} of {progress.files:,} files" if progress.files else "looking for files"


def _counts(progress: JobProgress, pace: Pace) -> list[str]:
    counts = [f"{progress.passages:,} passages", f"{progress.embedded:,} embedded"]
    if progress.problems:
        counts.append(f"{progress.problems:,} problem{'s' if progress.problems > 1 else ''}")
    if (speed := pace.files_a_second()) >= 0.05:
        counts.append(f"{speed:.1f} files/s")
    return counts


def _line(text: "str | Text", style: str = "") -> "Text":
    from rich.text import Text

    line = Text(text, style=style) if isinstance(text, str) else text
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _cropped(name: str, width: int) -> str:
    """The end of a long name, which tells more than its beginning; Chinese characters are two cells wide."""
    from rich.cells import cell_len, chop_cells

    if cell_len(name) <= width:
        return name
    return "…" + "".join(reversed(chop_cells("".join(reversed(name)), width - 1)[0]))


def _why_waiting(job: Job, jobs: "Jobs") -> str:
    if job.state is JobState.RUNNING:
        return f"job {job.id} goes on in {process_of(job.owner)}: {_files(job.progress)}"
    busy = next((each for each in jobs.all() if each.kb == job.kb and each.state is JobState.RUNNING), None)
    if busy is not None:
        return f"job {job.id} waits until {process_of(busy.owner)} makes room: job {busy.id} is at work on {job.kb!r}"
    if job.error:
        return f"job {job.id} is tried again in a moment (failure {job.failures}): {visible(job.error)}"
    return f"job {job.id} waits for its turn"
