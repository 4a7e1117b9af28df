from datetime import date

import pytest

from core.types import ParsedDocument
from ingest.document import build_document
from store.source_state import document_id


def parsed(text: str = "Three days.", **metadata: str) -> ParsedDocument:
    return ParsedDocument(title="t", text=text, blocks=(), parser="p", metadata=metadata)


def test_id_and_fields_come_from_knowledge_base_and_source() -> None:
    document = build_document(parsed(), kb="kb", source="a/b.md", content_hash="ff")
    assert document.id == document_id("kb", "a/b.md")
    assert (document.kb, document.source, document.content_hash) == ("kb", "a/b.md", "ff")


@pytest.mark.parametrize(
    ("text", "stated", "language"),
    [
        ("Three days.", "", "en"),
        ("三天。", "", "zh"),
        ("Three days.", "zh-CN", "zh"),
        ("三天。", "en", "en"),
        ("三天。", "fr", "zh"),
    ],
)
def test_a_stated_language_is_believed_and_else_the_text(text: str, stated: str, language: str) -> None:
    assert build_document(parsed(text, language=stated), kb="k", source="s", content_hash="").language == language


def test_an_attachment_names_its_parent_and_metadata_gets_the_common_names() -> None:
    document = build_document(
        parsed(作者="刘芳"), kb="k", source="发票.zip!/Yahoo!/b.csv", content_hash="", parent="发票.zip"
    )
    assert document.metadata == {"author": "刘芳", "parent": "发票.zip"}


def test_a_file_in_a_folder_whose_name_ends_like_an_archive_has_no_parent() -> None:
    assert build_document(parsed(), kb="k", source="Yahoo!/a.eml", content_hash="").metadata == {}


@pytest.mark.parametrize(
    ("stated", "day"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026年5月1日", date(2026, 5, 1)),
        ("2026-02-30", None),
        ("03/04/2026", None),
        ("soon", None),
        ("", None),
    ],
)
def test_only_certain_days_limit_validity(stated: str, day: date | None) -> None:
    document = build_document(parsed(valid_from=stated, valid_until=stated), kb="k", source="s", content_hash="")
    assert (document.valid_from, document.valid_until) == (day, day)
