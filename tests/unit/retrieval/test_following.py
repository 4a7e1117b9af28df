"""A service with real indexes: what it does while it follows, opens and builds."""

import threading
import time
from contextlib import contextmanager

import pytest
from fakes import FakeEncoders
from waiting import until

from core.errors import DependencyError, Unavailable
from core.settings import RetrievalSettings
from core.types import SearchStage
from retrieval import indexes as module
from retrieval import pace
from retrieval.chroma_index import ChromaStore
from retrieval.indexes import Indexes
from retrieval.search import Retriever
from retrieval.tantivy_index import TantivyStore
from store.ledger import Ledger

QUESTION = "refunds 退款"


class HeldStore(ChromaStore):
    """New collections are made when ``go`` is set."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        self.go = threading.Event()

    def create(self, generation):
        assert self.go.wait(30)
        return super().create(generation)


@pytest.fixture
def service(tmp_path, catalog, embedder):
    indexes = opened(tmp_path, catalog, embedder)
    yield indexes
    indexes.held.go.set()
    indexes.close()


def opened(folder, catalog, embedder) -> Indexes:
    dense = HeldStore(folder / "chroma")
    indexes = Indexes(
        catalog=catalog, encoders=FakeEncoders(embedder), dense=dense, lexical=TantivyStore(folder / "tantivy")
    )
    indexes.held = dense
    return indexes


def search(indexes, catalog, stage=SearchStage.HYBRID, question=QUESTION):
    return Retriever(catalog=catalog, indexes=indexes, settings=RetrievalSettings()).search("kb", question, 50, stage)


def test_while_the_dense_index_is_being_built_words_answer_and_follow_and_say_so(service, catalog, put, monkeypatch):
    put("a.md", "Refunds take 14 days.")
    service.start_following(0.02)
    until(lambda: service.lexical("kb").ids() != set())
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.1)
    found = search(service, catalog)
    assert [hit.chunk.text for hit in found.hits] == ["Refunds take 14 days."]
    assert found.degraded == ("dense",)
    put("b.md", "退款需要十四天。")
    until(lambda: len(search(service, catalog).hits) == 2)
    with pytest.raises(Unavailable, match="the dense index of kb is being opened or built"):
        search(service, catalog, SearchStage.DENSE)
    service.held.go.set()
    until(lambda: search(service, catalog).degraded == ())
    assert len(search(service, catalog, SearchStage.DENSE).hits) == 2


@pytest.mark.parametrize("stage", [SearchStage.LEXICAL, SearchStage.DENSE])
def test_what_was_committed_before_a_service_started_is_in_its_first_answer(
    service, catalog, put, embedder, tmp_path, stage
):
    before = opened(tmp_path, catalog, embedder)
    before.held.go.set()
    put("a.md", "Refunds take 14 days.")
    before.catch_up("kb")
    before.close()
    put("b.md", "退款需要十四天。")
    service.start_following(0.02)
    assert len(search(service, catalog, stage).hits) == 2


def test_while_a_worn_index_is_built_anew_the_old_one_answers_and_follows(service, catalog, put):
    service.held.go.set()
    for number in range(4):
        put(f"{number}.md", f"Refund {number} of 退款.")
    service.start_following(0.02)
    until(lambda: len(search(service, catalog, SearchStage.DENSE).hits) == 4)
    old = service.dense("kb")
    service.held.go.clear()
    for number in range(4, 8):
        put(f"{number - 4}.md", f"Refund {number} of 退款.")
    until(lambda: service._background.is_busy((1, module.Stage.DENSE, "renewing")))
    put("more.md", "Another refund, 退款.")
    until(lambda: len(search(service, catalog, SearchStage.DENSE).hits) == 5)
    assert service.dense("kb") is old
    service.held.go.set()
    until(lambda: service.dense("kb") is not old)
    found = search(service, catalog, SearchStage.DENSE)
    assert (len(found.hits), found.degraded) == (5, ())
    assert service.dense("kb").ids() == catalog.live_ids("kb")


def test_a_dense_index_that_cannot_be_read_any_more_is_built_anew_while_words_answer(service, catalog, put, embedder):
    service.held.go.set()
    put("a.md", "Refunds take 14 days.\n\n退款需要十四天。")
    service.start_following(0.02)
    until(lambda: search(service, catalog).degraded == ())
    old = service.dense("kb")
    service.held._open_client().delete_collection(old._collection.name)
    embedder.embedded.clear()
    found = search(service, catalog)
    assert len(found.hits) == 2
    assert found.degraded == ("dense",)
    until(lambda: search(service, catalog).degraded == ())
    assert service.dense("kb").ids() == catalog.live_ids("kb")
    assert embedder.embedded == []


def test_a_build_that_fails_leaves_nothing_behind_and_is_tried_again(service, catalog, put, monkeypatch):
    service.held.go.set()
    put("a.md", "Refunds take 14 days.")
    real, failing = HeldStore.create, threading.Event()
    failing.set()

    def create(self, generation):
        if failing.is_set():
            raise DependencyError("no space left")
        return real(self, generation)

    monkeypatch.setattr(HeldStore, "create", create)
    service.start_following(0.02)
    assert search(service, catalog).degraded == ("dense",)
    assert [each.arm for each in service._ledger.generations()] == ["lexical"]
    failing.clear()
    until(lambda: search(service, catalog).degraded == ())


@contextmanager
def asking(indexes, catalog):
    """A person who asks one question after the other; yields what went wrong."""
    stop, wrong = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            try:
                assert search(indexes, catalog).degraded == ()
            except BaseException as error:
                wrong.append(error)
                return

    thread = threading.Thread(target=ask)
    thread.start()
    yield wrong
    stop.set()
    thread.join()


@pytest.mark.slow
def test_a_hundred_new_passages_are_found_by_both_arms_soon_after_their_commit_while_questions_are_asked(
    service, catalog, put, embedder
):
    def found() -> set[str]:
        """All of the dense arm's passages, of which there are 400."""
        return {hit.chunk_id for hit in service.dense("kb").search(embedder.embed_query(QUESTION), 400)}

    service.held.go.set()
    put("a.md", "\n\n".join(f"Refund {number} of 退款." for number in range(300)))
    service.start_following(0.2)
    until(lambda: search(service, catalog).degraded == ())
    with asking(service, catalog) as wrong:
        put("b.md", "\n\n".join(f"新的第{number}条 parking." for number in range(100)))
        committed = time.monotonic()
        new = {
            i for i, chunk in catalog.live_chunks("kb", sorted(catalog.live_ids("kb"))).items() if "新的" in chunk.text
        }
        assert len(new) == 100
        until(lambda: service.lexical("kb").ids() >= new and found() >= new)
        took = time.monotonic() - committed
        hits = search(service, catalog, question="新的 parking").hits
    assert wrong == []
    assert {hit.chunk.id for hit in hits} <= new
    assert took < 5, "one second on a quiet machine; the benchmark measures it"


def test_while_questions_are_asked_all_passages_are_found_at_once_and_enter_the_graph_later(
    service, catalog, put, monkeypatch
):
    monkeypatch.setattr(pace, "_PORTION", 3)
    monkeypatch.setattr(pace, "_PAUSE_SECONDS", 60)
    monkeypatch.setattr(pace, "_ASKED_SECONDS", 3_600)
    put("a.md", "Refunds take 14 days.")
    service.held.go.set()
    service.start_following(0.02)
    until(lambda: search(service, catalog).degraded == ())
    for number in range(8):
        put(f"{number}.md", f"退款需要{number}天。")
    until(lambda: len(search(service, catalog, SearchStage.DENSE).hits) == 9)
    held = service.dense("kb").ids()
    assert len(held) < 9
    assert Ledger(catalog).lag("kb")["dense"] > 0
    catalog.delete_sources("kb", ["7.md"])
    until(lambda: len(search(service, catalog, SearchStage.DENSE).hits) == 8)
    monkeypatch.setattr(pace, "_ASKED_SECONDS", 0)
    until(lambda: Ledger(catalog).lag("kb") == {"dense": 0, "lexical": 0})
    assert len(service.dense("kb").ids()) == 8
    assert len(search(service, catalog, SearchStage.DENSE).hits) == 8


def test_what_waits_for_the_graph_is_there_after_a_restart(tmp_path, catalog, embedder, put, monkeypatch):
    monkeypatch.setattr(pace, "_PAUSE_SECONDS", 60)
    monkeypatch.setattr(pace, "_ASKED_SECONDS", 3_600)
    first = opened(tmp_path, catalog, embedder)
    first.held.go.set()
    put("a.md", "Refunds take 14 days.")
    first.start_following(0.02)
    until(lambda: search(first, catalog).degraded == ())
    put("b.md", "退款需要十四天。")
    put("c.md", "Refunds end here.")
    until(lambda: len(search(first, catalog, SearchStage.DENSE).hits) == 3)
    first.close()
    second = opened(tmp_path, catalog, embedder)
    second.held.go.set()
    assert len(search(second, catalog, SearchStage.DENSE).hits) == 3
    assert len(second.dense("kb").ids()) == 3
    second.close()
