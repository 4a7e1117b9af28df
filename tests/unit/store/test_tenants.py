import sqlite3
from contextlib import closing

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import store
from core.errors import InvalidInput, NotFound
from store.catalog import Catalog
from store.tenants import Tenants


@pytest.fixture
def tenants(catalog):
    found = Tenants(catalog)
    found.create("acme")
    found.create("星海")
    return found


def test_a_home_begins_with_the_default_tenant(catalog):
    (tenant,) = Tenants(catalog).all()
    assert (tenant.name, tenant.kbs, tenant.keys) == ("default", ("kb",), 0)


def test_two_tenants_may_have_knowledge_bases_of_one_name(tenants, catalog, put):
    put("a.md", "Ours.", kb="acme/faq")
    put("a.md", "我们的。", kb="星海/faq")
    put("a.md", "Mine.", kb="faq")

    assert {tenant.name: tenant.kbs for tenant in tenants.all()} == {
        "acme": ("acme/faq",),
        "default": ("faq", "kb"),
        "星海": ("星海/faq",),
    }
    texts = {kb: catalog.document(catalog.document_ids(kb)["a.md"]).text for kb in ("acme/faq", "星海/faq", "faq")}
    assert texts == {"acme/faq": "Ours.", "星海/faq": "我们的。", "faq": "Mine."}


def test_the_same_text_of_two_tenants_has_ids_of_its_own(tenants, catalog, put):
    for kb in ("acme/faq", "星海/faq", "faq"):
        put("a.md", "The same.\n\n相同的。", kb=kb)
    documents = [catalog.document_ids(kb)["a.md"] for kb in ("acme/faq", "星海/faq", "faq")]
    assert len(set(documents)) == 3


def test_a_knowledge_base_needs_its_tenant(catalog):
    with pytest.raises(NotFound, match="no tenant 'ghost'"):
        catalog.ensure_kb("ghost/faq")
    assert catalog.kb_names() == ["kb"]


def test_a_name_is_taken_once(tenants):
    for name in ("acme", "default"):
        with pytest.raises(InvalidInput, match=f"'{name}' already"):
            tenants.create(name)


def test_deleting_a_tenant_leaves_the_others_alone(tenants, catalog, put):
    for kb in ("acme/a", "acme/b", "acme2", "星海/a"):
        put("a.md", "The same.", kb=kb)

    gone = tenants.delete("acme")

    assert gone.kbs == ("acme/a", "acme/b")
    assert catalog.kb_names() == ["acme2", "kb", "星海/a"]
    assert [tenant.name for tenant in tenants.all()] == ["default", "星海"]
    with pytest.raises(NotFound, match="'acme'"):
        tenants.delete("acme")


def test_the_default_tenant_stays(tenants):
    with pytest.raises(InvalidInput, match="stays"):
        tenants.delete("default")


def test_an_unknown_knowledge_base_is_told_with_those_of_its_tenant_only(tenants, catalog):
    catalog.ensure_kb("acme/faq")
    with pytest.raises(NotFound, match=r"'acme/fak'; there is: acme/faq$"):
        catalog.require_kb("acme/fak")
    with pytest.raises(NotFound, match=r"'fak'; there is: kb$"):
        catalog.require_kb("fak")


def test_a_home_from_before_there_were_tenants_keeps_everything(tmp_path):
    config = Config()
    config.set_main_option("script_location", f"{store.__path__[0]}/migrations")
    engine = create_engine(f"sqlite:///{tmp_path / 'record.sqlite'}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0009")
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "record.sqlite")) as old, old:
        old.execute("INSERT INTO knowledge_bases (name) VALUES ('help'), ('产品手册')")
        old.execute(
            "INSERT INTO documents (id, kb, source, current_version, outcome, reason, parser, pipeline, content_hash,"
            " size, mtime_ns) VALUES ('d1', '产品手册', 'a.md', 1, 'ingested', '', '', '', '', 0, 0)"
        )
        old.execute(
            "INSERT INTO versions (id, document_id, title, language, text, blocks, metadata, content_hash)"
            " VALUES (1, 'd1', 'A', 'zh', '退款需要 14 天。', '[]', '{}', '')"
        )

    with closing(Catalog.open(tmp_path)) as catalog:
        (tenant,) = Tenants(catalog).all()
        assert (tenant.name, tenant.kbs) == ("default", ("help", "产品手册"))
        assert catalog.document("d1").text == "退款需要 14 天。"
        assert catalog.document_ids("产品手册") == {"a.md": "d1"}
