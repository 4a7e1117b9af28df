"""The record and its leases on a real PostgreSQL server: the same code, another database."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from fakes import FakeEmbedder, a_document, paragraphs_of, state_of
from postgres_server import running_postgres
from sqlalchemy import create_engine, inspect, text

from core.errors import InvalidInput, RecordError
from core.filtering import parse_filter
from core.settings import JobSettings, RecordSettings
from core.types import Outcome
from store.catalog import Catalog
from store.feedback import Answered, FeedbackRecord, Opinion, Rating, Wanted
from store.feedback_counts import count_feedback
from store.filters import Filters
from store.job import JobFile, JobProgress, JobState, NewJob, Order, Priority
from store.jobs import Jobs
from store.lease import LeaseLost
from store.leases import Leases, Standing
from store.ledger import Ledger
from store.live_quality import Quality, live_quality
from store.tables import metadata
from store.traces import TraceRow, Traces
from store.usage_days import UsageDay, UsageDays, Used

pytestmark = pytest.mark.slow
SETTINGS = JobSettings(lease_seconds=60, attempts=3, retry_seconds=0)
NOTHING_DONE = Standing(progress=JobProgress())
STORED = JobFile(source="退款.md", outcome=Outcome.INGESTED, reason="", passages=3)


@pytest.fixture(scope="module")
def server():
    pytest.importorskip("psycopg")
    with running_postgres() as url:
        yield url


@pytest.fixture
def catalog(server, tmp_path):
    """A record in a database without a table."""
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    catalog = Catalog.open(tmp_path / "home", RecordSettings(url=server))
    yield catalog
    catalog.close()


@pytest.fixture
def jobs(catalog):
    return Jobs(catalog, SETTINGS)


@pytest.fixture
def leases(catalog):
    return Leases(catalog, SETTINGS)


def new(kb="kb", priority=Priority.BATCH, **words):
    return NewJob(kb=kb, kind="ingest", arguments=words, priority=priority)


def put(catalog, source, words):
    embedder = FakeEmbedder()
    document = a_document(source, words)
    passages = paragraphs_of(document)
    vectors = list(embedder.embed_passages([chunk.indexed_text for chunk in passages]))
    catalog.put_document(document, passages, vectors, fingerprint=embedder.fingerprint, state=state_of(document))


def texts(catalog):
    return sorted(chunk.text for chunk in catalog.live_chunks("kb", sorted(catalog.live_ids("kb"))).values())


def test_a_filter_leaves_the_same_as_on_sqlite(catalog):
    catalog.ensure_kb("帮助")
    for source, product, until in (("a.md", "潮標, Gate", date(2024, 12, 31)), ("b.md", "长" * 1_000, None)):
        document = replace(
            a_document(source, source, kb="帮助"), metadata={"產品": product, "n\x00": "\x00"}, valid_until=until
        )
        passages = paragraphs_of(document)
        vectors = list(FakeEmbedder().embed_passages([chunk.indexed_text for chunk in passages]))
        catalog.put_document(document, passages, vectors, fingerprint="f", state=state_of(document))
    filters = Filters(catalog)
    for words, day, left in (
        (["产品=潮标", "language=en"], "", 1),
        (["产品!=gate"], "", 1),
        (["产品=" + "长" * 1_000], "2030-01-01", 1),
        (["source=*.md"], "2024-12-31", 2),
        (["kind=prose"], "2025-01-01", 1),
    ):
        assert filters.select("帮助", 0, parse_filter(words, day)).passages == left
    with pytest.raises(InvalidInput, match="near it: '潮標'"):
        filters.select("帮助", 0, parse_filter(["产品=潮鏢"], ""))


def test_the_migrations_make_every_table_with_every_column(catalog):
    found = inspect(catalog.engine)
    for table in metadata.sorted_tables:
        assert {column["name"] for column in found.get_columns(table.name)} == {column.name for column in table.columns}
        assert {index["name"] for index in found.get_indexes(table.name)} == {index.name for index in table.indexes}


def test_opening_it_again_changes_nothing(catalog, server, tmp_path):
    catalog.ensure_kb("kb")
    again = Catalog.open(tmp_path / "home", RecordSettings(url=server))
    assert again.kb_names() == ["kb"]
    again.close()


def test_documents_are_put_replaced_listed_and_deleted(catalog):
    catalog.ensure_kb("kb")
    put(catalog, "a.md", "Refunds take 14 days.\n\nCall us.")
    put(catalog, "退款.md", "退款需要 14 天。")
    put(catalog, "a.md", "Refunds take 30 days.\n\nCall us.")
    assert texts(catalog) == ["Call us.", "Refunds take 30 days.", "退款需要 14 天。"]
    assert [(kb.name, kb.documents, kb.passages) for kb in catalog.knowledge_bases()] == [("kb", 2, 3)]
    assert catalog.languages("kb") == {"en": 1, "zh": 1}
    document = catalog.document(catalog.document_ids("kb")["退款.md"])
    assert document.text == "退款需要 14 天。"
    vectors = catalog.chunk_vectors("kb", "fake-1", sorted(catalog.live_ids("kb")))
    assert {len(vector) for vector in vectors.values()} == {64}
    head = Ledger(catalog).head("kb")
    assert [seq for seq, _ in Ledger(catalog).changed_since("kb", 0, 100)] == list(range(1, head + 1))
    assert catalog.delete_sources("kb", ["a.md"]) == 1
    assert texts(catalog) == ["退款需要 14 天。"]
    catalog.delete_kb("kb")
    assert catalog.kb_names() == []


def test_what_failed_is_kept_with_its_reason(catalog):
    catalog.ensure_kb("kb")
    state = state_of(a_document("坏.pdf", "x"), Outcome.ENCRYPTED, "受密码保护")
    catalog.put_outcome("kb", state)
    assert catalog.source_states("kb")["坏.pdf"].reason == "受密码保护"


def test_two_workers_on_many_threads_take_each_job_once(catalog, jobs, leases):
    for number in range(40):
        jobs.submit(new(f"kb{number % 5}", number=number))
    done: list[int] = []

    def work(owner):
        while True:
            job = leases.claim(owner)
            if job is not None:
                done.append(job.id)
                leases.finish(job, JobState.DONE, NOTHING_DONE, {})
            elif not jobs.queued():
                return

    threads = [threading.Thread(target=work, args=(f"worker {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Counter(done) == Counter(range(1, 41))
    assert {(job.state, job.attempts) for job in jobs.all()} == {(JobState.DONE, 1)}


def test_one_job_of_a_knowledge_base_runs_at_a_time(jobs, leases):
    jobs.submit(new(paths=["1"]))
    jobs.submit(new(paths=["2"]))
    first = leases.claim("me")
    assert leases.claim("another") is None
    leases.finish(first, JobState.DONE, NOTHING_DONE, {"报告": 1})
    assert jobs.get(first.id).report == {"报告": 1}
    assert leases.claim("another").arguments == {"paths": ["2"]}


def test_a_lost_lease_is_taken_over_and_the_old_worker_writes_nothing(catalog, jobs, leases):
    jobs.submit(new())
    old = Leases(catalog, JobSettings(lease_seconds=0.001)).claim("a")
    leases.claim("b")
    taken = leases.claim("b") or jobs.get(old.id)
    assert (taken.id, taken.attempts, taken.owner) == (old.id, 2, "b")
    with pytest.raises(LeaseLost):
        leases.fenced(old, lambda: (STORED,)).delete_sources("kb", ["a.md"])
    assert leases.pulse(old, JobProgress()) is Order.LOST
    with leases.fenced(taken, lambda: (STORED,)).writing():
        pass
    assert jobs.files(old.id) == [STORED]


def test_priorities_and_making_room(jobs, leases):
    jobs.submit(new(paths=["all"]))
    batch = leases.claim("a")
    assert leases.pulse(batch, JobProgress(files=3)) is Order.GO_ON
    jobs.submit(new(priority=Priority.INTERACTIVE), owner="a person's process")
    assert leases.pulse(batch, JobProgress(files=3)) is Order.YIELD
    leases.give_back(batch, NOTHING_DONE)
    assert leases.claim("a") is None
    assert leases.claim("a person's process").priority is Priority.INTERACTIVE


def test_cancel_and_retry(jobs, leases):
    job = jobs.submit(new())
    assert jobs.cancel(job.id).state is JobState.CANCELLED
    assert jobs.retry(job.id).state is JobState.QUEUED
    leases.fail(leases.claim("a"), NOTHING_DONE, "wrong", retryable=False)
    assert jobs.get(job.id).state is JobState.FAILED


def test_a_deleted_knowledge_base_takes_its_jobs_with_it(catalog, jobs, leases):
    jobs.submit(new())
    leases.claim("a")
    catalog.delete_kb("kb")
    assert jobs.all() == []


def test_a_server_that_is_away_is_a_clear_error(tmp_path):
    with pytest.raises(RecordError, match="cannot be opened"):
        Catalog.open(tmp_path, RecordSettings(url="postgresql+psycopg://citedesk:secret@127.0.0.1:1/none"))


def test_traces_are_kept_listed_swept_and_deleted_with_their_knowledge_base(catalog):
    traces = Traces(catalog)
    for kb in ("kb", "other"):
        catalog.ensure_kb(kb)
    rows = [
        TraceRow(
            trace_id=f"{kb}{n}", kb=kb, created_at=n, status="answered", question="退款？", document={"text": "\x00中"}
        )
        for kb in ("kb", "other")
        for n in range(3)
    ]
    traces.put(rows)
    traces.put(rows)
    assert traces.get("kb1") == rows[1]
    assert traces.sweep(before=1, keep=1) == 4
    catalog.delete_kb("kb")
    assert [line.trace_id for line in traces.newest(limit=9)] == ["other2"]


def test_feedback_usage_and_quality_are_counted_there_too(catalog):
    catalog.ensure_kb("kb")
    row = TraceRow(
        trace_id="t1", kb="kb", created_at=7_199.9, status="answered", question="?", document={}, proven=2, dropped=1
    )
    Traces(catalog).put([row])
    record = FeedbackRecord(catalog)
    answered = Answered(
        trace_id="t1",
        kb="kb",
        status="answered",
        language="zh",
        question="退款？",
        prompt="",
        documents={"d": "退款.md"},
        trace={"text": "三天"},
    )
    first, is_new = record.put(answered, "小王", Opinion(rating=Rating.UP))
    again, is_newer = record.put(answered, "小王", Opinion(rating=Rating.DOWN))
    assert (is_new, is_newer, again.id) == (True, False, first.id)
    assert record.page(Wanted(kbs=["kb"]), limit=5) == [again]
    counts = count_feedback(catalog, Wanted(kbs=["kb"]))
    assert (counts.total.down, counts.documents[0].down, counts.reasons) == (1, 1, {})
    quality = live_quality(catalog, ["kb"], since=0.0, step=3_600.0)
    assert quality[3_600.0] == Quality(answers=1, answered=1, proven=2, dropped=1)
    assert sum(quality.values(), Quality()).down == 1
    for _ in range(2):
        UsageDays(catalog).add([UsageDay(tenant="default", key="k", day="2026-03-01", used=Used(answers=2, cost=0.5))])
    (day,) = UsageDays(catalog).of(None, since="2026-03-01", until="2026-03-01")
    assert day.used == Used(answers=4, cost=1.0)
