"""A record of before there were editions is brought over with its indexes."""

import json
import sqlite3

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import store
from store.catalog import Catalog
from store.editions import Editions, EditionState, Recipe
from store.ledger import Ledger

FINGERPRINT = "0123abcd/1/int8-1"
PIPELINE = "ingest 2 (unstructured 0.27, ocr on), passages 1 of 180+1, embedder 0123456789abcdef"
# A name of 200 characters was cut off.
LONG = PIPELINE.replace(", embedder 0123456789abcdef", ", embedd")


def old_record(folder, rows):
    """A record as the second revision left it."""
    config = Config()
    config.set_main_option("script_location", f"{store.__path__[0]}/migrations")
    engine = create_engine(f"sqlite:///{folder / 'record.sqlite'}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    engine.dispose()
    connection = sqlite3.connect(folder / "record.sqlite")
    with connection:
        connection.execute("INSERT INTO knowledge_bases (name, head_seq) VALUES ('help', 7), ('empty', 0)")
        for number, pipeline in enumerate(rows, 1):
            connection.execute(
                "INSERT INTO documents (id, kb, source, current_version, outcome, reason, parser, pipeline,"
                " content_hash, size, mtime_ns) VALUES (?, 'help', ?, ?, 'ingested', '', '', ?, '', 0, 0)",
                (f"d{number}", f"{number}.md", number, pipeline),
            )
            connection.execute(
                "INSERT INTO versions (id, document_id, title, language, text, blocks, metadata, content_hash)"
                " VALUES (?, ?, 'T', 'zh', '退款', ?, ?, '')",
                (number, f"d{number}", json.dumps([]), json.dumps({})),
            )
        for arm, live, fingerprint in (
            ("dense", 1, f"chroma-1.5 cosine m16 ef200/1000 {FINGERPRINT}"),
            ("lexical", 1, "tantivy-0.27 analyser-3"),
            ("lexical", 0, "tantivy-0.27 analyser-3"),
        ):
            connection.execute(
                "INSERT INTO indexes (generation, kb, arm, fingerprint, watermark, live)"
                " VALUES (?, 'help', ?, ?, 7, ?)",
                (f"{arm}{live}", arm, fingerprint, live),
            )
    connection.close()


def test_what_answered_becomes_the_first_edition_and_no_index_is_built_anew(tmp_path):
    old_record(tmp_path, [PIPELINE, PIPELINE, LONG, PIPELINE.replace("180+1", "90+0"), "none"])
    catalog = Catalog.open(tmp_path)
    editions = Editions(catalog)
    current = editions.of("help")[EditionState.CURRENT]
    assert current.recipe == Recipe(
        cut="passages 1 of 180+1", fingerprint=FINGERPRINT, passages={"chunk_tokens": 180, "overlap_sentences": 1}
    )
    assert editions.of("empty") == {}
    assert editions.behind(current) == 2, "one was cut otherwise, and of one it is not known how"
    ledger = Ledger(catalog)
    ready = [ledger.ready(current.id, arm) for arm in ("dense", "lexical")]
    assert [(each.id, each.watermark) for each in ready] == [("dense1", 7), ("lexical1", 7)]
    assert len(ledger.generations()) == 2
    pipelines = {state.pipeline for state in catalog.source_states("help").values()}
    assert pipelines == {"ingest 2 (unstructured 0.27, ocr on)", "none"}, "what decides the text, not the passages"
    catalog.close()


def test_a_record_whose_embedder_is_not_known_gets_its_edition_at_first_use(tmp_path):
    old_record(tmp_path, [PIPELINE])
    connection = sqlite3.connect(tmp_path / "record.sqlite")
    with connection:
        connection.execute("DELETE FROM indexes")
    connection.close()
    catalog = Catalog.open(tmp_path)
    assert Editions(catalog).of("help") == {}
    wanted = Recipe(cut="passages 2 of 180+1", fingerprint=FINGERPRINT)
    assert Editions(catalog).behind(Editions(catalog).settle("help", wanted)) == 1
    catalog.close()
