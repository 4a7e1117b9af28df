import numpy as np
from fakes import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st

from core.ports import IndexEntry, ScoredId
from retrieval.fresh_vectors import FreshVectors

VECTORS = FakeEmbedder().embed_passages([f"refund 退款 {n}" for n in range(40)])
ENTRIES = [IndexEntry(chunk_id=f"{n:02d}", text="", vector=VECTORS[n]) for n in range(40)]


def scored(numbers, query):
    hits = [ScoredId(f"{n:02d}", float(VECTORS[n] @ query)) for n in numbers]
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))


@given(placed=st.integers(0, 40), overlap=st.integers(0, 10), asked=st.integers(0, 39), k=st.integers(1, 50))
def test_graph_and_fresh_vectors_together_give_what_one_list_of_all_gives(placed, overlap, asked, k):
    query = VECTORS[asked]
    found = scored(range(min(40, placed + overlap)), query)[:k]  # some are in the graph already and not yet out of here
    together = FreshVectors.of(ENTRIES).after(placed).beside(found, query, k)
    expected = scored(range(40), query)[:k]
    assert [hit.chunk_id for hit in together] == [hit.chunk_id for hit in expected]
    assert np.allclose([hit.score for hit in together], [hit.score for hit in expected], atol=1e-6)


def test_nothing_fresh_leaves_what_was_found():
    found = scored(range(5), VECTORS[0])
    assert FreshVectors.of([]).beside(found, VECTORS[0], 3) == found[:3]
    assert FreshVectors.of(ENTRIES).after(40).beside(found, VECTORS[0], 9) == found
