import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from parsing_here import parser_in
from sqlalchemy import text

from core.settings import IngestSettings
from core.types import Chunk
from ingest import run as run_module
from ingest.report import IngestReport
from ingest.run import Ingestion
from store.catalog import Catalog
from store.ledger import Ledger

REFUNDS = "# Refunds\n\nRefunds take three days.\n"
退款 = "# 退款\n\n退款会在三个工作日内到账。\n"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    write(folder / "en/refunds.md", REFUNDS)
    write(folder / "zh/退款.md", 退款)
    return folder


@pytest.fixture
def ingest(catalog: Catalog, embedder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr(run_module, "parse_all", parser_in(tmp_path))

    def run(*paths: Path, **options: Any) -> IngestReport:
        return Ingestion(catalog, embedder, IngestSettings()).run(list(paths), "kb", **options)

    return run


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def passages(catalog: Catalog) -> list[Chunk]:
    return sorted(catalog.live_chunks("kb", sorted(catalog.live_ids("kb"))).values(), key=lambda c: (c.source, c.id))


def sources(catalog: Catalog) -> list[str]:
    return [chunk.source for chunk in passages(catalog)]


@pytest.mark.parametrize("prune", [False, True])
def test_a_renamed_file_keeps_its_document_and_nothing_is_parsed_embedded_or_indexed_again(
    docs: Path, ingest: Any, catalog: Catalog, embedder: Any, prune: bool
) -> None:
    ingest(docs)
    before, head, embedded = catalog.document_ids("kb"), Ledger(catalog).head("kb"), embedder.embedded
    ids = {chunk.id for chunk in passages(catalog)}
    (docs / "zh/退款.md").rename(docs / "账单.md")
    report = ingest(docs, prune=prune)
    assert (report.moved, report.passages, report.removed, embedder.embedded) == (1, 0, 0, embedded)
    assert {outcome.value: count for outcome, count in report.outcomes.items() if count} == {"unchanged": 2}
    assert catalog.document_ids("kb") == {"en/refunds.md": before["en/refunds.md"], "账单.md": before["zh/退款.md"]}
    assert sources(catalog) == ["en/refunds.md", "账单.md"]
    assert {chunk.id for chunk in passages(catalog)} == ids
    assert Ledger(catalog).head("kb") == head
    assert ingest(docs).moved == 0


def test_a_new_file_of_the_old_name_is_a_document_of_its_own(docs: Path, ingest: Any, catalog: Catalog) -> None:
    ingest(docs)
    first = catalog.document_ids("kb")["en/refunds.md"]
    (docs / "en/refunds.md").rename(docs / "en/old.md")
    ingest(docs)
    write(docs / "en/refunds.md", REFUNDS)
    ingest(docs)
    ids = catalog.document_ids("kb")
    assert ids["en/old.md"] == first
    assert len(set(ids.values())) == 3
    assert sources(catalog) == ["en/old.md", "en/refunds.md", "zh/退款.md"]
    catalog.delete_sources("kb", ["en/old.md"])
    assert sources(catalog) == ["en/refunds.md", "zh/退款.md"]


def test_a_moved_document_is_edited_under_its_old_id(docs: Path, ingest: Any, catalog: Catalog, embedder: Any) -> None:
    ingest(docs)
    first = catalog.document_ids("kb")["en/refunds.md"]
    (docs / "en/refunds.md").rename(docs / "en/old.md")
    ingest(docs)
    embedded = embedder.embedded
    write(docs / "en/old.md", f"{REFUNDS}\n# Cards\n\nAll cards are taken at every desk of every shop.\n")
    assert ingest(docs).embedded == embedder.embedded - embedded
    assert catalog.document_ids("kb")["en/old.md"] == first
    assert "Cards" in catalog.document(first).text


def test_two_files_that_swap_their_names_swap_their_documents(
    docs: Path, ingest: Any, catalog: Catalog, embedder: Any
) -> None:
    ingest(docs)
    before, embedded = catalog.document_ids("kb"), embedder.embedded
    (docs / "en/refunds.md").rename(docs / "aside")
    (docs / "zh/退款.md").rename(docs / "en/refunds.md")
    (docs / "aside").rename(docs / "zh/退款.md")
    assert ingest(docs).moved == 2
    assert catalog.document_ids("kb") == {
        "en/refunds.md": before["zh/退款.md"],
        "zh/退款.md": before["en/refunds.md"],
    }
    assert embedder.embedded == embedded
    assert {chunk.source: chunk.title for chunk in passages(catalog)} == {
        "en/refunds.md": "退款",
        "zh/退款.md": "Refunds",
    }


def test_renamed_and_edited_is_another_document(docs: Path, ingest: Any, catalog: Catalog) -> None:
    ingest(docs)
    (docs / "en/refunds.md").unlink()
    write(docs / "en/old.md", REFUNDS.replace("three", "five"))
    assert ingest(docs).moved == 0
    assert sources(catalog) == ["en/old.md", "en/refunds.md", "zh/退款.md"]
    assert ingest(docs, prune=True).removed == 1
    assert sources(catalog) == ["en/old.md", "zh/退款.md"]


def test_a_file_moved_over_another_is_a_new_version_of_that_one(docs: Path, ingest: Any, catalog: Catalog) -> None:
    ingest(docs)
    before = catalog.document_ids("kb")
    (docs / "zh/退款.md").replace(docs / "en/refunds.md")
    report = ingest(docs, prune=True)
    assert (report.moved, report.removed) == (0, 1)
    assert catalog.document_ids("kb") == {"en/refunds.md": before["en/refunds.md"]}
    assert passages(catalog)[0].title == "退款"


def test_a_copy_is_no_move_and_neither_is_a_file_of_another_folder(
    docs: Path, ingest: Any, catalog: Catalog, tmp_path: Path
) -> None:
    ingest(docs)
    write(docs / "copy.md", REFUNDS)
    assert ingest(docs).moved == 0
    write(tmp_path / "others/guide.md", 退款)
    assert ingest(tmp_path / "others").moved == 0
    assert sources(catalog) == ["copy.md", "en/refunds.md", "guide.md", "zh/退款.md"]


def test_of_two_equal_files_the_one_that_vanished_moves(docs: Path, ingest: Any, catalog: Catalog) -> None:
    write(docs / "copy.md", REFUNDS)
    ingest(docs)
    before = catalog.document_ids("kb")
    (docs / "copy.md").rename(docs / "en/refunds-2.md")
    assert ingest(docs).moved == 1
    after = catalog.document_ids("kb")
    assert after == {
        "en/refunds.md": before["en/refunds.md"],
        "en/refunds-2.md": before["copy.md"],
        "zh/退款.md": before["zh/退款.md"],
    }


def test_a_single_file_given_under_its_new_name_moves(docs: Path, ingest: Any, catalog: Catalog) -> None:
    ingest(docs / "zh/退款.md")
    before = catalog.document_ids("kb")["退款.md"]
    (docs / "zh/退款.md").rename(docs / "zh/到账.md")
    assert ingest(docs / "zh/到账.md").moved == 1
    assert catalog.document_ids("kb") == {"到账.md": before}


def test_a_title_that_is_the_files_name_changes_with_it(docs: Path, ingest: Any, catalog: Catalog) -> None:
    write(docs / "old name.txt", "Refunds take three days.")
    ingest(docs)
    before = catalog.document_ids("kb")["old name.txt"]
    (docs / "old name.txt").rename(docs / "new name.txt")
    report = ingest(docs)
    assert (report.moved, report.passages) == (1, 1)
    assert catalog.document_ids("kb")["new name.txt"] == before
    assert [chunk.title for chunk in passages(catalog) if chunk.source == "new name.txt"] == ["new name"]
    (docs / "new name.txt").rename(docs / "zh/new name.txt")
    assert (ingest(docs).passages, ingest(docs).passages) == (0, 0)


def test_what_an_archive_holds_moves_with_it(docs: Path, ingest: Any, catalog: Catalog, embedder: Any) -> None:
    with zipfile.ZipFile(docs / "old.zip", "w") as archive:
        archive.writestr("退款/到账.md", "# 到账\n\n退款三天到账。\n")
        archive.writestr("film.mp3", "ID3 noise")
    ingest(docs)
    before, embedded = catalog.document_ids("kb")["old.zip!/退款/到账.md"], embedder.embedded
    (docs / "old.zip").rename(docs / "new.zip")
    report = ingest(docs, prune=True)
    assert (report.moved, report.removed, embedder.embedded) == (1, 0, embedded)
    assert catalog.document_ids("kb")["new.zip!/退款/到账.md"] == before
    assert catalog.document(before).metadata["parent"] == "new.zip"
    with catalog.engine.connect() as connection:
        parents = connection.scalars(text("SELECT value FROM facets WHERE name = 'parent'")).all()
    assert parents == ["new.zip"]
    assert [problem.path for problem in report.problems] == ["new.zip!/film.mp3"]
    assert not [source for source in catalog.source_states("kb") if source.startswith("old.zip")]


def test_a_folder_that_cannot_be_read_now_has_not_lost_its_files(
    docs: Path, ingest: Any, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(docs)
    write(docs / "copy.md", 退款)
    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("zh"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert ingest(docs).moved == 0
    assert sources(catalog) == ["copy.md", "en/refunds.md", "zh/退款.md"]
