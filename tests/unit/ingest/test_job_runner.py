"""The engine of jobs in one process, on a real record: stopping, retries, resuming and priorities."""

import threading
import time
from dataclasses import replace

import pytest
from fakes import FakeEmbedder
from job_worker import COUNT, JOBS, runner_of
from sqlalchemy import update
from waiting import until

from core.errors import InvalidInput, ModelRefused, NotFound, Unavailable
from core.types import Outcome
from ingest import survey
from ingest.attempt import Attempts, Done
from ingest.ingest_job import IngestOrder, StoppableEmbedder
from ingest.job_watch import JobWatch, Stopped
from ingest.jobs import JobRunner
from ingest.pulse import Pulse
from ingest.report import FileResult
from store.catalog import Catalog
from store.job import JobFile, JobState, NewJob, Order, Priority
from store.jobs import Jobs
from store.leases import Leases
from store.tables import jobs as jobs_table


class Follower:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.waited = 0

    def running(self, job, watch):
        self.begun.append(job.attempts)

    def waiting(self, job):
        self.waited += 1


@pytest.fixture
def catalog(tmp_path):
    catalog = Catalog.open(tmp_path / "home")
    yield catalog
    catalog.close()


@pytest.fixture
def jobs(catalog):
    return Jobs(catalog, JOBS)


@pytest.fixture
def folder(tmp_path):
    """Twelve files, six in each language."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(6):
        (folder / f"refund {number}.md").write_text(
            f"# Refund {number}\n\nRefunds of plan {number} take {number} days.\n"
        )
        (folder / f"退款 {number}.md").write_text(f"# 退款 {number}\n\n套餐 {number} 的退款需要 {number} 天。\n")
    return folder


def counting(tmp_path, kb="kb", priority=Priority.BATCH, **words):
    return NewJob(kb=kb, kind=COUNT, arguments={"log": str(tmp_path / "log"), **words}, priority=priority)


def ingesting(folder, kb="kb", priority=Priority.INTERACTIVE, **options):
    return IngestOrder(paths=(folder,), **options).as_job(kb, priority)


def runner_with(catalog, kind, settings=JOBS):
    jobs, leases = Jobs(catalog, settings), Leases(catalog, settings)
    return JobRunner(jobs, leases, Attempts(leases, {"kind": kind}, settings), settings)


def a_job(priority=Priority.INTERACTIVE):
    return NewJob(kb="kb", kind="kind", arguments={}, priority=priority)


def log_of(tmp_path):
    return (tmp_path / "log").read_text().split("\n")[:-1]


def test_work_runs_what_is_queued_by_priority_and_then_ends(catalog, jobs, tmp_path):
    for kb, priority in (("a", Priority.BATCH), ("客服", Priority.INTERACTIVE), ("c", Priority.BATCH)):
        jobs.submit(counting(tmp_path, kb, priority))
    runner_of(catalog).work(for_ever=False)
    assert log_of(tmp_path) == ["2 0", "1 0", "3 0"]
    assert {job.state for job in jobs.all()} == {JobState.DONE}


def test_a_folder_is_ingested_and_the_report_is_kept(catalog, jobs, folder):
    runner = runner_of(catalog)
    job, error = runner.run(jobs.submit(ingesting(folder), owner=runner.name), Follower())
    assert (job.state, error) == (JobState.DONE, None)
    assert job.report["outcomes"]["ingested"] == job.report["files"] == 12
    assert job.report["formats"] == {"md": {"ingested": 12}}
    assert (job.progress.files_done, job.progress.passages, job.progress.embedded) == (12, 12, 12)
    assert job.progress.bytes_done == job.progress.bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert [file.source for file in jobs.files(job.id)] == sorted(path.name for path in folder.iterdir())


def test_a_path_that_is_not_there_is_refused_before_there_is_a_job(tmp_path, jobs):
    with pytest.raises(NotFound, match="nowhere"):
        ingesting(tmp_path / "nowhere")
    assert jobs.all() == []


@pytest.mark.parametrize("error", [Unavailable("down"), OSError("disk"), ValueError("onnx")])
def test_what_may_pass_is_tried_again_and_again_then_fails(catalog, jobs, error):
    def fail(_attempt):
        raise error

    runner, follower = runner_with(catalog, fail), Follower()
    job, raised = runner.run(jobs.submit(a_job(), owner=runner.name), follower)
    assert (job.state, raised, follower.begun) == (JobState.FAILED, error, [1, 2, 3, 4])
    assert str(error) in job.error


def test_a_job_that_can_store_nothing_fails_and_says_of_no_document_that_it_is_there(catalog, jobs, folder):
    trigger = "CREATE TRIGGER full BEFORE INSERT ON chunks BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    with catalog.writing() as connection:
        connection.exec_driver_sql(trigger)
    runner, follower = runner_of(catalog), Follower()
    job, _ = runner.run(jobs.submit(ingesting(folder), owner=runner.name), follower)
    assert (job.state, follower.begun) == (JobState.FAILED, [1, 2, 3, 4])
    assert "the disk is full" in job.error
    assert jobs.files(job.id) == []


@pytest.mark.parametrize("error", [InvalidInput("wrong"), NotFound("gone"), ModelRefused("hash")])
def test_what_cannot_pass_is_tried_once(catalog, jobs, error):
    def fail(_attempt):
        raise error

    runner, follower = runner_with(catalog, fail), Follower()
    job, _ = runner.run(jobs.submit(a_job(), owner=runner.name), follower)
    assert (job.state, job.error, follower.begun) == (JobState.FAILED, str(error), [1])


def test_a_passing_trouble_does_not_end_a_job(catalog, jobs):
    def fail_twice(attempt):
        if attempt.job.attempts < 3:
            raise OSError("database is locked")
        return Done(report={"at": attempt.job.attempts})

    runner = runner_with(catalog, fail_twice)
    job, _ = runner.run(jobs.submit(a_job(), owner=runner.name), Follower())
    assert (job.state, job.report, job.error) == (JobState.DONE, {"at": 3}, "")


def test_a_kind_that_is_unknown_here_is_named(catalog, jobs):
    jobs.submit(NewJob(kb="kb", kind="dance", arguments={}, priority=Priority.BATCH))
    runner_of(catalog).work(for_ever=False)
    assert jobs.get(1).error == "no kind of job 'dance' here; there is: count, ingest"


@pytest.mark.parametrize(("priority", "attempts"), [(Priority.BATCH, 4), (Priority.INTERACTIVE, 1)])
def test_unread_files_are_tried_again_where_nobody_waits(catalog, jobs, priority, attempts):
    runner = runner_with(catalog, lambda _: Done(report={"files": 1}, again="1 of the files could not be read"))
    jobs.submit(a_job(priority))
    runner.work(for_ever=False)
    job = jobs.get(1)
    assert (job.state, job.attempts, job.report) == (JobState.DONE, attempts, {"files": 1})


def test_a_file_that_can_be_read_at_last_is_ingested_by_the_same_job(catalog, jobs, folder, monkeypatch):
    closed = folder / "退款 3.md"
    tries: list[str] = []
    real = survey.hash_file

    def hash_file(path):
        if path == closed and not tries:
            tries.append("once")
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(survey, "hash_file", hash_file)
    jobs.submit(ingesting(folder, priority=Priority.BATCH))
    runner_of(catalog).work(for_ever=False)
    job = jobs.get(1)
    assert (job.state, job.attempts) == (JobState.DONE, 2)
    assert (job.report["outcomes"]["ingested"], job.report["problems"]) == (12, [])


def test_damaged_and_unsupported_files_are_not_tried_again(catalog, jobs, folder):
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / "film.mp3").write_bytes(b"ID3 noise")
    jobs.submit(ingesting(folder, priority=Priority.BATCH))
    runner_of(catalog).work(for_ever=False)
    job = jobs.get(1)
    assert (job.attempts, len(job.report["problems"])) == (1, 2)


def test_cancel_ends_a_running_job_within_a_second_between_embeddings(catalog, jobs, folder):
    jobs.submit(ingesting(folder, priority=Priority.BATCH))
    runner = runner_of(catalog, seconds=0.4)
    thread = threading.Thread(target=runner.work, kwargs={"for_ever": False})
    thread.start()
    until(lambda: jobs.get(1).progress.passages > 0)
    jobs.cancel(1)
    asked = time.monotonic()
    until(lambda: jobs.get(1).state is JobState.CANCELLED)
    took = time.monotonic() - asked
    thread.join()
    job = jobs.get(1)
    assert took < 1.0
    assert 0 < len(catalog.document_ids("kb")) < 12
    assert job.report["outcomes"]["ingested"] == len(catalog.document_ids("kb")) == len(jobs.files(1))


def test_cancel_ends_a_job_in_the_middle_of_one_long_document(catalog, jobs, tmp_path):
    folder = tmp_path / "long"
    folder.mkdir()
    sections = (
        f"# 第 {number} 节\n\n" + f"套餐 {number} 的退款需要 {number} 天，请联系客服。" * 8 for number in range(60)
    )
    (folder / "手册.md").write_text("\n\n".join(sections))
    jobs.submit(ingesting(folder, priority=Priority.BATCH))
    runner = runner_of(catalog, seconds=0.3)
    thread = threading.Thread(target=runner.work, kwargs={"for_ever": False})
    thread.start()
    until(lambda: jobs.get(1).progress.embedded > 0)
    jobs.cancel(1)
    asked = time.monotonic()
    until(lambda: jobs.get(1).state is JobState.CANCELLED)
    assert time.monotonic() - asked < 1.0
    thread.join()
    assert catalog.document_ids("kb") == {}
    assert jobs.get(1).report["outcomes"]["ingested"] == 0


@pytest.mark.parametrize("method", ["embed_passages", "encode_passages"])
def test_a_stopped_embedder_reads_nothing_more(catalog, jobs, tmp_path, method):
    watch, inner = JobWatch(jobs.submit(counting(tmp_path)), {}), FakeEmbedder()
    embed = getattr(StoppableEmbedder(inner, watch), method)
    embed(["one", "二"])
    watch.stop(Order.CANCEL)
    with pytest.raises(Stopped):
        embed(["three"])
    assert (inner.embedded, watch.progress().embedded) == (["one", "二"], 2)


def test_a_cancelled_job_that_is_tried_again_reports_all_that_it_did(catalog, jobs, folder):
    jobs.submit(ingesting(folder, priority=Priority.BATCH))
    runner = runner_of(catalog, seconds=0.2)
    thread = threading.Thread(target=runner.work, kwargs={"for_ever": False})
    thread.start()
    until(lambda: jobs.get(1).progress.passages > 0)
    runner.stop(Order.CANCEL)
    thread.join()
    stored = len(catalog.document_ids("kb"))
    assert 0 < stored < 12
    jobs.retry(1)
    second = runner_of(catalog)
    second.work(for_ever=False)
    job = jobs.get(1)
    assert (job.report["outcomes"]["ingested"], job.report["outcomes"]["unchanged"]) == (12, 0)
    assert (job.report["passages"], job.report["embedded"]) == (12, 12)


def test_a_stopped_worker_gives_its_job_back(catalog, jobs, folder):
    jobs.submit(ingesting(folder, priority=Priority.BATCH))
    runner = runner_of(catalog, seconds=0.2)
    thread = threading.Thread(target=runner.serve)
    thread.start()
    until(lambda: jobs.get(1).progress.passages > 0)
    runner.stop(Order.YIELD)
    thread.join(5)
    job = jobs.get(1)
    assert (job.state, job.owner, job.failures, job.error) == (JobState.QUEUED, "", 0, "")


def test_an_interactive_job_goes_next_on_the_same_knowledge_base(catalog, jobs, tmp_path, folder):
    jobs.submit(counting(tmp_path, files=40, seconds=0.05))
    worker = runner_of(catalog)
    thread = threading.Thread(target=worker.work, kwargs={"for_ever": False})
    thread.start()
    until(lambda: jobs.get(1).state is JobState.RUNNING)
    me = runner_of(catalog)
    began = time.monotonic()
    job, _ = me.run(jobs.submit(counting(tmp_path, priority=Priority.INTERACTIVE), owner=me.name), Follower())
    assert job.state is JobState.DONE
    assert time.monotonic() - began < 1.8
    assert jobs.get(1).state is not JobState.DONE
    thread.join()
    batch = jobs.get(1)
    assert (batch.state, batch.attempts) == (JobState.DONE, 2)


def test_one_worker_leaves_a_batch_job_for_an_interactive_one_elsewhere(catalog, jobs, tmp_path):
    jobs.submit(counting(tmp_path, "large", files=100, seconds=0.05))
    runner = runner_of(catalog)
    thread = threading.Thread(target=runner.work, kwargs={"for_ever": False})
    thread.start()
    until(lambda: jobs.get(1).state is JobState.RUNNING)
    jobs.submit(counting(tmp_path, "small", Priority.INTERACTIVE))
    until(lambda: jobs.get(2).state is JobState.DONE)
    assert jobs.get(1).state is not JobState.DONE
    runner.stop(Order.CANCEL)
    thread.join()


def test_a_waiting_job_says_so_and_is_cancelled_by_stop(catalog, jobs, tmp_path):
    jobs.submit(counting(tmp_path, priority=Priority.INTERACTIVE, files=1_000, seconds=0.05))
    other = runner_of(catalog)
    thread = threading.Thread(target=other.work, kwargs={"for_ever": False})
    thread.start()
    until(lambda: jobs.get(1).state is JobState.RUNNING)
    me = runner_of(catalog)

    class Impatient(Follower):
        def waiting(self, job):
            super().waiting(job)
            if self.waited == 2:
                me.stop(Order.CANCEL)

    follower = Impatient()
    job, _ = me.run(jobs.submit(counting(tmp_path, files=2), owner=me.name), follower)
    assert (job.state, follower.begun) == (JobState.CANCELLED, [])
    assert follower.waited == 2
    other.stop(Order.CANCEL)
    thread.join()


def test_a_deleted_knowledge_base_ends_its_job(catalog, jobs, tmp_path):
    jobs.submit(counting(tmp_path, files=1_000, seconds=0.02))
    runner = runner_of(catalog)
    thread = threading.Thread(target=runner.work, kwargs={"for_ever": False})
    thread.start()
    until(lambda: jobs.get(1).state is JobState.RUNNING)
    catalog.delete_kb("kb")
    thread.join(10)
    assert not thread.is_alive()
    assert jobs.all() == []


class Silence:
    """A record that cannot be reached."""

    def pulse(self, job, progress):
        raise OSError("database is locked")


def test_a_worker_without_a_sign_of_life_for_a_lease_stops(catalog, jobs, tmp_path):
    job = jobs.submit(counting(tmp_path))
    watch = JobWatch(job, {})
    with Pulse(Silence(), job, watch, replace_settings(lease_seconds=0.3)):
        time.sleep(0.2)
        watch.check()
        until(lambda: watch_order(watch) is Order.LOST, 5)


def replace_settings(**values):
    return JOBS.model_copy(update=values)


def watch_order(watch):
    try:
        watch.check()
    except Stopped as stopped:
        return stopped.order
    return Order.GO_ON


def test_what_an_earlier_attempt_stored_counts_as_ingested(catalog, jobs, tmp_path):
    job = jobs.submit(counting(tmp_path))
    stored = JobFile(source="退款.md", outcome=Outcome.INGESTED, reason="", passages=3)
    watch = JobWatch(replace(job, progress=replace(job.progress, embedded=5)), {"退款.md": stored})
    watch.settled(FileResult(path="退款.md", outcome=Outcome.UNCHANGED))
    watch.settled(FileResult(path="other.md", outcome=Outcome.UNCHANGED))
    watch.embedded(2)
    assert (watch.progress().passages, watch.progress().embedded) == (3, 7)
    assert watch.take_files() == (stored,)
    assert watch.take_files() == ()


def test_a_foreground_job_that_another_took_over_is_followed_to_its_end(catalog, jobs, tmp_path):
    """What a worker sees that was stopped for longer than its lease, here by hand."""
    me, follower = runner_of(catalog), Follower()
    mine = jobs.submit(counting(tmp_path, files=10, seconds=0.05), owner=me.name)
    with catalog.writing() as connection:
        connection.execute(update(jobs_table).where(jobs_table.c.id == mine.id).values(owner="", lease_until=0))
    other = runner_of(catalog)
    thread = threading.Thread(target=other.work, kwargs={"for_ever": False})
    thread.start()
    until(lambda: jobs.get(mine.id).state is JobState.RUNNING)
    job, _ = me.run(mine, follower)
    thread.join()
    assert (job.state, job.report, follower.begun) == (JobState.DONE, {"files": 10}, [])
