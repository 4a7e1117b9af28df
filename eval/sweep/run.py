"""The jobs of a sweep, as many at once as there are processors. What is done stays done, whatever ends the sweep."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from filelock import FileLock, Timeout

from core.errors import Unavailable
from core.types import SearchStage
from eval.places import writable_folder
from eval.sweep.homes import Homes
from eval.sweep.jobs import Job, JobOrder, home_settings
from eval.sweep.plan import SweepPlan

_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (sys.executable, "-m", "eval.sweep.jobs")
_LOOK_SECONDS = 0.05
_END_SECONDS = 5.0

Progress: TypeAlias = Callable[["Ended", int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A job with the folder of its results, or with the reason why there is none.

    ``seconds`` is 0 for one that an earlier sweep, or another job of the same settings, had done.
    """

    job: Job
    folder: Path | None
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    job: Job
    home: Path
    process: "subprocess.Popen[str]"
    log: Path
    started: float


def run_jobs(
    plan: SweepPlan,
    jobs: Sequence[Job],
    out: Path,
    homes: Path,
    *,
    workers: int,
    progress: Progress | None = None,
    command: Sequence[str] = _COMMAND,
) -> list[Ended]:
    """Run what is not done yet and return every job's end, in the order of ``jobs``.

    Results lie in ``out/<key>``, logs of failed jobs beside them; a failing job stops no other. ``homes`` holds the
    indexes between sweeps. When this is interrupted its processes are ended, what they had begun is removed, and the
    interrupt is raised on. ``progress`` hears each end, how many there are and how many there will be; ``command``
    reads a ``JobOrder`` from standard input. Raises ``InvalidInput`` where ``out`` cannot be written and
    ``Unavailable`` while another sweep writes to it.
    """
    writable_folder(out)
    with _alone(out):
        return _run_all(_Runner(plan, out.resolve(), Homes(homes.resolve()), command), jobs, workers, progress)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    try:
        with FileLock(out / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise Unavailable(f"another sweep writes to {out}; wait for it or give another --out") from error


def _run_all(runner: "_Runner", jobs: Sequence[Job], workers: int, progress: Progress | None) -> list[Ended]:
    ended: dict[str, Ended] = {}
    pending = list({job.key: job for job in reversed(jobs)}.values())[::-1]
    total = len(pending)
    try:
        while pending or runner.running:
            pending = runner.start(pending, workers)
            for end in runner.ended():
                ended[end.job.key] = end
                if progress is not None:
                    progress(end, len(ended), total)
            time.sleep(_LOOK_SECONDS if runner.running else 0)
    finally:
        runner.stop()
    return [_for_job(job, ended[job.key]) for job in jobs]


def _for_job(job: Job, end: Ended) -> Ended:
    return Ended(job=job, folder=end.folder, reason=end.reason, seconds=end.seconds if end.job is job else 0.0)


class _Runner:
    def __init__(self, plan: SweepPlan, out: Path, homes: Homes, command: Sequence[str]) -> None:
        self._plan = plan
        self._out = out
        self._homes = homes
        self._command = command
        self._done: list[Ended] = []
        self.running: list[_Running] = []

    def start(self, pending: Sequence[Job], workers: int) -> list[Job]:
        """Start what can be started; the rest is returned."""
        waiting: list[Job] = []
        for at, job in enumerate(pending):
            if (self._out / job.key).is_dir():
                self._done.append(Ended(job=job, folder=self._out / job.key))
                continue
            idle = workers - len(self.running)
            same = sum(other.group == job.group for other in pending[at:])
            home = self._homes.take(job.group, wanted=min(idle, same)) if idle > 0 else None
            if home is None:
                waiting.append(job)
            else:
                self.running.append(self._started(job, home))
        return waiting

    def _started(self, job: Job, home: Path) -> _Running:
        order = JobOrder(
            settings=home_settings(job.combination.settings, home),
            dataset=job.set.folder,
            stages=[SearchStage(stage) for stage in self._plan.stages],
            measures=list(self._plan.measures),
            results=self._out / job.key,
            parent=os.getpid(),
        )
        log = self._out / f"{job.key}.log"
        with log.open("w", encoding="utf-8") as file:
            process = subprocess.Popen(  # noqa: S603  # our own module, told what to do through standard input
                self._command,
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
                text=True,
                # An interrupt from the terminal reaches this process alone, which then ends the others in order.
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])},
            )
        running = _Running(job=job, home=home, process=process, log=log, started=time.monotonic())
        _tell(process, order.model_dump_json(exclude={"settings": {"llm"}}))
        return running

    def ended(self) -> list[Ended]:
        """Jobs that ended since the last call; their homes are free again."""
        for each in [each for each in self.running if each.process.poll() is not None]:
            self.running.remove(each)
            self._homes.give_back(each.job.group, each.home)
            self._done.append(self._end(each))
        found, self._done = self._done, []
        return found

    def _end(self, each: _Running) -> Ended:
        folder, seconds = self._out / each.job.key, time.monotonic() - each.started
        if each.process.returncode == 0 and folder.is_dir():
            each.log.unlink(missing_ok=True)
            return Ended(job=each.job, folder=folder, seconds=seconds)
        self._remove_part(each)
        return Ended(job=each.job, folder=None, reason=_reason(each), seconds=seconds)

    def stop(self) -> None:
        """End what still runs and remove what it began."""
        for each in self.running:
            each.process.terminate()
        for each in self.running:
            try:
                each.process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                each.process.kill()
                each.process.wait()
            self._remove_part(each)
            each.log.unlink(missing_ok=True)
        self._homes.remove_copies()

    def _remove_part(self, each: _Running) -> None:
        shutil.rmtree(self._out / f"{each.job.key}.part", ignore_errors=True)


def _tell(process: "subprocess.Popen[str]", text: str) -> None:
    assert process.stdin is not None
    try:
        with process.stdin:
            process.stdin.write(text)
    except BrokenPipeError:
        return  # it ended before it listened; its exit code says so


def _reason(each: _Running) -> str:
    code = each.process.returncode
    if code < 0:
        return f"ended by signal {-code}" + (" (out of memory?)" if code == -9 else "")
    lines = each.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else f"ended with exit code {code} and without results"
