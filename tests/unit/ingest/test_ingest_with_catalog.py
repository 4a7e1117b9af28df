from pathlib import Path
from typing import Any

from core.settings import IngestSettings
from core.types import Chunk, Outcome
from ingest.run import Ingestion
from store.catalog import Catalog
from store.token_vectors import StoredTokens


def test_real_processes_and_the_real_record_work_together(tmp_path: Path, embedder: Any) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "refunds.md").write_text("# Refunds\n\nRefunds take three days.\n")
    (docs / "faq.json").write_text('[{"question": "多久到账？", "answer": "三天。"}]')
    (docs / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    catalog = Catalog.open(tmp_path / "home")
    try:
        ingestion = Ingestion(catalog, embedder, IngestSettings(workers=1))
        first = ingestion.run([docs], "help")
        assert {outcome.value: count for outcome, count in first.outcomes.items() if count} == {
            "ingested": 2,
            "failed": 1,
        }
        document = catalog.document(catalog.document_ids("help")["faq.json"])
        assert [chunk.text for chunk in catalog.chunks_of("help", document.id)] == ["多久到账？\n\n三天。"]
        second = ingestion.run([docs], "help")
        assert (second.embedded, second.passages, second.problems) == (0, 0, first.problems)
        (docs / "refunds.md").unlink()
        assert ingestion.run([docs], "help", prune=True).removed == 1
        assert set(catalog.document_ids("help")) == {"faq.json"}
    finally:
        catalog.close()


def test_token_vectors_are_stored_and_filled_where_an_earlier_run_had_none(tmp_path: Path, embedder: Any) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "refunds.md").write_text("# Refunds\n\nRefunds take three days.\n")
    (docs / "退款.md").write_text("# 退款\n\n三天到账。\n")
    catalog = Catalog.open(tmp_path / "home")
    stored = StoredTokens(catalog, embedder.fingerprint)
    try:
        settings = IngestSettings(workers=1)
        assert Ingestion(catalog, embedder, settings).run([docs], "old").embedded == 2
        assert all(codes is None for codes in stored.token_codes(passages_of(catalog, "old")))
        filled = Ingestion(catalog, embedder, settings, stored).run([docs], "old")
        assert (filled.outcomes[Outcome.UNCHANGED], filled.embedded) == (2, 2)
        assert all(codes is not None for codes in stored.token_codes(passages_of(catalog, "old")))
        (docs / "退款.md").write_text("# 退款\n\n七天到账。\n")
        changed = Ingestion(catalog, embedder, settings, stored).run([docs], "old")
        assert changed.embedded == 1
        assert all(codes is not None for codes in stored.token_codes(passages_of(catalog, "old")))
    finally:
        catalog.close()


def passages_of(catalog: Catalog, kb: str) -> list[Chunk]:
    found = list(catalog.live_chunks(kb, sorted(catalog.live_ids(kb))).values())
    assert len(found) == 2
    return found
