"""What a monitor is told of an arm that is down, and that it is told no longer when it answers again."""

import threading

import pytest
from fakes import FakeEncoders
from waiting import until

from core.errors import Unavailable
from core.types import Stage
from retrieval.chroma_index import ChromaStore
from retrieval.indexes import Indexes
from retrieval.tantivy_index import TantivyStore


class AwayStore(ChromaStore):
    """A server that is away until ``back`` is set."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        self.back = threading.Event()

    def create(self, generation):
        if not self.back.is_set():
            raise Unavailable("chroma is away")
        return super().create(generation)


@pytest.fixture
def indexes(tmp_path, catalog, embedder):
    dense = AwayStore(tmp_path / "chroma")
    indexes = Indexes(
        catalog=catalog, encoders=FakeEncoders(embedder), dense=dense, lexical=TantivyStore(tmp_path / "tantivy")
    )
    indexes.away = dense
    yield indexes
    indexes.close()


def test_an_arm_that_is_away_is_told_of_until_it_is_back(indexes, put):
    put("退款.md", "退款需要十四天。")
    indexes.start_following(0.02)
    until(lambda: set(indexes.troubles()) == {("kb", Stage.DENSE)})
    assert "dense index of kb" in indexes.troubles()["kb", Stage.DENSE]
    indexes.away.back.set()
    until(lambda: indexes.troubles() == {})


def test_an_open_index_that_fails_to_follow_is_told_of_by_its_error(indexes, put, monkeypatch):
    indexes.away.back.set()
    put("a.md", "Refunds take 14 days.")
    indexes.start_following(0.02)
    until(lambda: indexes.troubles() == {} and indexes.lag() == {"kb": 0})

    def fails(*_):
        raise Unavailable("the disk is full")

    follow = indexes._generations.follow_open
    monkeypatch.setattr(indexes._generations, "follow_open", fails)
    until(lambda: indexes.troubles() == dict.fromkeys([("kb", Stage.DENSE), ("kb", Stage.LEXICAL)], "the disk is full"))
    monkeypatch.setattr(indexes._generations, "follow_open", follow)
    until(lambda: indexes.troubles() == {})


def test_a_knowledge_base_that_was_deleted_is_not_told_of(indexes, put, catalog):
    put("a.md", "Refunds take 14 days.")
    indexes.start_following(0.02)
    until(lambda: ("kb", Stage.DENSE) in indexes.troubles())
    catalog.delete_kb("kb")
    assert indexes.troubles() == {}
