"""The queue and the leases on a real SQLite record."""

import pytest
from sqlalchemy import select, update

from core.errors import InvalidInput, NotFound
from core.settings import JobSettings
from core.types import Outcome
from store.job import JobFile, JobProgress, JobState, NewJob, Order, Priority
from store.jobs import Jobs
from store.lease import LeaseLost, delay
from store.leases import Leases, Standing
from store.tables import jobs as jobs_table
from store.worker_name import worker_name

SETTINGS = JobSettings(lease_seconds=60, attempts=3, retry_seconds=100, keep=2)
BATCH, INTERACTIVE = Priority.BATCH, Priority.INTERACTIVE
NOTHING_DONE = Standing(progress=JobProgress())
STORED = JobFile(source="a.md", outcome=Outcome.INGESTED, reason="", passages=3)


@pytest.fixture
def jobs(catalog):
    return Jobs(catalog, SETTINGS)


@pytest.fixture
def leases(catalog):
    return Leases(catalog, SETTINGS)


def new(kb="kb", priority=BATCH, **words):
    return NewJob(kb=kb, kind="ingest", arguments=words, priority=priority)


def change(catalog, job, **values):
    with catalog.writing() as connection:
        connection.execute(update(jobs_table).where(jobs_table.c.id == job.id).values(**values))


def dead(name):
    """A worker of this machine whose process is gone: no process has the largest number."""
    machine, _, _ = name.split("/")
    return f"{machine}/4194304/gone"


def test_an_interactive_job_goes_before_older_batch_jobs(jobs, leases):
    for kb, priority in (("a", BATCH), ("b", BATCH), ("客服", INTERACTIVE), ("d", INTERACTIVE)):
        jobs.submit(new(kb, priority))
    taken = [leases.claim("me") for _ in range(5)]
    assert [job and job.kb for job in taken] == ["客服", "d", "a", "b", None]


def test_one_job_of_a_knowledge_base_runs_at_a_time(jobs, leases):
    jobs.submit(new(paths=["1"]))
    jobs.submit(new(paths=["2"]))
    first = leases.claim("me")
    assert leases.claim("another") is None
    leases.finish(first, JobState.DONE, NOTHING_DONE, {})
    assert leases.claim("another").arguments == {"paths": ["2"]}


def test_the_record_itself_refuses_a_second_running_job(jobs, leases, catalog):
    jobs.submit(new(paths=["1"]))
    second = jobs.submit(new(paths=["2"]))
    leases.claim("me")
    with pytest.raises(Exception, match="UNIQUE"):
        change(catalog, second, state="running")


def test_a_worker_may_want_interactive_jobs_only(jobs, leases):
    jobs.submit(new("a"))
    assert leases.claim("me", worst=INTERACTIVE) is None
    wanted = jobs.submit(new("b", INTERACTIVE))
    assert leases.claim("me", worst=INTERACTIVE).id == wanted.id


def test_a_job_that_is_kept_for_a_process_goes_to_nobody_else(jobs, leases, catalog):
    mine = jobs.submit(new(), owner=worker_name())
    assert leases.claim("another") is None
    assert jobs.queued() == 0
    change(catalog, mine, lease_until=0)
    assert leases.claim("another").id == mine.id


def test_a_job_kept_for_a_dead_process_is_free(jobs, leases):
    jobs.submit(new(), owner=dead(worker_name()))
    assert leases.claim("another") is not None


def test_the_same_job_waits_only_once_and_at_the_better_priority(jobs):
    first = jobs.submit(new(paths=["退款"]))
    again = jobs.submit(new(paths=["退款"], priority=INTERACTIVE))
    assert (again.id, again.priority) == (first.id, INTERACTIVE)
    assert jobs.submit(new(paths=["refunds"])).id != first.id


def test_a_job_that_runs_is_no_reason_not_to_queue_it_again(jobs, leases):
    first = jobs.submit(new(paths=["a"]))
    leases.claim("me")
    assert jobs.submit(new(paths=["a"])).id != first.id


def test_a_lease_that_ran_out_is_taken_over_after_a_wait(jobs, leases, catalog):
    jobs.submit(new())
    old = leases.claim("a")
    assert leases.claim("b") is None
    change(catalog, old, lease_until=0)
    assert leases.claim("b") is None
    waiting = jobs.get(old.id)
    assert (waiting.state, waiting.failures, waiting.owner) == (JobState.QUEUED, 1, "")
    assert 50 <= waiting.not_before - waiting.created_at <= 160
    change(catalog, old, not_before=0)
    taken = leases.claim("b")
    assert (taken.id, taken.attempts, taken.owner) == (old.id, 2, "b")


def test_a_worker_whose_process_is_gone_loses_its_job_at_once(jobs, leases):
    jobs.submit(new())
    job = leases.claim(dead(worker_name()))
    leases.claim("b")
    assert jobs.get(job.id).error == "its worker ended in the middle (process 4194304)"


def test_a_live_process_keeps_its_job(jobs, leases):
    jobs.submit(new())
    job = leases.claim(worker_name())
    leases.claim("b")
    assert jobs.get(job.id).state is JobState.RUNNING


def test_a_job_that_kills_every_worker_fails_for_good(jobs, leases, catalog):
    jobs.submit(new())
    for failures in (1, 2, 3):
        change(catalog, leases.claim("a"), lease_until=0)
        assert leases.claim("b") is None
        assert jobs.get(1).failures == failures
        change(catalog, jobs.get(1), not_before=0)
    assert jobs.get(1).state is JobState.FAILED


def test_a_document_that_was_stored_ends_a_row_of_failures(jobs, leases, catalog):
    jobs.submit(new())
    job = leases.claim("a")
    change(catalog, job, failures=2)
    with leases.fenced(job, lambda: (STORED,)).writing():
        pass
    assert jobs.get(job.id).failures == 0


def test_a_worker_that_lost_its_lease_writes_nothing(jobs, leases, catalog):
    jobs.submit(new())
    old = leases.claim("a")
    change(catalog, old, lease_until=0, failures=0)
    leases.claim("b")
    change(catalog, old, not_before=0)
    new_owner = leases.claim("b")
    fenced = leases.fenced(old, lambda: (STORED,))
    with pytest.raises(LeaseLost, match="attempt 1 at job 1 is over"):
        fenced.delete_sources("kb", ["a.md"])
    for write in (
        lambda: leases.finish(old, JobState.DONE, Standing(progress=JobProgress(), files=(STORED,)), {}),
        lambda: leases.give_back(old, NOTHING_DONE),
        lambda: leases.fail(old, NOTHING_DONE, "no", retryable=True),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert leases.pulse(old, JobProgress(files=7)) is Order.LOST
    assert jobs.get(old.id).owner == "b"
    assert (jobs.files(old.id), jobs.get(old.id).progress) == ([], JobProgress())
    assert leases.pulse(new_owner, JobProgress(files=7)) is Order.GO_ON
    assert jobs.get(old.id).progress.files == 7


def test_a_verdict_is_kept_with_the_document_or_not_at_all(jobs, leases):
    jobs.submit(new())
    job = leases.claim("a")
    fenced = leases.fenced(job, lambda: (STORED,))

    def cut_short():
        with fenced.writing():
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        cut_short()
    assert jobs.files(job.id) == []
    with fenced.writing():
        pass
    assert jobs.files(job.id) == [STORED]


def test_the_last_verdict_on_a_file_counts(jobs, leases):
    jobs.submit(new())
    job = leases.claim("a")
    failed = JobFile(source="a.md", outcome=Outcome.FAILED, reason="读不出来", passages=0)
    leases.give_back(job, Standing(progress=JobProgress(), files=(failed,)))
    job = leases.claim("a")
    leases.finish(job, JobState.DONE, Standing(progress=JobProgress(), files=(failed, STORED)), {"files": 1})
    assert jobs.files(job.id) == [STORED]
    assert jobs.get(job.id).report == {"files": 1}


def test_a_job_that_cannot_be_retried_fails_at_once(jobs, leases):
    jobs.submit(new())
    job = leases.claim("a")
    leases.fail(job, NOTHING_DONE, "no file or folder 'x'", retryable=False)
    ended = jobs.get(job.id)
    assert (ended.state, ended.error, ended.owner) == (JobState.FAILED, "no file or folder 'x'", "")
    assert ended.finished_at >= ended.started_at


@pytest.mark.parametrize(("failures", "least", "most"), [(1, 50, 150), (2, 100, 300), (3, 150, 450), (40, 150, 450)])
def test_each_failure_doubles_the_wait_up_to_five_minutes(failures, least, most):
    waits = [delay(failures, SETTINGS) for _ in range(50)]
    assert all(least <= wait <= most for wait in waits)
    assert max(waits) - min(waits) > 0.2 * (most - least)


def test_a_queued_job_is_cancelled_at_once_and_can_be_tried_again(jobs, leases):
    job = jobs.submit(new())
    assert jobs.cancel(job.id).state is JobState.CANCELLED
    assert leases.claim("a") is None
    with pytest.raises(InvalidInput, match="job 1 is cancelled already"):
        jobs.cancel(job.id)
    assert jobs.retry(job.id).state is JobState.QUEUED
    assert leases.claim("a").id == job.id


def test_a_running_job_hears_of_its_end_at_the_next_pulse(jobs, leases):
    jobs.submit(new())
    job = leases.claim(worker_name())
    assert jobs.cancel(job.id).state is JobState.RUNNING
    assert leases.pulse(job, JobProgress()) is Order.CANCEL


def test_a_cancelled_job_of_a_dead_worker_is_cancelled(jobs, leases):
    jobs.submit(new())
    job = leases.claim(dead(worker_name()))
    assert jobs.cancel(job.id).state is JobState.CANCELLED


def test_only_failed_and_cancelled_jobs_are_tried_again(jobs, leases):
    job = jobs.submit(new())
    with pytest.raises(InvalidInput, match="job 1 is queued"):
        jobs.retry(job.id)
    with pytest.raises(NotFound, match="no job 7"):
        jobs.retry(7)


def test_a_batch_job_makes_room_on_its_own_knowledge_base(jobs, leases):
    jobs.submit(new(paths=["all"]))
    batch = leases.claim("a")
    jobs.submit(new(paths=["one"], priority=INTERACTIVE), owner="a person's process")
    assert leases.pulse(batch, JobProgress()) is Order.YIELD
    leases.give_back(batch, NOTHING_DONE)
    assert leases.claim("a person's process").arguments == {"paths": ["one"]}


def test_an_interactive_job_makes_room_for_nobody(jobs, leases):
    jobs.submit(new(paths=["1"], priority=INTERACTIVE))
    running = leases.claim("a")
    jobs.submit(new(paths=["2"], priority=INTERACTIVE))
    assert leases.pulse(running, JobProgress()) is Order.GO_ON


def test_a_batch_job_makes_room_elsewhere_only_where_no_other_worker_is_free(jobs, leases, catalog):
    jobs.submit(new("large"))
    batch = leases.claim("a")
    urgent = jobs.submit(new("small", INTERACTIVE))
    assert leases.pulse(batch, JobProgress()) is Order.GO_ON  # another worker still has a second to take it
    change(catalog, urgent, not_before=0)
    assert leases.pulse(batch, JobProgress()) is Order.YIELD
    change(catalog, urgent, owner="its own process")
    assert leases.pulse(batch, JobProgress()) is Order.GO_ON


def test_old_finished_jobs_are_forgotten_and_unfinished_ones_are_not(jobs, leases):
    for number in range(4):
        jobs.submit(new(f"kb{number}"))
        leases.finish(leases.claim("a"), JobState.DONE, Standing(progress=JobProgress(), files=(STORED,)), {})
    waiting = jobs.submit(new("kb9"))
    assert [job.id for job in jobs.all()] == [waiting.id, 4, 3]
    assert jobs.files(1) == []


def test_a_deleted_knowledge_base_takes_its_jobs_with_it(jobs, leases, catalog):
    jobs.submit(new())
    job = leases.claim("a")
    catalog.delete_kb("kb")
    assert leases.pulse(job, JobProgress()) is Order.LOST
    assert jobs.all() == []
    with catalog.engine.connect() as connection:
        assert connection.execute(select(jobs_table)).all() == []
