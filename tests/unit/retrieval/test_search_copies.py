import pytest
from fakes import FakeEncoders, FakeVectorIndex

from core.ports import IndexEntry
from core.settings import RetrievalSettings
from core.types import SearchStage
from ingest.duplicates import find_duplicates
from retrieval.bm25_index import RankBm25Index
from retrieval.indexes import View
from retrieval.search import Retriever
from store.duplicates import Duplicates
from store.editions import Editions
from store.ledger import Ledger


@pytest.fixture
def search(catalog, embedder):
    """Searches the record as it stands now."""

    def run(query, k=10, stage=SearchStage.HYBRID):
        passages = Ledger(catalog).passages("kb", embedder.fingerprint, sorted(catalog.live_ids("kb")))
        entries = [IndexEntry(chunk_id=p.chunk_id, text=p.text, vector=p.vector) for p in passages.values()]
        vectors, words = FakeVectorIndex(), RankBm25Index()
        vectors.apply(entries, ())
        words.apply(entries, ())
        edition = Editions(catalog).settle("kb", FakeEncoders(embedder).recipe())
        view = View(edition=edition, embedder=lambda: embedder, dense=lambda: vectors, lexical=lambda: words)
        indexes = type("Indexes", (), {"view": lambda self, kb: view})()
        return (
            Retriever(catalog=catalog, indexes=indexes, settings=RetrievalSettings(candidates=5))
            .search("kb", query, k, stage)
            .hits
        )

    return run


@pytest.mark.parametrize("stage", list(SearchStage))
def test_a_passage_of_several_documents_comes_back_once_and_names_them(catalog, put, search, stage):
    put("a.md", "Refunds take 14 days.\n\nRefunds take 15 days.")
    put("b.md", "refunds  take 14 DAYS.")
    put("c.md", "Refunds take 14 days.")
    find_duplicates(Duplicates(catalog), "kb")
    put("d.md", "Refunds take 14 days.")  # no sketch yet
    found = {hit.chunk.text: hit for hit in search("refunds days", stage=stage)}
    assert len(found) == 2
    hit = found["Refunds take 14 days."]
    assert (hit.chunk.source, hit.also_in) == ("d.md", ("a.md", "b.md", "c.md"))


def test_a_copy_that_was_deleted_neither_answers_nor_is_named(catalog, put, search):
    put("a.md", "退款三天到账。")
    put("b.md", "退款 三天 到账。")
    catalog.delete_sources("kb", ["b.md"])
    (hit,) = search("退款到账")
    assert (hit.chunk.source, hit.also_in) == ("a.md", ())


def test_forty_copies_of_a_page_do_not_push_the_other_passages_out(put, search):
    for number in range(40):
        put(f"{number}.md", "Refund: the refund of a refund.")
    put("other.md", "\n\n".join(f"The refund question {n} is answered at length here." for n in range(4)))
    hits = search("refund", k=5)
    assert len(hits) == 5
    assert sorted(len(hit.also_in) for hit in hits) == [0, 0, 0, 0, 39]


@pytest.mark.parametrize("stage", [SearchStage.LEXICAL, SearchStage.DENSE, SearchStage.HYBRID])
def test_k_hits_come_back_also_where_k_is_most_of_the_candidates_and_half_of_those_are_copies(put, search, stage):
    for number in range(3):
        put(f"{number}.md", "Refund: the refund of a refund.")
    put("其他.md", "\n\n".join(f"The refund question {n} 退款 is answered at length here." for n in range(4)))
    hits = search("refund", k=5, stage=stage)
    assert len(hits) == 5
    assert sorted(len(hit.also_in) for hit in hits) == [0, 0, 0, 0, 2]
