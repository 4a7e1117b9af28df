"""Editions on a real PostgreSQL server: the same code, another database."""

import pytest
from fakes import FakeEmbedder, a_document, paragraphs_of, state_of
from postgres_server import running_postgres

from core.settings import RecordSettings
from store.catalog import Catalog
from store.edition_passages import EditionPassages
from store.editions import Editions, EditionState, Recipe
from store.ledger import DETACHED, Ledger

pytestmark = pytest.mark.slow
OLD, NEW = (
    Recipe(cut="old", fingerprint="fake-1"),
    Recipe(cut="new", fingerprint="fake-2", passages={"chunk_tokens": 9}),
)


@pytest.fixture(scope="module")
def server():
    pytest.importorskip("psycopg")
    with running_postgres() as url:
        yield url


def put(catalog, source, text):
    embedder, document = FakeEmbedder(), a_document(source, text)
    passages = paragraphs_of(document)
    vectors = list(embedder.embed_passages([chunk.indexed_text for chunk in passages]))
    catalog.taking("old").put_document(document, passages, vectors, fingerprint="fake-1", state=state_of(document))


def texts(catalog, edition=None):
    ids = sorted(catalog.live_ids("kb", edition))
    return sorted(chunk.text for chunk in catalog.live_chunks("kb", ids, edition).values())


def test_an_edition_is_filled_switched_to_rolled_back_and_forgotten(server, tmp_path):
    catalog = Catalog.open(tmp_path / "home", RecordSettings(url=server))
    catalog.ensure_kb("kb")
    editions, ledger = Editions(catalog), Ledger(catalog)
    first = editions.settle("kb", OLD)
    for source, text in (("a.md", "one\n\ntwo"), ("说明.md", "退款\n\n三天"), ("gone.md", "secret")):
        put(catalog, source, text)
    ledger.publish(ledger.begin("kb", first.id, "dense", "f"))
    built = editions.open("kb", NEW)
    passages = EditionPassages(catalog, built)
    for batch in passages.uncut(2):
        passages.put([(uncut, paragraphs_of(uncut.document)[:1]) for uncut in batch])
    assert texts(catalog) == ["one", "secret", "two", "三天", "退款"]
    assert texts(catalog, built.id) == ["one", "secret", "退款"]
    keys = passages.unread(tokens=True)
    passages.put_read(dict(zip(keys, FakeEmbedder("fake-2").embed_passages(keys), strict=True)), {})
    assert passages.unread(tokens=False) == []
    catalog.delete_sources("kb", ["gone.md"])
    editions.mark_staged(built)
    editions.switch(editions.of("kb")[EditionState.STAGED])
    assert texts(catalog) == ["one", "退款"]
    assert editions.of("kb")[EditionState.CURRENT].recipe == NEW
    assert ledger.ready(first.id, "dense").watermark == DETACHED
    editions.rollback("kb")
    assert texts(catalog) == ["one", "two", "三天", "退款"]
    editions.drop(editions.of("kb")[EditionState.PREVIOUS])
    assert catalog.vectors("fake-2", keys) == {}
    assert editions.behind(editions.of("kb")[EditionState.CURRENT]) == 0
    catalog.close()
