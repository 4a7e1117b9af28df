"""tantivy against rank-bm25, its reference, over the real sample documents."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import DependencyError, InvalidInput
from core.ports import IndexEntry
from core.sentences import split_sentences
from retrieval import bm25_index
from retrieval.bm25_index import RankBm25Index
from retrieval.tantivy_index import TantivyIndex

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
VECTOR = np.ones(1, dtype=np.float32)

QUERIES = (
    "how long do refunds take",
    "price of the Team plan per user",
    "ERR_QUOTA_507",
    "what happens to version history after a downgrade",
    "data center region Frankfurt",
    "团队版一个月多少钱",
    "发票什么时候开具",
    "实名认证需要哪些材料",
    "同步很慢怎么办",
    "企业微信 登录 SSO",
)


@pytest.fixture(scope="module")
def entries():
    texts = {
        f"{path.name}-{span.start}": span.of(text)
        for path in sorted((SAMPLE / "documents").rglob("*.md"))
        for text in [path.read_text(encoding="utf-8")]
        for span in split_sentences(text)
    }
    return [IndexEntry(chunk_id=name, text=text, vector=VECTOR) for name, text in texts.items()]


@pytest.fixture(scope="module")
def backends(entries, tmp_path_factory):
    tantivy = TantivyIndex(tmp_path_factory.mktemp("tantivy") / "index", create=True)
    reference = RankBm25Index()
    for index in (tantivy, reference):
        index.apply(entries, ())
    yield tantivy, reference
    tantivy.close()


@pytest.mark.parametrize("query", QUERIES)
def test_both_backends_agree_on_the_first_hit_and_on_nine_of_ten(backends, query):
    tantivy, reference = (index.search(query, 10) for index in backends)
    assert len(reference) == len(tantivy) >= 9
    best = reference[0].score
    # Equal texts tie; then either of them is the first.
    assert tantivy[0].chunk_id in {hit.chunk_id for hit in reference if hit.score > best * 0.999}
    assert len({hit.chunk_id for hit in tantivy} & {hit.chunk_id for hit in reference}) >= 9


def test_both_backends_hold_what_they_were_given(backends, entries):
    for index in backends:
        assert index.ids() == {entry.chunk_id for entry in entries}


@pytest.mark.parametrize("query", ["", "   ", "？！", "zzzzunknownzzzz"])
def test_a_query_without_a_known_term_finds_nothing(backends, query):
    assert [index.search(query, 10) for index in backends] == [[], []]


def test_a_deleted_entry_is_found_no_more(tmp_path):
    for index in (TantivyIndex(tmp_path / "i", create=True), RankBm25Index()):
        index.apply([IndexEntry(chunk_id=i, text=f"refund {i}", vector=VECTOR) for i in "abc"], ())
        index.apply((), ["b"])
        assert {hit.chunk_id for hit in index.search("refund", 10)} == {"a", "c"}
        index.close()


def test_terms_that_the_query_parser_would_trip_over_are_plain_terms(tmp_path):
    index = TantivyIndex(tmp_path / "i", create=True)
    index.apply([IndexEntry(chunk_id="a", text='AND OR "quotes" C++ (x) title:y /etc/hosts ^2', vector=VECTOR)], ())
    assert index.search('C++ AND "quotes" /etc/hosts title:', 5)[0].chunk_id == "a"
    index.close()


def test_an_index_of_words_without_terms_answers_nothing():
    index = RankBm25Index()
    index.apply([IndexEntry(chunk_id="a", text="…!", vector=VECTOR)], ())
    assert index.search("anything", 5) == []


def test_rank_bm25_refuses_more_than_it_can_serve(monkeypatch):
    monkeypatch.setattr(bm25_index, "MOST_PASSAGES", 2)
    index = RankBm25Index()
    with pytest.raises(InvalidInput, match=r"holds at most 2 passages, got 3; use 'tantivy'"):
        index.apply([IndexEntry(chunk_id=i, text=i, vector=VECTOR) for i in "abc"], ())
    assert index.ids() == set()


def test_a_tantivy_folder_that_is_gone_is_not_taken_for_an_empty_index(tmp_path):
    with pytest.raises(DependencyError, match="is gone"):
        TantivyIndex(tmp_path / "nowhere", create=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DependencyError, match="is gone"):
        TantivyIndex(tmp_path / "empty", create=False)


@pytest.mark.parametrize("order", [1, -1])
def test_of_passages_that_score_alike_the_first_by_id_come_back_however_they_were_written(tmp_path, order):
    index = TantivyIndex(tmp_path / "index", create=True)
    names = [f"p{number:02}" for number in range(40)][::order]
    for start in range(0, 40, 8):
        index.apply(
            [IndexEntry(chunk_id=name, text="refund 退款", vector=VECTOR) for name in names[start : start + 8]], ()
        )
    assert [hit.chunk_id for hit in index.search("refund 退款", 5)] == ["p00", "p01", "p02", "p03", "p04"]
    index.close()


@pytest.mark.parametrize("query", QUERIES)
def test_the_shares_of_the_terms_add_up_to_the_score_in_both_backends(backends, query):
    for index in backends:
        found = index.search(query, 5)
        shares = index.shares(query, [hit.chunk_id for hit in found])
        summed = {chunk_id: sum(each.score for each in terms) for chunk_id, terms in shares.items()}
        assert summed == pytest.approx({hit.chunk_id: hit.score for hit in found}, rel=1e-4)
    tantivy, reference = (index.shares(query, [found[0].chunk_id])[found[0].chunk_id] for index in backends)
    counted = [{each.term: (each.passages, each.count) for each in terms} for terms in (tantivy, reference)]
    assert counted[0] == counted[1]


def test_a_passage_without_a_common_term_has_no_shares_in_either_backend(backends, entries):
    for index in backends:
        assert index.shares("xylophone 木琴之歌", [entries[0].chunk_id]) == {}
        assert index.shares("!?", [entries[0].chunk_id]) == {}
        assert index.shares("refunds", []) == {}
        assert index.shares("refunds", ["unknown"]) == {}
