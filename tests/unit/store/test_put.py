from dataclasses import replace

import pytest
from fakes import a_document, paragraphs_of, state_of
from sqlalchemy import event, text

from core.errors import Unavailable
from store.ledger import Ledger
from store.put import NewVersion, once_each
from store.source_state import text_key


@pytest.fixture
def version(embedder):
    """A new version of a document of paragraphs."""

    def version(source, content, **changes):
        document = replace(a_document(source, content), **changes)
        passages = paragraphs_of(document)
        vectors = list(embedder.embed_passages([chunk.indexed_text for chunk in passages]))
        keys = [text_key(chunk) for chunk in passages]
        return NewVersion(document=document, passages=passages, keys=keys, vectors=vectors, state=state_of(document))

    return version


def texts(catalog):
    return sorted(chunk.text for chunk in catalog.live_chunks("kb", sorted(catalog.live_ids("kb"))).values())


def count(catalog, table):
    with catalog.engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}"))


def test_documents_of_one_transaction_each_get_their_own_passages(catalog, version):
    catalog.put_documents(
        "kb", [version("a.md", "One.\n\nTwo."), version("退款.md", "退款三天。")], fingerprint="fake-1"
    )
    ids = catalog.document_ids("kb")
    assert [chunk.text for chunk in catalog.chunks_of("kb", ids["a.md"])] == ["One.", "Two."]
    assert [chunk.text for chunk in catalog.chunks_of("kb", ids["退款.md"])] == ["退款三天。"]
    assert [seq for seq, _ in Ledger(catalog).changed_since("kb", 0, 100)] == [1, 2, 3]


def test_new_and_changed_documents_go_together_and_old_versions_are_forgotten(catalog, version):
    for number in range(4):
        catalog.put_documents(
            "kb", [version("a.md", f"Old {number}."), version(f"{number}.md", "新。")], fingerprint="fake-1"
        )
    assert texts(catalog) == ["Old 3.", "新。", "新。", "新。", "新。"]
    assert count(catalog, "versions") == 2 + 4
    assert count(catalog, "embeddings") == 2 + 1


def test_all_of_a_transaction_are_stored_or_none(catalog, version):
    @event.listens_for(catalog.engine, "before_cursor_execute")
    def fail_on_outbox(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO outbox"):
            raise OSError("disk full")

    new = [version("a.md", "One."), version("b.md", "二。")]
    with pytest.raises(OSError, match="disk full"):
        catalog.put_documents("kb", new, fingerprint="fake-1")
    event.remove(catalog.engine, "before_cursor_execute", fail_on_outbox)
    assert (texts(catalog), catalog.source_states("kb"), count(catalog, "chunks")) == ([], {}, 0)


def test_only_what_is_new_to_the_record_is_written(catalog, version):
    catalog.put_documents("kb", [version("a.md", "One.")], fingerprint="fake-1")
    head = Ledger(catalog).head("kb")
    catalog.put_documents("kb", [version("a.md", "One."), version("b.md", "二。")], fingerprint="fake-1")
    assert count(catalog, "versions") == 2
    assert len(Ledger(catalog).changed_since("kb", head, 100)) == 1


def test_of_two_versions_of_one_document_the_later_stands(catalog, version):
    new = [version("a.md", "First."), version("b.md", "二。"), version("a.md", "后来。")]
    assert [[each.document.source for each in part] for part in once_each(new)] == [["a.md", "b.md"], ["a.md"]]
    catalog.put_documents("kb", new, fingerprint="fake-1")
    assert texts(catalog) == ["二。", "后来。"]


def test_a_document_under_an_id_that_is_not_its_own_is_refused_with_all_beside_it(catalog, version):
    new = [version("a.md", "One."), version("b.md", "二。", id="f" * 32)]
    with pytest.raises(Unavailable, match=r"'b\.md' of 'kb' was moved by another process"):
        catalog.put_documents("kb", new, fingerprint="fake-1")
    assert texts(catalog) == []


def test_names_that_moved_away_get_other_ids_and_the_rest_their_own(catalog, put):
    put("a.md", "One.")
    before = catalog.identities("kb", ["a.md", "新.md"])
    catalog.move_sources("kb", {"a.md": "b.md"})
    after = catalog.identities("kb", ["a.md", "b.md", "新.md"])
    assert after["b.md"] == before["a.md"] != after["a.md"]
    assert after["新.md"] == before["新.md"]
    assert after == {source: catalog.identity("kb", source) for source in after}
