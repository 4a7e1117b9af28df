"""Jobs run in processes of their own: resumable, interruptible, and one that fails stops no other."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from filelock import FileLock

from core.errors import Unavailable
from core.settings import Settings
from eval.sweep.homes import Homes
from eval.sweep.jobs import Job, jobs_of
from eval.sweep.plan import SweepPlan, load_plan
from eval.sweep.run import Ended, run_jobs

_ROOT = Path(__file__).parents[4]
# What a job does here: as its number of candidates says.
FAKE = """
import json, os, pathlib, sys, time
order = json.load(sys.stdin)
n = order["settings"]["retrieval"]["candidates"]
home, results = pathlib.Path(order["settings"]["home"]), pathlib.Path(order["results"])
part = results.with_name(results.name + ".part")
part.mkdir()
home.mkdir(parents=True, exist_ok=True)
lock = home / "owned"
lock.touch(exist_ok=False)
with open(os.environ["STARTED"], "a") as file:
    file.write(f"{n} {home.name}\\n")
if not (home / "index").exists():
    time.sleep(0.3)
    (home / "index").write_text("costly")
if n == 13:
    lock.unlink()
    sys.exit("a clear reason")
if n == 14:
    lock.unlink()
    os.kill(os.getpid(), 9)
time.sleep(60 if n == 15 else 0.2)
lock.unlink()
(part / "done").write_text(str(n))
part.rename(results)
"""


class Sweep:
    """Runs sweeps over numbers of candidates in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.command = (sys.executable, "-c", FAKE)

    def plan(self, candidates: Sequence[int]) -> SweepPlan:
        path = self.folder / "sweep.yaml"
        path.write_text(f"datasets: [set]\nsettings: {{retrieval.candidates: {list(candidates)}}}", encoding="utf-8")
        return load_plan(path, Settings(home=self.folder / "home"))

    def run(self, *candidates: int, workers: int = 2, progress: Callable[[Ended, int, int], None] | None = None):
        plan = self.plan(candidates)
        homes = self.folder / "homes"
        return run_jobs(plan, jobs_of(plan), self.out, homes, workers=workers, progress=progress, command=self.command)

    @property
    def started(self) -> list[list[str]]:
        """Candidates and home of every job that started, in that order."""
        return [line.split() for line in (self.folder / "started").read_text().splitlines()]


@pytest.fixture
def sweep(tmp_path: Path, write_set, monkeypatch: pytest.MonkeyPatch) -> Sweep:
    write_set()
    monkeypatch.setenv("STARTED", str(tmp_path / "started"))
    return Sweep(tmp_path)


def test_every_job_leaves_its_results_and_progress_counts_them(sweep: Sweep) -> None:
    heard: list[tuple[int, int]] = []
    ended = sweep.run(1, 2, 3, progress=lambda end, done, total: heard.append((done, total)))
    assert [(end.folder / "done").read_text() for end in ended if end.folder] == ["1", "2", "3"]
    assert heard == [(1, 3), (2, 3), (3, 3)]
    assert [path.name for path in sweep.out.glob("*.log")] == []


def test_the_index_is_made_once_and_copied_for_the_second_processor(sweep: Sweep) -> None:
    [group] = {job.group for job in jobs_of(sweep.plan([1, 2, 3]))}
    sweep.run(1, 2, 3)
    (first, home), *others = sweep.started
    assert (first, home) == ("1", group)
    assert {home for _, home in others} == {group, f"{group}.2"}
    assert [path.name for path in (sweep.folder / "homes").iterdir()] == [group]


def test_one_worker_needs_no_copy(sweep: Sweep) -> None:
    sweep.run(1, 2, 3, workers=1)
    assert len({home for _, home in sweep.started}) == 1


def test_what_is_done_is_never_run_again(sweep: Sweep) -> None:
    sweep.run(1, 2)
    again = sweep.run(2, 1, 3)
    assert sorted(number for number, _ in sweep.started) == ["1", "2", "3"]
    assert [end.seconds > 0 for end in again] == [False, False, True]


def test_combinations_of_equal_settings_are_run_once(sweep: Sweep) -> None:
    plan = sweep.plan([5])
    jobs = jobs_of(plan) * 2
    ended = run_jobs(plan, jobs, sweep.out, sweep.folder / "homes", workers=2, command=sweep.command)
    assert len(sweep.started) == 1
    assert ended[0].folder == ended[1].folder


def test_a_failing_job_stops_no_other_and_is_tried_again_next_time(sweep: Sweep) -> None:
    ended = sweep.run(13, 1, 14, 2)
    assert [end.folder is not None for end in ended] == [False, True, False, True]
    assert ended[0].reason == "a clear reason"
    assert ended[2].reason == "ended by signal 9 (out of memory?)"
    assert not list(sweep.out.glob("*.part"))
    sweep.run(13)
    assert [number for number, _ in sweep.started].count("13") == 2


def test_a_job_that_says_nothing_still_has_a_reason(sweep: Sweep) -> None:
    sweep.command = (sys.executable, "-c", "raise SystemExit(3)")
    [end] = sweep.run(1)
    assert end.reason == "ended with exit code 3 and without results"
    sweep.command = (sys.executable, "-c", "pass")
    [end] = sweep.run(1)
    assert end.reason == "ended with exit code 0 and without results"


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A run started in the background of a script inherits that interrupts are ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_the_processes_and_keeps_what_is_done(sweep: Sweep) -> None:
    def one_done_and_one_begun() -> bool:
        folders = {path.suffix for path in sweep.out.glob("*") if path.is_dir()}
        return folders == {"", ".part"}

    def interrupt() -> None:
        while not one_done_and_one_begun():
            time.sleep(0.02)
        # The thread that waits is woken for certain, however many others this process has by now.
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        sweep.run(1, 15)
    thread.join()
    assert time.monotonic() - started < 30
    [done] = [path for path in sweep.out.iterdir() if path.is_dir()]
    assert (done / "done").read_text() == "1"
    assert not list(sweep.out.glob("*.log"))


def test_two_sweeps_into_one_folder_are_refused(sweep: Sweep) -> None:
    sweep.out.mkdir()
    with FileLock(sweep.out / ".lock"), pytest.raises(Unavailable, match="another sweep writes to"):
        sweep.run(1)


def test_a_job_without_settings_that_it_can_use_ends_with_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "eval.sweep.jobs"], input="{}", capture_output=True, text=True, check=False,
        cwd=_ROOT,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("ValidationError: 6 validation errors for JobOrder settings Field required")


def test_a_job_whose_sweep_was_killed_ends_too() -> None:
    code = """
import os
from eval.sweep.jobs import _end_with_parent
_end_with_parent(os.getppid())
print("its sweep lives", flush=True)
_end_with_parent(-1)
print("its sweep is gone", flush=True)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=_ROOT)
    assert (done.returncode, done.stdout) == (1, "its sweep lives\n")


def test_a_home_is_free_only_after_its_first_owner_filled_it(tmp_path: Path) -> None:
    homes = Homes(tmp_path)
    first = homes.take("g", wanted=3)
    assert first == tmp_path / "g"
    assert homes.take("g", wanted=3) is None
    first.mkdir()
    (first / "index").write_text(json.dumps("filled"))
    homes.give_back("g", first)
    assert homes.take("g", wanted=2) == first
    second = homes.take("g", wanted=1)
    assert second == tmp_path / "g.2"
    assert (second / "index").read_text() == '"filled"'
    assert homes.take("other", wanted=1) == tmp_path / "other"
    homes.remove_copies()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["g"]


def test_jobs_name_their_set_and_combination(sweep: Sweep) -> None:
    job: Job = jobs_of(sweep.plan([1, 2]))[1]
    assert job.name == "set, candidates=2"
