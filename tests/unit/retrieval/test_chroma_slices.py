"""New vectors enter Chroma in slices, small ones while questions wait for them."""

import pytest
from fakes import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st

from core.ports import IndexEntry
from retrieval import chroma_index
from retrieval.chroma_index import ChromaStore, next_slice


@pytest.mark.parametrize(
    ("size", "seconds", "is_asked", "expected"),
    [
        (100, 0.05, True, 40),  # half a millisecond each: forty in 20 ms
        (100, 0.2, False, 500),
        (1_000, 0.1, False, 1_000),  # never more
        (100, 0.2, True, 25),  # never fewer
        (10, 0.0, True, 1_000),
    ],
)
def test_a_slice_is_as_large_as_its_time_allows(size, seconds, is_asked, expected):
    assert next_slice(size, seconds, is_asked=is_asked) == expected


@given(st.integers(1, 1_000), st.floats(0, 100), st.booleans())
def test_a_slice_is_never_empty_nor_more_than_a_server_takes(size, seconds, is_asked):
    assert 25 <= next_slice(size, seconds, is_asked=is_asked) <= 1_000


def test_every_vector_arrives_however_it_is_cut(tmp_path, monkeypatch):
    sizes = []
    monkeypatch.setattr(chroma_index, "next_slice", lambda size, *_, **__: sizes.append(size) or 7)
    vectors = FakeEmbedder().embed_passages([f"refund 退款 {n}" for n in range(60)])
    store = ChromaStore(tmp_path)
    index = store.create("pages")
    index.apply([IndexEntry(chunk_id=f"{n:02d}", text="", vector=vectors[n]) for n in range(60)], ())
    assert index.ids() == {f"{n:02d}" for n in range(60)}
    assert sizes == [25, 7, 7, 7, 7, 7]
    store.close()


def test_a_large_collection_has_a_wider_beam_from_its_next_opening_on(tmp_path, monkeypatch):
    monkeypatch.setattr(chroma_index, "_LARGE", 20)
    vectors = FakeEmbedder().embed_passages([f"refund 退款 {n}" for n in range(30)])
    for count, beam in ((20, 400), (21, 800)):
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
