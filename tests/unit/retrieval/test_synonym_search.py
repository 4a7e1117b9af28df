import numpy as np
import pytest
from fakes import FakeEmbedder, FakeEncoders, FakeVectorIndex

from core.ports import IndexEntry
from core.settings import RetrievalSettings
from core.synonyms import Synonyms, parse_synonyms
from core.types import SearchStage
from retrieval.bm25_index import RankBm25Index
from retrieval.indexes import View
from retrieval.search import Retriever
from retrieval.synonyms import SynonymIndex
from retrieval.tantivy_index import TantivyIndex
from store.editions import Editions
from store.ledger import Ledger
from store.synonyms import SynonymLists

SYNONYMS = parse_synonyms("refund, money back, 退款, 退钱\nVPN, virtual private network, 虚拟专用网\n")
TEXTS = {
    "a": "Your money comes back within 14 days.",
    "b": "A refund is paid to the card.",
    "c": "收到退款需要十四天。",
    "d": "The virtual private network needs port 443.",
    "e": "Parking is free.",
}


@pytest.fixture(params=["tantivy", "rank_bm25"])
def index(request, tmp_path):
    made = TantivyIndex(tmp_path / "index", create=True) if request.param == "tantivy" else RankBm25Index()
    vector = np.ones(1, dtype=np.float32)
    made.apply([IndexEntry(chunk_id=i, text=text, vector=vector) for i, text in TEXTS.items()], ())
    yield made
    made.close()


def ids(hits):
    return [hit.chunk_id for hit in hits]


def test_a_question_finds_what_is_said_in_other_words(index):
    assert ids(index.search("退钱", 5)) == ["c"]
    assert ids(SynonymIndex(index, SYNONYMS).search("退钱", 5)) == ["c", "a", "b"]
    assert ids(SynonymIndex(index, SYNONYMS).search("VPN端口", 5)) == ["d"]


def test_the_words_that_were_asked_for_come_first(index):
    assert ids(SynonymIndex(index, SYNONYMS).search("refund", 5))[0] == "b"
    assert ids(SynonymIndex(index, SYNONYMS).search("退款", 5))[0] == "c"


def test_a_synonym_gives_two_fifths_of_what_the_word_itself_gives(index):
    [asked, *_] = index.search("refund", 5)
    expanded = SynonymIndex(index, Synonyms((("refund", "chargeback"),)))
    found = {hit.chunk_id: hit.score for hit in expanded.search("chargeback", 5)}
    assert found == {"b": pytest.approx(0.4 * asked.score, rel=1e-5)}


def test_filtered_searches_and_shares_see_the_same_synonyms(index):
    expanded = SynonymIndex(index, SYNONYMS)
    scores = {hit.chunk_id: hit.score for hit in expanded.search("退钱", 5)}
    assert {hit.chunk_id: hit.score for hit in expanded.search_within("退钱", 5, ["a", "b", "e"])} == {
        chunk_id: pytest.approx(scores[chunk_id]) for chunk_id in ("a", "b")
    }
    shares = expanded.shares("退钱", ["b"])["b"]
    assert [share.term for share in shares] == ["refund"]
    assert shares[0].score == pytest.approx(scores["b"], rel=1e-5)


class OneView:
    """The indexes of a knowledge base as they stand."""

    def __init__(self, catalog, embedder):
        self._catalog, self._embedder = catalog, embedder
        passages = Ledger(catalog).passages("kb", embedder.fingerprint, sorted(catalog.live_ids("kb")))
        entries = [IndexEntry(chunk_id=p.chunk_id, text=p.text, vector=p.vector) for p in passages.values()]
        self._vectors, self._words = FakeVectorIndex(), RankBm25Index()
        self._vectors.apply(entries, ())
        self._words.apply(entries, ())

    def view(self, kb):
        return View(
            edition=Editions(self._catalog).settle(kb, FakeEncoders(self._embedder).recipe()),
            embedder=lambda: self._embedder,
            dense=lambda: self._vectors,
            lexical=lambda: self._words,
        )


def test_a_search_uses_a_list_from_the_moment_it_is_set(catalog, put):
    for name, text in TEXTS.items():
        put(f"{name}.md", text)
    embedder = FakeEmbedder()
    retriever = Retriever(catalog=catalog, indexes=OneView(catalog, embedder), settings=RetrievalSettings(candidates=5))

    def found():
        hits = retriever.search("kb", "chargeback", 5, SearchStage.LEXICAL).hits
        return [hit.chunk.source for hit in hits]

    assert found() == []
    SynonymLists(catalog).put("kb", parse_synonyms("chargeback, refund"))
    assert found() == ["b.md"]
    SynonymLists(catalog).put("kb", Synonyms())
    assert found() == []
