import json
import sqlite3
from datetime import date

import pytest
from alembic import command
from alembic.config import Config
from edition_home import KB, OTHER, EditionHome, manual
from filter_home import where
from sqlalchemy import create_engine, func, select

import store
from core.types import Condition, Filter
from store.catalog import Catalog
from store.editions import EditionState
from store.facets import facet_rows
from store.filters import Filters
from store.tables import facets, versions


def found_by(name, **said):
    rows = facet_rows(1, said.pop("language", "en"), said.pop("metadata", {}), {"valid_from": None, **said})
    return [row["value"] for row in rows if row["name"] == name]


def test_a_list_is_found_by_its_parts_and_as_a_whole():
    assert found_by("product", metadata={"Product": "Gate G2, Gate G3"}) == ["Gate G2, Gate G3", "Gate G2", "Gate G3"]
    assert found_by("产品线", metadata={"產品線": "网关、客户端；服务"}) == [
        "网关、客户端；服务",
        "网关",
        "客户端",
        "服务",
    ]
    assert found_by("title", metadata={"title": "Refunds, and how"}) == ["Refunds, and how"]


def test_names_that_documents_always_have_are_not_taken_from_metadata():
    metadata = {
        "source": "evil",
        "format": "exe",
        "kind": "x",
        "valid_from": "soon",
        "Language": "zh-TW",
        "language": "zh",
    }
    rows = facet_rows(1, "en", metadata, {"valid_from": date(2025, 1, 1), "valid_until": None})
    assert {(row["name"], row["value"]) for row in rows} == {
        ("language", "en"),
        ("language", "zh"),
        ("valid_from", "2025-01-01"),
    }


def test_what_one_version_is_found_by_is_bounded():
    metadata = {f"key {number}": ",".join("ab"[n % 2] + str(n) for n in range(45)) for number in range(50)}
    assert len(facet_rows(1, "en", metadata, {})) == 1 + 50 * 21
    (row,) = facet_rows(1, "en", {"note": "长" * 1_000}, {})[1:]
    assert (len(row["value"]), len(row["value_key"])) == (200, 195)


def test_facets_go_with_their_versions(catalog, put):
    def count():
        with catalog.engine.connect() as connection:
            kept = connection.scalar(select(func.count(versions.c.id.distinct())))
            return kept, connection.scalar(select(func.count(facets.c.version_id.distinct())))

    for number in range(4):
        put("a.md", f"Version {number}.")
    assert count() == (2, 2)
    catalog.delete_sources("kb", ["a.md"])
    assert count() == (0, 0)


@pytest.mark.parametrize("switch", ["built", "switched", "rolled back"])
def test_a_filter_leaves_the_same_documents_in_every_edition(tmp_path, switch):
    first = EditionHome(tmp_path)
    for number in range(4):
        first.put(f"{'en' if number % 2 == 0 else 'zh'}/{number}.md", manual(number))
    first.found("refunds")
    first.close()
    home = EditionHome(tmp_path, **OTHER)
    home.keeper.reindex(KB)
    if switch == "rolled back":
        home.keeper.rollback(KB)
    of = {"built": EditionState.PREVIOUS}.get(switch, EditionState.CURRENT)
    edition = home.editions.of(KB)[of]
    zh = Filter(conditions=(Condition(name="language", values=("zh",)),))
    selection = Filters(home.catalog).select(KB, edition.id, zh)
    assert len(selection.versions) == 2
    assert 0 < selection.passages < selection.of
    hits = home.retriever.search(KB, "退款 refunds", 50, "hybrid", zh).hits
    assert {hit.chunk.source for hit in hits} == {"zh/1.md", "zh/3.md"}
    home.close()


def test_a_filter_may_leave_more_passages_than_a_statement_binds(catalog, put):
    put("many.md", "\n\n".join(f"{n}" for n in range(60_000)), kb="large")
    put("few.md", "Two.\n\nPassages.", kb="large")
    filters = Filters(catalog)
    left = filters.select("large", 0, where("source=many.md"))
    assert (left.passages, left.of) == (60_000, 60_002)
    ids = [chunk_id for _, chunk_id, _ in filters.passages(left, sorted(left.versions))]
    assert len(catalog.live_chunks("large", ids, None, left)) == 60_000
    assert len(catalog.live_chunks("large", ids, None, filters.select("large", 0, where("source=few.md")))) == 0


def test_every_change_of_what_a_filter_may_leave_changes_the_revision(catalog, put):
    filters, seen = Filters(catalog), []
    for change in (
        lambda: put("a.md", "One."),
        lambda: put("a.md", "Two."),
        lambda: catalog.move_sources("kb", {"a.md": "b.md"}),
        lambda: catalog.delete_sources("kb", ["b.md"]),
    ):
        change()
        seen.append(filters.revision("kb"))
    assert seen == sorted(set(seen))


def test_documents_of_before_there_were_filters_are_found_by_their_metadata(tmp_path):
    config = Config()
    config.set_main_option("script_location", f"{store.__path__[0]}/migrations")
    engine = create_engine(f"sqlite:///{tmp_path / 'record.sqlite'}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
    engine.dispose()
    connection = sqlite3.connect(tmp_path / "record.sqlite")
    with connection:
        connection.execute("INSERT INTO knowledge_bases (name, head_seq) VALUES ('help', 7)")
        for number, metadata in enumerate([{"product": "潮標"}, {"product": "Tidemark"}, {}], 1):
            connection.execute(
                "INSERT INTO documents (id, kb, source, current_version, outcome, reason, parser, pipeline,"
                " content_hash, size, mtime_ns) VALUES (?, 'help', ?, ?, 'ingested', '', '', '', '', 0, 0)",
                (f"d{number}", f"{number}.md", number),
            )
            connection.execute(
                "INSERT INTO versions"
                " (id, document_id, title, language, text, blocks, metadata, content_hash, valid_from)"
                " VALUES (?, ?, 'T', 'zh', '退款', '[]', ?, '', '2025-01-01')",
                (number, f"d{number}", json.dumps(metadata)),
            )
    connection.close()
    catalog = Catalog.open(tmp_path)
    filters = Filters(catalog)
    assert filters.select("help", 0, where("product=潮标")).versions == {1}
    assert filters.select("help", 0, where("language=zh", as_of="2025-01-01")).versions == {1, 2, 3}
    assert filters.select("help", 0, where("language=zh", as_of="2024-12-31")).versions == frozenset()
    catalog.close()
