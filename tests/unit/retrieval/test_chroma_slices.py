"""New vectors enter Chroma in slices, and are found before."""

import pytest
from fakes import FakeEmbedder

from core.ports import IndexEntry
from retrieval import chroma_index
from retrieval.chroma_index import ChromaStore
from retrieval.pace import Pace


def entries(n):
    vectors = FakeEmbedder().embed_passages([f"refund 退款 {i}" for i in range(n)])
    return [IndexEntry(chunk_id=f"{i:02d}", text="", vector=vectors[i]) for i in range(n)]


@pytest.fixture
def index(tmp_path):
    store = ChromaStore(tmp_path)
    yield store.create("pages")
    store.close()


def test_every_vector_arrives_however_it_is_cut(index, monkeypatch):
    sizes = []
    monkeypatch.setattr(Pace, "slice_size", 7)
    monkeypatch.setattr(Pace, "took", lambda _, size, seconds: sizes.append(size))
    index.apply(entries(60), ())
    assert index.ids() == {f"{n:02d}" for n in range(60)}
    assert sizes == [7, 7, 7, 7, 7, 7, 7, 7, 4]


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


def test_what_is_not_in_the_graph_yet_is_found_without_it(index, monkeypatch):
    seen, all_of_them = [], entries(30)

    def first_hits():
        return [index.search(entry.vector, 1)[0].chunk_id for entry in all_of_them]

    monkeypatch.setattr(Pace, "slice_size", 10)
    monkeypatch.setattr(Pace, "took", lambda *_: seen.append(first_hits()))
    index.apply(all_of_them, ())
    assert seen == [[f"{n:02d}" for n in range(30)]] * 3


def test_what_is_expected_is_found_before_it_is_applied_and_not_after_it_is_deleted(index):
    two = entries(2)
    index.apply(two[:1], ())
    index.expect(two)
    assert [hit.chunk_id for hit in index.search(two[1].vector, 2)] == ["01", "00"]
    assert index.ids() == {"00"}
    index.apply((), ["01"])
    assert [hit.chunk_id for hit in index.search(two[1].vector, 2)] == ["00"]
