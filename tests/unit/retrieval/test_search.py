import threading

import pytest
from fakes import FakeEmbedder, FakeEncoders, FakeVectorIndex

from core.errors import DependencyError, NotFound, Unavailable
from core.ports import IndexEntry
from core.settings import RetrievalSettings
from core.types import SearchStage, Stage
from retrieval.bm25_index import RankBm25Index
from retrieval.indexes import View
from retrieval.search import Retriever
from store.editions import Editions
from store.ledger import Ledger


class MemoryIndexes:
    """Both arms in memory, filled from the record only when told: between times they are stale."""

    def __init__(self, catalog, embedder):
        self._catalog, self._embedder = catalog, embedder
        self.vector, self.words = FakeVectorIndex(), RankBm25Index()

    def refresh(self, kb="kb"):
        passages = Ledger(self._catalog).passages(kb, self._embedder.fingerprint, sorted(self._catalog.live_ids(kb)))
        entries = [IndexEntry(chunk_id=p.chunk_id, text=p.text, vector=p.vector) for p in passages.values()]
        self.vector.apply(entries, ())
        self.words.apply(entries, ())

    def view(self, kb):
        encoders = FakeEncoders(self._embedder)
        edition = Editions(self._catalog).settle(kb, encoders.recipe())
        return View(
            edition=edition,
            embedder=lambda: self._embedder,
            dense=lambda: self.vector,
            lexical=lambda: self.words,
        )


@pytest.fixture
def indexes(catalog, embedder):
    return MemoryIndexes(catalog, embedder)


@pytest.fixture
def retriever(catalog, indexes):
    return Retriever(catalog=catalog, indexes=indexes, settings=RetrievalSettings(candidates=5))


def texts(result):
    return [hit.chunk.text for hit in result.hits]


@pytest.mark.parametrize("stage", list(SearchStage))
def test_a_deleted_document_never_answers_however_stale_the_indexes(catalog, put, indexes, retriever, stage):
    put("a.md", "Refunds take 14 days.")
    put("b.md", "Refunds take long.")
    indexes.refresh()
    catalog.delete_sources("kb", ["a.md"])
    assert texts(retriever.search("kb", "refunds days", 10, stage)) == ["Refunds take long."]


def test_stale_hits_are_made_up_for(catalog, put, indexes, retriever):
    put("old.md", "\n\n".join(f"Refund rule number {n}." for n in range(30)))
    put("live.md", "\n\n".join(f"The refund question {n} is answered at length here." for n in range(5)))
    indexes.refresh()
    catalog.delete_sources("kb", ["old.md"])
    assert len(retriever.search("kb", "refund", 5, SearchStage.LEXICAL).hits) == 5


def test_hybrid_hits_carry_the_score_of_each_arm(put, indexes, retriever):
    put("a.md", "Refunds take 14 days.\n\nParking is free.")
    indexes.refresh()
    first = retriever.search("kb", "refunds", 2, SearchStage.HYBRID).hits[0]
    assert first.stage is Stage.FUSED
    assert first.scores.keys() == {Stage.LEXICAL, Stage.DENSE}
    assert 0.3 < first.scores[Stage.DENSE] <= 1


def test_the_cosine_of_a_lexical_hit_is_exact_though_the_dense_arm_did_not_return_it(
    catalog, put, indexes, retriever, embedder
):
    put("a.md", "Refunds take 14 days.\n\nParking is free.")
    indexes.refresh()
    indexes.vector = FakeVectorIndex()
    (hit,) = retriever.search("kb", "refunds", 2, SearchStage.HYBRID).hits
    expected = embedder.embed_query("refunds") @ embedder.embed_passages([hit.chunk.indexed_text])[0]
    assert hit.scores[Stage.DENSE] == pytest.approx(float(expected))


def test_an_embedder_that_cannot_read_does_not_change_the_order(catalog, put, indexes):
    put("a.md", "退款需要十四天。\n\n停车免费。\n\n停车场有二十个车位。")
    indexes.refresh()
    indexes._embedder = FakeEmbedder(legible=0.2)
    blind = Retriever(catalog=catalog, indexes=indexes, settings=RetrievalSettings())
    lexical = texts(blind.search("kb", "停车", 10, SearchStage.LEXICAL))
    assert texts(blind.search("kb", "停车", 10, SearchStage.HYBRID))[: len(lexical)] == lexical


def test_a_dense_arm_that_is_down_is_named_and_done_without(catalog, put, embedder, indexes):
    class Down(FakeVectorIndex):
        def search(self, query, k):
            raise DependencyError("Chroma is away")

    put("a.md", "Refunds take 14 days.")
    indexes.refresh()
    indexes.vector = Down()
    retriever = Retriever(catalog=catalog, indexes=indexes, settings=RetrievalSettings())
    result = retriever.search("kb", "refunds", 10, SearchStage.HYBRID)
    assert result.degraded == ("dense",)
    assert texts(result) == ["Refunds take 14 days."]
    with pytest.raises(DependencyError, match="Chroma is away"):
        retriever.search("kb", "refunds", 10, SearchStage.DENSE)


@pytest.mark.parametrize(("lexical", "kind"), [(Unavailable, Unavailable), (DependencyError, DependencyError)])
def test_where_both_arms_are_down_the_error_tells_why_each_is(catalog, put, indexes, retriever, lexical, kind):
    put("退款.md", "退款三天到账。")

    def fails(error):
        def search(*_arguments):
            raise error

        return search

    indexes.words.search = fails(lexical("the words are gone"))
    indexes.vector.search = fails(Unavailable("Chroma is away"))
    with pytest.raises(DependencyError, match="lexical: the words are gone; dense: Chroma is away") as caught:
        retriever.search("kb", "退款", 10, SearchStage.HYBRID)
    assert type(caught.value) is kind


def test_an_unknown_knowledge_base_is_an_error_not_an_empty_result(retriever):
    with pytest.raises(NotFound, match="'sales'"):
        retriever.search("sales", "refunds", 10, SearchStage.HYBRID)


@pytest.mark.parametrize("stage", list(SearchStage))
def test_live_passages_are_found_however_many_deleted_ones_stand_before_them(catalog, put, indexes, retriever, stage):
    put("old.md", "\n\n".join(f"Refund 退款 rule number {n}." for n in range(400)))
    put("live.md", "\n\n".join(f"The refund 退款 question {n} is answered at length here." for n in range(5)))
    indexes.refresh()
    catalog.delete_sources("kb", ["old.md"])
    assert len(retriever.search("kb", "refund rule 退款", 5, stage).hits) == 5


def test_a_document_that_is_replaced_between_the_two_arms_is_not_seen_in_part_old_and_in_part_new(
    catalog, put, indexes, retriever, monkeypatch
):
    put("退款.md", "退款三天到账。\n\nRefunds take three days.")
    indexes.refresh()
    search, look, looked = indexes.vector.search, catalog.live_chunks, threading.Event()

    def look_once(*arguments):
        found = look(*arguments)
        looked.set()
        return found

    def search_late(query, k):
        assert looked.wait(30)
        put("退款.md", "退款五天到账。\n\nRefunds take five days.")
        indexes.refresh()
        monkeypatch.setattr(indexes.vector, "search", search)
        return search(query, k)

    monkeypatch.setattr(catalog, "live_chunks", look_once)
    monkeypatch.setattr(indexes.vector, "search", search_late)
    hits = retriever.search("kb", "refunds days 退款到账", 10, SearchStage.HYBRID).hits
    assert sorted(hit.chunk.text for hit in hits) == ["Refunds take five days.", "退款五天到账。"]
