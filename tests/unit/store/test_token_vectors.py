from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from fakes import a_document, paragraphs_of, state_of
from sqlalchemy import text

import store
from core.ports import TokenCodes
from store.catalog import Catalog
from store.source_state import text_key
from store.statements import KEYS_BY_ID, TOKENS_BY_KEY, VECTORS_BY_KEY
from store.tables import metadata
from store.token_vectors import StoredTokens


@pytest.fixture
def stored(catalog, embedder):
    return StoredTokens(catalog, embedder.fingerprint)


@pytest.fixture
def put_with_tokens(catalog, embedder):
    """Put a document of paragraphs into the record with its vectors and token vectors."""

    def put(source, content, kb="kb"):
        catalog.ensure_kb(kb)
        document = a_document(source, content, kb=kb)
        passages = paragraphs_of(document)
        vectors, codes = embedder.encode_passages([chunk.indexed_text for chunk in passages])
        tokens = dict(zip(map(text_key, passages), codes, strict=True))
        state = state_of(document)
        catalog.put_document(document, passages, list(vectors), fingerprint="fake-1", state=state, tokens=tokens)

    return put


def live(catalog, kb="kb"):
    return list(catalog.live_chunks(kb, sorted(catalog.live_ids(kb))).values())


def rows_in(catalog, table="token_vectors"):
    with catalog.engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}"))


def test_token_vectors_come_back_as_they_went_in(catalog, embedder, stored, put_with_tokens):
    put_with_tokens("a.md", "Refunds take 14 days.\n\n退款需要七天。")
    passages = live(catalog)
    for chunk, found in zip(passages, stored.token_codes(passages), strict=True):
        _, (expected,) = embedder.encode_passages([chunk.indexed_text])
        assert np.array_equal(found.rows, expected.rows)


def test_a_text_without_tokens_has_codes_of_no_rows(catalog, stored, put_with_tokens):
    put_with_tokens("a.md", "Known.")
    chunk = live(catalog)[0]
    with catalog.writing() as connection:
        connection.execute(text("UPDATE token_vectors SET codes = x''"))
    assert stored.token_codes([chunk])[0].rows.shape == (0, 22)


def test_the_order_is_that_of_the_passages_and_what_is_missing_is_none(catalog, put, stored, put_with_tokens):
    put_with_tokens("a.md", "First.\n\nSecond.")
    put("b.md", "Without.")
    first, second, without = sorted(live(catalog), key=lambda chunk: chunk.text)
    found = stored.token_codes([second, without, first, second])
    assert found[1] is None
    assert np.array_equal(found[0].rows, found[3].rows)
    assert not np.array_equal(found[0].rows, found[2].rows)


def test_another_embedder_or_another_packing_finds_nothing(catalog, stored, put_with_tokens, monkeypatch):
    put_with_tokens("a.md", "Text.")
    passages = live(catalog)
    assert StoredTokens(catalog, "fake-2").token_codes(passages) == [None]
    monkeypatch.setattr("store.rows.CODEC", "3bit-1")
    assert StoredTokens(catalog, "fake-1").token_codes(passages) == [None]
    assert stored.token_codes(passages) != [None]


def test_a_deleted_document_leaves_no_token_vectors(catalog, put_with_tokens):
    put_with_tokens("secret.md", "The code is 4711.\n\nShared words.")
    put_with_tokens("other.md", "Shared words.")
    assert rows_in(catalog) == 2
    catalog.delete_sources("kb", ["secret.md"])
    assert rows_in(catalog) == rows_in(catalog, "embeddings") == 1


def test_a_deleted_knowledge_base_leaves_no_token_vectors(catalog, put_with_tokens):
    put_with_tokens("a.md", "Ours.")
    put_with_tokens("a.md", "Theirs.", kb="other")
    catalog.delete_kb("kb")
    assert rows_in(catalog) == 1


def test_old_versions_take_their_token_vectors_with_them(catalog, put_with_tokens):
    for number in range(4):
        put_with_tokens("a.md", f"Version {number}.")
    assert rows_in(catalog) == rows_in(catalog, "embeddings") == 2


def test_an_error_while_token_vectors_are_written_leaves_nothing_of_the_document(catalog):
    document = a_document("a.md", "Text.")
    passages = paragraphs_of(document)
    vectors = [np.ones(4, dtype=np.float32)]
    broken = {text_key(passages[0]): TokenCodes(np.zeros((1, 3), dtype=np.uint8)), None: TokenCodes(np.zeros((0, 3)))}
    with pytest.raises(Exception, match="NOT NULL"):
        catalog.put_document(document, passages, vectors, fingerprint="f", state=state_of(document), tokens=broken)
    assert catalog.document_ids("kb") == {}
    assert rows_in(catalog) == 0


def test_what_came_without_token_vectors_is_named_once_by_its_text(catalog, put, stored, put_with_tokens):
    put_with_tokens("new.md", "With.")
    put("old.md", "Without.\n\n没有。")
    put("twin.md", "Without.")
    put("elsewhere.md", "Not ours.", kb="other")
    batches = list(stored.missing("kb", 1))
    assert [len(batch) for batch in batches] == [1, 1]
    texts = {key: value for batch in batches for key, value in batch.items()}
    assert texts == {text_key(c): c.indexed_text for c in live(catalog) if c.text != "With."}


def test_texts_of_replaced_versions_are_not_missing(catalog, put, stored):
    put("a.md", "Old.")
    put("a.md", "New.")
    assert [*stored.missing("kb", 10)] == [{text_key(c): c.indexed_text for c in live(catalog)}]


def test_what_is_filled_in_later_is_found_and_no_longer_missing(catalog, put, embedder, stored):
    put("a.md", "Text.")
    (texts,) = stored.missing("kb", 10)
    _, codes = embedder.encode_passages(list(texts.values()))
    stored.put(dict(zip(texts, codes, strict=True)))
    assert stored.known([*texts, "unknown"]) == set(texts)
    assert list(stored.missing("kb", 10)) == []


def test_a_text_that_was_deleted_meanwhile_is_not_stored(catalog, embedder, stored):
    _, (codes,) = embedder.encode_passages(["gone"])
    stored.put({"0" * 64: codes})
    assert rows_in(catalog) == 0


@pytest.mark.parametrize(("statement", "table"), [(VECTORS_BY_KEY, "embeddings"), (TOKENS_BY_KEY, "token_vectors")])
def test_vectors_are_looked_up_by_their_text_and_not_by_walking_all_of_an_embedder(catalog, statement, table):
    plan = plan_of(catalog, statement, {"fingerprint": "f", "keys": ["a", "b"]})
    assert plan[0].startswith(f"SEARCH {table} ")
    assert "(fingerprint=? AND text_key=?)" in plan[0]


def test_the_texts_of_passages_are_looked_up_by_their_ids(catalog):
    plan = plan_of(catalog, KEYS_BY_ID, {"kb": "kb", "ids": ["a", "b"]})
    assert plan[0].startswith("SEARCH chunks USING INDEX ix_chunks_chunk_id")


def plan_of(catalog, statement, values):
    sql = str(statement.params(values).compile(catalog.engine, compile_kwargs={"literal_binds": True}))
    with catalog.engine.connect() as connection:
        return [row.detail for row in connection.execute(text("EXPLAIN QUERY PLAN " + sql))]


def test_a_record_of_the_first_version_keeps_its_content_and_gets_the_table(tmp_path, catalog, put):
    put("a.md", "Old text.")
    migrate(catalog, "0001", down=True)
    catalog.close()
    again = Catalog.open(tmp_path / "home")
    assert [chunk.text for chunk in live(again)] == ["Old text."]
    stored = StoredTokens(again, "fake-1")
    assert stored.token_codes(live(again)) == [None]
    assert len(list(stored.missing("kb", 10))) == 1
    again.close()


def test_the_migrations_make_the_tables_that_the_code_names(catalog):
    with catalog.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def migrate(catalog, revision, *, down):
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    with catalog.writing() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)
