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


ALL = FreshVectors().plus(ENTRIES)


@given(placed=st.integers(0, 40), overlap=st.integers(0, 10), asked=st.integers(0, 39), k=st.integers(1, 50))
def test_graph_and_fresh_vectors_together_give_what_one_list_of_all_gives(placed, overlap, asked, k):
    query = VECTORS[asked]
    found = scored(range(min(40, placed + overlap)), query)[:k]  # some are in the graph already and not yet out of here
    together = ALL.without([f"{n:02d}" for n in range(placed)]).beside(found, query, k)
    expected = scored(range(40), query)[:k]
    assert [hit.chunk_id for hit in together] == [hit.chunk_id for hit in expected]
    assert np.allclose([hit.score for hit in together], [hit.score for hit in expected], atol=1e-6)


def test_nothing_fresh_leaves_what_was_found():
    found = scored(range(5), VECTORS[0])
    assert FreshVectors().beside(found, VECTORS[0], 3) == found[:3]
    assert ALL.without(ALL.ids).beside(found, VECTORS[0], 9) == found


@given(st.lists(st.lists(st.integers(0, 39), max_size=8), max_size=6))
def test_each_vector_stands_once_under_its_own_id_however_often_it_comes_and_goes(turns):
    fresh, held = FreshVectors(), set()
    for number, turn in enumerate(turns):
        if number % 3 == 2:
            fresh, held = fresh.without([f"{n:02d}" for n in turn]), held - set(turn)
        else:
            fresh, held = fresh.plus([ENTRIES[n] for n in turn]), held | set(turn)
    assert sorted(fresh.ids) == [f"{n:02d}" for n in sorted(held)]
    assert all((fresh.vectors[place] == VECTORS[int(name)]).all() for place, name in enumerate(fresh.ids))
