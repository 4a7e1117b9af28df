from pathlib import Path
from typing import Any

from core.settings import IngestSettings
from ingest.run import Ingestion
from store.catalog import Catalog


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
