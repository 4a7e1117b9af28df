"""Worked examples of versions, duplicates and editions in both languages."""

from collections.abc import Mapping

from fastapi.openapi.models import Example

from api.schemas import JsonObject


def _both(english: JsonObject, chinese: JsonObject) -> Mapping[str, Example]:
    return {"english": Example(value=english), "chinese": Example(value=chinese)}


def _version(number: int, title: str, language: str, *, is_current: bool) -> JsonObject:
    return {
        "version": number,
        "is_current": is_current,
        "title": title,
        "language": language,
        "characters": 4_812,
        "passages": 12,
        "content_hash": f"{number:064x}",
        "stored_at": "2026-03-01T09:14:07+00:00",
    }


def _versions(document: str, title: str, language: str) -> JsonObject:
    newer = _version(812, title, language, is_current=True)
    return {"document_id": document, "versions": [newer, _version(790, title, language, is_current=False)]}


def _duplicates(document: str, source: str, other: str) -> JsonObject:
    like = {"document_id": f"{document}0", "source": other, "similarity": 0.91}
    return {"documents": [{"document_id": document, "source": source, "duplicates": [like]}], "next_cursor": "ZW4"}


VERSIONS = _both(_versions("d_71c2e9", "Refund policy", "en"), _versions("d_5be017", "发票开具规定", "zh"))
DUPLICATES = _both(
    _duplicates("d_71c2e9", "en/refunds-2026.pdf", "en/refunds-2025.pdf"),
    _duplicates("d_5be017", "zh/发票-2026.pdf", "zh/发票-2025.pdf"),
)
