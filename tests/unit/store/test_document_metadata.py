from dataclasses import replace

from fakes import a_document, paragraphs_of, state_of

from store.document_metadata import DocumentMetadata
from store.source_state import document_id


def put(catalog, embedder, metadata, text="Refunds take 14 days."):
    document = replace(a_document("a.md", text), metadata=metadata)
    passages = paragraphs_of(document)
    vectors = list(embedder.embed_passages([chunk.indexed_text for chunk in passages]))
    state = state_of(document)
    catalog.put_document(document, passages, vectors, fingerprint=embedder.fingerprint, state=state)


def test_the_metadata_is_that_of_the_current_version(catalog, embedder):
    put(catalog, embedder, {"product": "Gate G2"})
    put(catalog, embedder, {"product": "Gate G3", "产品": "网关"}, text="Refunds take 30 days.")
    known = document_id("kb", "a.md")
    assert DocumentMetadata(catalog.engine)([known, "unknown"]) == {known: {"product": "Gate G3", "产品": "网关"}}


def test_of_nothing_there_is_no_metadata(catalog):
    assert DocumentMetadata(catalog.engine)([]) == {}
