import numpy as np
import pytest
from fakes import FakeEmbedder

from core.ports import IndexEntry
from retrieval.chroma_index import ChromaStore

LIVE, REPLACED, STEP = 1_000, 250, 10


def test_an_index_is_worn_when_a_third_of_all_it_took_is_deleted_also_for_the_next_process(tmp_path):
    vectors = FakeEmbedder().embed_passages([f"refund 退款 {n}" for n in range(30)])
    store = ChromaStore(tmp_path)
    index = store.create("pages")
    index.apply([IndexEntry(chunk_id=str(n), text="", vector=vectors[n]) for n in range(30)], ())
    index.apply((), [str(n) for n in range(10)])
    assert not index.is_worn  # 10 of 30
    index.apply((), ["10"])
    assert index.is_worn
    store.close()
    store = ChromaStore(tmp_path)
    assert store.open("pages").is_worn
    store.close()


@pytest.mark.slow
def test_pages_of_one_template_are_all_found_after_many_were_replaced(tmp_path):
    texts = ["手册\n" + f"退款规定m{n:06d}x说明套餐在多少天之内可以退款。" * 3 for n in range(LIVE + REPLACED)]
    vectors = FakeEmbedder().embed_passages(texts)
    store = ChromaStore(tmp_path)
    index = store.create("pages")
    for start in range(0, len(texts), STEP):
        new = range(start, start + STEP)
        gone = [str(n - LIVE) for n in new if n >= LIVE]
        index.apply([IndexEntry(chunk_id=str(n), text="", vector=vectors[n]) for n in new], gone)
    live = {str(n) for n in range(REPLACED, LIVE + REPLACED)}
    assert index.ids() == live
    lost = [n for n in live if n not in {hit.chunk_id for hit in index.search(vectors[int(n)], 10)}]
    scores = np.array([hit.score for hit in index.search(vectors[REPLACED], 10)])
    store.close()
    assert lost == []
    assert scores[0] == pytest.approx(1, abs=1e-5)
    assert (np.diff(scores) <= 0).all()
