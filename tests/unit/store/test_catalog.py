import sqlite3
from dataclasses import replace
from datetime import date

import pytest
from fakes import FakeEmbedder, a_document, paragraphs_of, state_of
from sqlalchemy import event, text

from core.errors import InvalidInput, NotFound, RecordError
from core.settings import RecordSettings
from core.types import Block, BlockKind, Outcome, Span
from store.catalog import Catalog
from store.ledger import Ledger
from store.rows import live_chunk_rows
from store.tables import chunks


def texts(catalog, kb="kb"):
    return sorted(chunk.text for chunk in catalog.live_chunks(kb, sorted(catalog.live_ids(kb))).values())


def test_a_new_version_replaces_the_old_one_at_once(catalog, put):
    put("a.md", "Refunds take 14 days.\n\nCall us.")
    put("a.md", "Refunds take 30 days.\n\nCall us.")
    assert texts(catalog) == ["Call us.", "Refunds take 30 days."]


def test_only_the_passages_that_changed_are_announced(catalog, put):
    put("a.md", "Refunds take 14 days.\n\nCall us.")
    head = Ledger(catalog).head("kb")
    put("a.md", "Refunds take 30 days.\n\nCall us.")
    changed = {chunk_id for _, chunk_id in Ledger(catalog).changed_since("kb", head, 100)}
    assert len(changed) == 2
    assert len(changed & catalog.live_ids("kb")) == 1


def test_two_processes_that_read_the_same_file_write_it_once(catalog, put):
    put("a.md", "Version 0.")
    put("a.md", "Version 1.")
    put("a.md", "Version 1.")
    with catalog.engine.connect() as connection:
        kept = connection.scalars(text("SELECT text FROM versions ORDER BY id")).all()
    assert kept == ["Version 0.", "Version 1."]


def test_outbox_numbers_have_no_gaps(catalog, put):
    for number in range(5):
        put(f"{number % 2}.md", f"Version {number}.\n\nAlways the same.")
    numbers = [seq for seq, _ in Ledger(catalog).changed_since("kb", 0, 1_000)]
    assert numbers == list(range(1, Ledger(catalog).head("kb") + 1))


def test_an_error_in_the_middle_of_a_write_leaves_the_old_version(catalog, put):
    put("a.md", "Old text.")

    @event.listens_for(catalog.engine, "before_cursor_execute")
    def fail_on_outbox(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO outbox"):
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        put("a.md", "New text.")
    event.remove(catalog.engine, "before_cursor_execute", fail_on_outbox)
    assert texts(catalog) == ["Old text."]
    assert catalog.document(catalog.document_ids("kb")["a.md"]).text == "Old text."


def test_a_document_comes_back_as_it_went_in(catalog, embedder):
    document = a_document("说明.md", "# 退款\n\n退款需要 14 天。", title="退款说明")
    heading = Block(kind=BlockKind.HEADING, span=Span(0, 4), level=1, page=3)
    extra = {"blocks": (heading,), "metadata": {"product": "G3"}, "valid_until": date(2025, 12, 31)}
    document = type(document)(**{**_fields(document), **extra})
    passages = [replace(chunk, valid_until=document.valid_until) for chunk in paragraphs_of(document)]
    vectors = list(embedder.embed_passages([chunk.indexed_text for chunk in passages]))
    catalog.put_document(document, passages, vectors, fingerprint="f", state=state_of(document))
    assert catalog.document(document.id) == document
    assert catalog.chunks_of("kb", document.id) == passages


def _fields(document):
    return {name: getattr(document, name) for name in type(document).__slots__}


def test_vectors_come_back_as_they_went_in(catalog, put, embedder):
    put("a.md", "Refunds take 14 days.")
    (chunk,) = catalog.live_chunks("kb", sorted(catalog.live_ids("kb"))).values()
    stored = catalog.chunk_vectors("kb", "fake-1", [chunk.id])[chunk.id]
    assert (stored == embedder.embed_passages([chunk.indexed_text])[0]).all()
    assert catalog.chunk_vectors("kb", "another embedder", [chunk.id]) == {}


def test_a_deleted_document_leaves_no_text_and_no_vector(catalog, put, tmp_path):
    put("secret.md", "The code is 4711.")
    put("other.md", "Nothing to hide.")
    assert catalog.delete_sources("kb", ["secret.md", "unknown.md"]) == 1
    assert texts(catalog) == ["Nothing to hide."]
    with catalog.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM versions WHERE text LIKE '%4711%'")) == 0
        assert connection.scalar(text("SELECT count(*) FROM embeddings")) == 1


def test_a_text_that_another_document_has_too_keeps_its_vector(catalog, put):
    put("a.md", "Shared words.")
    put("b.md", "Shared words.")
    catalog.delete_sources("kb", ["a.md"])
    (chunk_id,) = catalog.live_ids("kb")
    assert catalog.chunk_vectors("kb", "fake-1", [chunk_id])


def test_old_versions_are_forgotten_beyond_the_ones_kept(catalog, put):
    for number in range(4):
        put("a.md", f"Version {number}.")
    with catalog.engine.connect() as connection:
        kept = connection.scalars(text("SELECT text FROM versions ORDER BY id")).all()
    assert kept == ["Version 2.", "Version 3."]


def test_a_failed_new_version_leaves_the_old_one_answering(catalog, put):
    put("a.md", "Old text.")
    broken = state_of(a_document("a.md", "???"), Outcome.FAILED, "the file is broken")
    catalog.put_outcome("kb", broken)
    assert texts(catalog) == ["Old text."]
    assert catalog.source_states("kb")["a.md"].reason == "the file is broken"


def test_a_file_without_text_is_known_and_has_no_document(catalog):
    catalog.put_outcome("kb", state_of(a_document("scan.pdf", ""), Outcome.EMPTY, "no text layer"))
    assert catalog.source_states("kb")["scan.pdf"].outcome is Outcome.EMPTY
    assert catalog.document_ids("kb") == {}


def test_knowledge_bases_do_not_see_each_other(catalog, put):
    put("a.md", "Ours.")
    put("a.md", "Theirs.", kb="other")
    other_ids = sorted(catalog.live_ids("other"))
    assert catalog.live_chunks("kb", other_ids) == {}
    assert texts(catalog, "other") == ["Theirs."]


def test_a_deleted_knowledge_base_is_gone_with_everything_in_it(catalog, put):
    put("a.md", "Ours.")
    put("a.md", "Theirs.", kb="other")
    catalog.delete_kb("kb")
    assert catalog.kb_names() == ["other"]
    with catalog.engine.connect() as connection:
        for table in ("documents", "versions", "chunks", "embeddings", "outbox"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 1, table


def test_counts_are_of_live_documents_and_passages(catalog, put):
    put("a.md", "One.\n\nTwo.")
    put("a.md", "One.\n\nTwo.\n\nThree.")
    catalog.put_outcome("kb", state_of(a_document("b.pdf", ""), Outcome.EMPTY))
    (kb,) = catalog.knowledge_bases()
    assert (kb.documents, kb.passages) == (1, 3)


@pytest.mark.parametrize("name", ["", "a/", "a/b/c", "-x", "..", "a b", "x" * 101])
def test_an_unusable_name_is_refused_with_the_name(catalog, name):
    with pytest.raises(InvalidInput, match="knowledge base name"):
        catalog.ensure_kb(name)


def test_a_chinese_name_is_fine(catalog):
    catalog.ensure_kb("客服知识库")
    assert "客服知识库" in catalog.kb_names()


def test_an_unknown_knowledge_base_is_named_with_those_that_exist(catalog):
    with pytest.raises(NotFound, match="no knowledge base named 'sales'; there is: kb"):
        catalog.require_kb("sales")


def test_writing_to_a_knowledge_base_that_was_deleted_meanwhile_stores_nothing(catalog, put, embedder):
    document = a_document("a.md", "Text.", kb="gone")
    passages = paragraphs_of(document)
    with pytest.raises(Exception, match=r"gone|FOREIGN KEY"):
        catalog.put_document(
            document, passages, list(embedder.embed_passages(["x"])), fingerprint="f", state=state_of(document)
        )
    assert catalog.document_ids("gone") == {}


def test_a_second_process_sees_what_the_first_committed(catalog, put, tmp_path):
    put("a.md", "Text.")
    second = Catalog.open(tmp_path / "home")
    assert second.live_ids("kb") == catalog.live_ids("kb")
    second.close()


def test_a_file_that_is_no_database_is_refused_with_its_path(tmp_path):
    (tmp_path / "record.sqlite").write_bytes(b"this is not a database, it is a letter " * 100)
    with pytest.raises(RecordError, match=r"record\.sqlite.*not a database"):
        Catalog.open(tmp_path)


def test_a_record_of_a_newer_version_is_refused(tmp_path):
    Catalog.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "record.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(RecordError, match="9999"):
        Catalog.open(tmp_path)


def test_a_url_that_is_none_is_refused(tmp_path):
    with pytest.raises(RecordError, match=r"record\.url"):
        Catalog.open(tmp_path, RecordSettings(url="not a url"))


def test_reading_goes_on_while_another_connection_writes(catalog, put):
    put("a.md", "Text.")
    with catalog.writing() as connection:
        connection.execute(text("DELETE FROM chunks"))
        assert texts(catalog) == ["Text."]
    assert texts(catalog) == []


def test_passages_are_looked_up_by_their_id_and_not_by_walking_the_documents(catalog):
    statement = live_chunk_rows("kb").where(chunks.c.chunk_id.in_(["a", "b"]))
    sql = str(statement.compile(catalog.engine, compile_kwargs={"literal_binds": True}))
    with catalog.engine.connect() as connection:
        plan = [row.detail for row in connection.execute(text("EXPLAIN QUERY PLAN " + sql))]
    assert plan[0].startswith("SEARCH chunks USING INDEX ix_chunks_chunk_id")


def test_as_many_vectors_as_passages_are_needed(catalog):
    document = a_document("a.md", "Text.")
    with pytest.raises(ValueError, match="1 passages need as many vectors, got 0"):
        catalog.put_document(document, paragraphs_of(document), [], fingerprint="f", state=state_of(document))


def test_the_fake_embedder_gives_unit_vectors():
    vectors = FakeEmbedder().embed_passages(["one two", "三 四"])
    assert ((vectors**2).sum(axis=1) - 1 < 1e-5).all()
