"""Workers as real processes on one record: raced, killed, stopped and woken."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from job_worker import COUNT, JOBS
from sqlalchemy import func, select
from waiting import until

from ingest.ingest_job import IngestOrder
from store.catalog import Catalog
from store.job import JobState, NewJob, Priority
from store.jobs import Jobs
from store.tables import versions

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture
def catalog(tmp_path):
    catalog = Catalog.open(tmp_path / "home")
    yield catalog
    catalog.close()


@pytest.fixture
def jobs(catalog):
    return Jobs(catalog, JOBS)


@pytest.fixture
def start(tmp_path):
    """Start a worker that is ready and waits for a line on standard input; what is left is killed at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, ROOT / "tests" / "job_worker.py", tmp_path / "home", *arguments]
        path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
        worker = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        started.append(worker)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        return worker

    yield start
    for worker in started:
        worker.kill()
        worker.communicate()


def go(worker):
    worker.stdin.write("\n")
    worker.stdin.flush()


def counting(tmp_path, kb="kb", **words):
    return NewJob(kb=kb, kind=COUNT, arguments={"log": str(tmp_path / "log"), **words}, priority=Priority.BATCH)


def log_of(tmp_path):
    log = tmp_path / "log"
    return log.read_text().split("\n")[:-1] if log.exists() else []


def put_to_sleep(worker, record):
    """Stop a process where it holds no lock on the record: one that did would stop every other, lease or not."""
    for _ in range(100):
        worker.send_signal(signal.SIGSTOP)
        with closing(sqlite3.connect(record, timeout=0.2, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                worker.send_signal(signal.SIGCONT)
                time.sleep(0.05)
            else:
                connection.execute("ROLLBACK")
                return
    raise AssertionError("the worker always held the lock")


def test_two_workers_race_for_fifty_jobs_and_each_is_done_once(catalog, jobs, tmp_path, start):
    for number in range(50):
        jobs.submit(counting(tmp_path, f"kb{number % 7}", number=number, seconds=0.01))
    workers = [start(), start()]
    for worker in workers:
        go(worker)
    assert [worker.wait(120) for worker in workers] == [0, 0]
    assert Counter(log_of(tmp_path)) == Counter(f"{job} 0" for job in range(1, 51))
    assert {(job.state, job.attempts) for job in jobs.all()} == {(JobState.DONE, 1)}


def test_the_job_of_a_killed_worker_is_taken_over(catalog, jobs, tmp_path, start):
    jobs.submit(counting(tmp_path, files=30, seconds=0.05))
    first = start()
    go(first)
    until(lambda: len(log_of(tmp_path)) > 3)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = start()
    go(second)
    assert second.wait(60) == 0
    job = jobs.get(1)
    assert (job.state, job.attempts, job.report) == (JobState.DONE, 2, {"files": 30})


def test_ingestion_that_is_killed_again_and_again_stores_every_document_once(catalog, jobs, tmp_path, start):
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(15):
        (folder / f"refund {number}.md").write_text(
            f"# Refund {number}\n\nPlan {number} is refunded in {number} days.\n"
        )
        (folder / f"退款 {number}.md").write_text(f"# 退款 {number}\n\n套餐 {number} 在 {number} 天内退款。\n")
    jobs.submit(IngestOrder(paths=(folder,)).as_job("kb", Priority.BATCH))
    for _ in range(3):
        before = len(catalog.document_ids("kb"))
        worker = start("--seconds", "0.2")
        go(worker)
        until(lambda before=before: len(catalog.document_ids("kb")) > before)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    last = start()
    go(last)
    assert last.wait(60) == 0
    job = jobs.get(1)
    assert job.state is JobState.DONE
    assert job.attempts == 4
    assert set(catalog.document_ids("kb")) == {path.name for path in folder.iterdir()}
    with catalog.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(versions)) == 30
    # Every document was stored under some attempt of this job, and its verdict with it.
    assert job.report["outcomes"] | {"ingested": 30, "unchanged": 0} == job.report["outcomes"]
    assert len(jobs.files(1)) == 30


def test_a_worker_that_wakes_after_its_lease_stores_nothing_more(catalog, jobs, tmp_path, start):
    jobs.submit(counting(tmp_path, files=40, seconds=0.1))
    asleep = start()
    go(asleep)
    until(lambda: len(log_of(tmp_path)) > 2)
    put_to_sleep(asleep, tmp_path / "home" / "record.sqlite")
    before = len(log_of(tmp_path))
    other = start("--for-ever")
    go(other)
    until(lambda: len(log_of(tmp_path)) > before)  # it waited for the lease to run out
    asleep.send_signal(signal.SIGCONT)
    assert asleep.wait(60) == 0  # it noticed, and found no other job to do
    until(lambda: jobs.get(1).state is JobState.DONE)
    job = jobs.get(1)
    assert (job.state, job.attempts, job.error) == (JobState.DONE, 2, "")
    # Attempt 2 counted from 0 to 39 in order; attempt 1 wrote not one line after it slept.
    assert log_of(tmp_path)[before:] == [f"1 {number}" for number in range(40)]


def test_a_job_is_cancelled_from_another_process_within_a_second(catalog, jobs, tmp_path, start):
    jobs.submit(counting(tmp_path, files=10_000, seconds=0.05))
    worker = start()
    go(worker)
    until(lambda: len(log_of(tmp_path)) > 2)
    asked = time.monotonic()
    jobs.cancel(1)
    until(lambda: jobs.get(1).state is JobState.CANCELLED)
    assert time.monotonic() - asked < 1.0
    assert worker.wait(30) == 0
