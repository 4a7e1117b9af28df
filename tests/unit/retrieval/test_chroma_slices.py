"""New vectors enter Chroma in slices, small ones while questions wait for them."""

import pytest
from fakes import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st

from core.ports import IndexEntry
from retrieval import chroma_index
from retrieval.chroma_index import ChromaStore
from retrieval.fresh_vectors import next_slice


@pytest.mark.parametrize(
    ("size", "seconds", "is_asked", "expected"),
    [
        (100, 0.05, True, 40),  # half a millisecond each: forty in 20 ms
        (100, 0.2, False, 500),
        (1_000, 0.1, False, 1_000),  # never more
        (100, 0.8, True, 4),  # never fewer
        (10, 0.0, True, 1_000),
    ],
)
def test_a_slice_is_as_large_as_its_time_allows(size, seconds, is_asked, expected):
    assert next_slice(size, seconds, is_asked=is_asked) == expected


@given(st.integers(1, 1_000), st.floats(0, 100), st.booleans())
def test_a_slice_is_never_empty_nor_more_than_a_server_takes(size, seconds, is_asked):
    assert 4 <= next_slice(size, seconds, is_asked=is_asked) <= 1_000


def test_every_vector_arrives_however_it_is_cut(tmp_path, monkeypatch):
    sizes = []
    monkeypatch.setattr(chroma_index, "next_slice", lambda size, *_, **__: sizes.append(size) or 7)
    vectors = FakeEmbedder().embed_passages([f"refund 退款 {n}" for n in range(60)])
    store = ChromaStore(tmp_path)
    index = store.create("pages")
    index.apply([IndexEntry(chunk_id=f"{n:02d}", text="", vector=vectors[n]) for n in range(60)], ())
    assert index.ids() == {f"{n:02d}" for n in range(60)}
    assert sizes == [4, 7, 7, 7, 7, 7, 7, 7, 7]
    store.close()


def test_a_large_collection_has_a_wider_beam_from_its_next_opening_on(tmp_path, monkeypatch):
    monkeypatch.setattr(chroma_index, "_LARGE", 20)
    vectors = FakeEmbedder().embed_passages([f"refund 退款 {n}" for n in range(30)])
    for count, beam in ((20, 256), (21, 512)):
        store = ChromaStore(tmp_path / str(count))
        store.create("pages").apply([IndexEntry(chunk_id=str(n), text="", vector=vectors[n]) for n in range(count)], ())
        store.open("pages")
        assert (
            store._open_client()
            .get_collection("pages", embedding_function=None)
            .configuration_json["hnsw"]["ef_search"]
            == beam
        )
        store.close()


def test_a_collection_with_another_beam_gets_that_of_its_size(tmp_path, monkeypatch):
    monkeypatch.setitem(chroma_index._HNSW, "ef_search", 400)
    store = ChromaStore(tmp_path)
    store.create("pages")
    monkeypatch.setitem(chroma_index._HNSW, "ef_search", 256)
    store.open("pages")
    collection = store._open_client().get_collection("pages", embedding_function=None)
    assert collection.configuration_json["hnsw"]["ef_search"] == 256
    store.close()


def test_what_is_not_in_the_graph_yet_is_found_without_it(tmp_path, monkeypatch):
    vectors = FakeEmbedder().embed_passages([f"refund 退款 {n}" for n in range(30)])
    store = ChromaStore(tmp_path)
    index = store.create("pages")
    seen = []

    def look(size, *_, **__):
        seen.append([index.search(vectors[n], 1)[0].chunk_id for n in range(30)])
        return 10

    monkeypatch.setattr(chroma_index, "next_slice", look)
    index.apply([IndexEntry(chunk_id=f"{n:02d}", text="", vector=vectors[n]) for n in range(30)], ())
    assert seen == [[f"{n:02d}" for n in range(30)]] * 4
    assert [hit.chunk_id for hit in index.search(vectors[7], 3)] == [
        hit.chunk_id for hit in index.search(vectors[7], 3)
    ]
    store.close()
