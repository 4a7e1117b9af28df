"""The real Chroma and tantivy behind the record, with a small embedder."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fakes import FakeEmbedder, FakeEncoders
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from core.errors import IndexLocked
from core.settings import RetrievalSettings
from core.types import SearchStage, Stage
from retrieval.bm25_index import Bm25Store
from retrieval.chroma_index import ChromaStore
from retrieval.indexes import Indexes
from retrieval.lock import IndexLock
from retrieval.search import Retriever
from retrieval.tantivy_index import TantivyStore
from retrieval.verify import verify
from store.catalog import Catalog


def open_indexes(folder: Path, catalog: Catalog, embedder: FakeEmbedder, lexical=None) -> Indexes:
    return Indexes(
        catalog=catalog,
        encoders=FakeEncoders(embedder),
        dense=ChromaStore(folder / "chroma"),
        lexical=lexical or TantivyStore(folder / "tantivy"),
    )


@pytest.fixture
def indexes(tmp_path, catalog, embedder):
    indexes = open_indexes(tmp_path / "indexes", catalog, embedder)
    yield indexes
    indexes.close()


def found(indexes, catalog, query, kb="kb"):
    chunks = catalog.live_chunks(kb, [hit.chunk_id for hit in indexes.lexical(kb).search(query, 10)])
    return [chunk.text for chunk in chunks.values()]


def test_what_is_put_is_found_by_both_arms(indexes, catalog, put, embedder):
    put("a.md", "Refunds take 14 days.\n\nThe gate has two fans.")
    put("b.md", "退款需要十四天。\n\n网关有两个风扇。")
    (dense,) = indexes.dense("kb").search(embedder.embed_query("how many fans has the gate"), 1)
    (lexical,) = indexes.lexical("kb").search("退款要几天", 1)
    assert catalog.live_chunks("kb", [dense.chunk_id])[dense.chunk_id].text == "The gate has two fans."
    assert catalog.live_chunks("kb", [lexical.chunk_id])[lexical.chunk_id].text == "退款需要十四天。"


def test_indexes_follow_replacement_and_deletion(indexes, catalog, put):
    put("a.md", "Refunds take 14 days.\n\nCall us.")
    put("b.md", "Parking is free.")
    indexes.catch_up("kb")
    put("a.md", "Refunds take 30 days.\n\nCall us.")
    catalog.delete_sources("kb", ["b.md"])
    indexes.catch_up("kb")
    assert indexes.dense("kb").ids() == indexes.lexical("kb").ids() == catalog.live_ids("kb")
    assert found(indexes, catalog, "refunds parking") == ["Refunds take 30 days."]


def test_a_passage_that_came_went_and_came_again_is_there(indexes, catalog, put):
    put("a.md", "Refunds take 14 days.")
    indexes.catch_up("kb")
    catalog.delete_sources("kb", ["a.md"])
    put("a.md", "Refunds take 14 days.")
    indexes.catch_up("kb")
    assert indexes.dense("kb").ids() == indexes.lexical("kb").ids() == catalog.live_ids("kb")


def test_a_replay_of_changes_that_are_in_already_changes_nothing(tmp_path, indexes, catalog, put, embedder):
    put("a.md", "One.\n\nTwo.")
    indexes.catch_up("kb")
    put("b.md", "Three.\n\nFour.")
    edition = indexes.view("kb").edition
    for arm in (Stage.DENSE, Stage.LEXICAL):
        followed = indexes._generations.follow(edition, arm)
        indexes._generations._replay(edition, arm, followed, sorted(catalog.live_ids("kb")))
    assert indexes.dense("kb").ids() == indexes.lexical("kb").ids() == catalog.live_ids("kb")
    assert all(report.sound for report in verify("kb", catalog=catalog, indexes=indexes))


def test_the_next_process_takes_up_where_the_last_one_stopped(tmp_path, catalog, put, embedder):
    first = open_indexes(tmp_path / "indexes", catalog, embedder)
    put("a.md", "Refunds take 14 days.")
    first.catch_up("kb")
    first.close()
    put("b.md", "Parking is free.")
    second = open_indexes(tmp_path / "indexes", catalog, embedder)
    before = second._ledger.generations()
    second.catch_up("kb")
    assert [g.id for g in second._ledger.generations()] == [g.id for g in before], "opened, not built anew"
    assert second.dense("kb").ids() == catalog.live_ids("kb")
    second.close()


@pytest.mark.parametrize("lost", ["chroma", "tantivy"])
def test_an_index_that_was_thrown_away_is_built_anew_without_embedding(tmp_path, catalog, put, embedder, lost):
    import shutil

    first = open_indexes(tmp_path / "indexes", catalog, embedder)
    put("a.md", "Refunds take 14 days.")
    first.catch_up("kb")
    first.close()
    shutil.rmtree(tmp_path / "indexes" / lost)
    embedder.embedded.clear()
    second = open_indexes(tmp_path / "indexes", catalog, embedder)
    second.catch_up("kb")
    assert second.dense("kb").ids() == second.lexical("kb").ids() == catalog.live_ids("kb")
    assert embedder.embedded == []
    second.close()


def test_an_edition_whose_embedder_is_gone_is_found_by_words_and_says_so(tmp_path, catalog, put, embedder):
    first = open_indexes(tmp_path / "indexes", catalog, embedder)
    put("a.md", "Refunds take 14 days.\n\nThe gate has two fans.")
    first.catch_up("kb")
    first.close()
    put("b.md", "停车免费。")
    second = open_indexes(tmp_path / "indexes", catalog, FakeEmbedder(fingerprint="fake-2"))
    put_vectors_away(catalog)
    second.catch_up("kb")
    retriever = Retriever(catalog=catalog, indexes=second, settings=RetrievalSettings())
    for question, expected in (("two fans", "The gate has two fans."), ("停车", "停车免费。")):
        result = retriever.search("kb", question, 1, SearchStage.HYBRID)
        assert [hit.chunk.text for hit in result.hits] == [expected]
        assert result.degraded == ("dense",)
    second.close()


def put_vectors_away(catalog):
    with catalog.writing() as connection:
        connection.execute(text("DELETE FROM embeddings"))


def test_a_build_that_a_crash_cut_short_is_swept_and_does_not_answer(tmp_path, catalog, put, embedder):
    put("a.md", "Refunds take 14 days.")
    first = open_indexes(tmp_path / "indexes", catalog, embedder)
    abandoned = first._ledger.begin("kb", first.view("kb").edition.id, "lexical", TantivyStore.fingerprint)
    TantivyStore(tmp_path / "indexes" / "tantivy").create(abandoned.id).close()
    first.close()
    second = open_indexes(tmp_path / "indexes", catalog, embedder)
    second.sweep()
    second.catch_up("kb")
    assert not (tmp_path / "indexes" / "tantivy" / abandoned.id).exists()
    assert second.lexical("kb").ids() == catalog.live_ids("kb")
    second.close()


def test_rebuild_leaves_the_same_passages_and_one_generation_each(tmp_path, indexes, catalog, put):
    put("a.md", "One.\n\nTwo.\n\nThree.")
    indexes.catch_up("kb")
    before = {generation.id for generation in indexes._ledger.generations()}
    indexes.rebuild("kb")
    after = {generation.id for generation in indexes._ledger.generations()}
    assert len(after) == 2
    assert not before & after
    assert len(list((tmp_path / "indexes" / "tantivy").iterdir())) == 1
    assert indexes.dense("kb").ids() == indexes.lexical("kb").ids() == catalog.live_ids("kb")


def test_verify_names_what_is_missing_and_what_is_extra(indexes, catalog, put, embedder):
    put("a.md", "One fish.\n\nTwo birds.")
    indexes.catch_up("kb")
    lost = sorted(catalog.live_ids("kb"))[0]
    indexes.lexical("kb").apply((), [lost])
    catalog.delete_sources("kb", ["a.md"])
    put("b.md", "Two birds again.")
    dense, lexical = verify("kb", catalog=catalog, indexes=indexes)
    assert dense.sound
    assert lexical.sound, "replay heals what concerns changed passages"
    indexes.lexical("kb").apply((), sorted(catalog.live_ids("kb")))
    _, lexical = verify("kb", catalog=catalog, indexes=indexes)
    assert lexical.missing == tuple(catalog.live_ids("kb"))
    assert lexical.unfindable == lexical.missing


def test_a_deleted_knowledge_base_does_not_stop_the_follower(indexes, catalog, put):
    put("a.md", "Ours.")
    put("a.md", "Theirs.", kb="other")
    indexes.start_following(0.01)
    catalog.delete_kb("kb")
    put("b.md", "More of theirs.", kb="other")
    for _ in range(500):
        if indexes.dense("other").ids() == catalog.live_ids("other") == indexes.lexical("other").ids():
            break
        indexes._stop.wait(0.01)
    assert indexes.dense("other").ids() == catalog.live_ids("other")


def test_the_follower_outlives_an_error_of_the_record(indexes, catalog, put, monkeypatch, caplog):
    put("a.md", "Ours.")
    indexes.catch_up("kb")
    real, failed = catalog.kb_names, threading.Event()

    def fail_once():
        if not failed.is_set():
            failed.set()
            raise OperationalError("SELECT", {}, Exception("database is locked"))
        return real()

    monkeypatch.setattr(catalog, "kb_names", fail_once)
    indexes.start_following(0.01)
    put("b.md", "More of ours.")
    assert failed.wait(5)
    for _ in range(500):
        if indexes.dense("kb").ids() == indexes.lexical("kb").ids() == catalog.live_ids("kb"):
            break
        indexes._stop.wait(0.01)
    assert indexes.dense("kb").ids() == indexes.lexical("kb").ids() == catalog.live_ids("kb")
    assert "database is locked" in caplog.text


def test_rank_bm25_builds_from_the_record_in_every_process(tmp_path, catalog, put, embedder):
    put("a.md", "Refunds take 14 days.\n\n退款需要十四天。")
    for _ in range(2):
        indexes = open_indexes(tmp_path / "indexes", catalog, embedder, lexical=Bm25Store())
        assert found(indexes, catalog, "退款") == ["退款需要十四天。"]
        assert found(indexes, catalog, "refund") == ["Refunds take 14 days."]
        indexes.close()


def test_a_second_process_cannot_own_the_indexes(tmp_path):
    first = IndexLock(tmp_path)
    first.acquire(address="http://127.0.0.1:8000")
    code = (
        "import sys; from pathlib import Path; from retrieval.lock import IndexLock\n"
        "try: IndexLock(Path(sys.argv[1])).acquire()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("IndexLocked process ")
    assert "http://127.0.0.1:8000" in run.stdout
    first.release()


def test_a_lock_whose_owner_was_killed_is_free(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from retrieval.lock import IndexLock\n"
        "lock = IndexLock(Path(sys.argv[1])); lock.acquire(); print('owned', flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert owner.stdout.readline().strip() == "owned"
    with pytest.raises(IndexLocked, match=f"process {owner.pid}"):
        IndexLock(tmp_path).acquire()
    owner.kill()
    owner.wait()
    owner.stdout.close()
    lock = IndexLock(tmp_path)
    lock.acquire(wait_seconds=5)
    lock.release()
