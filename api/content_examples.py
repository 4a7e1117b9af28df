"""Worked examples of knowledge bases, documents and jobs in both languages."""

from collections.abc import Mapping

from fastapi.openapi.models import Example

from api.schemas import JsonObject


def _both(english: JsonObject, chinese: JsonObject) -> Mapping[str, Example]:
    return {"english": Example(value=english), "chinese": Example(value=chinese)}


def _line(number: str, source: str, title: str, language: str) -> JsonObject:
    return {
        "document_id": number,
        "source": source,
        "title": title,
        "language": language,
        "outcome": "ingested",
        "reason": "",
        "parser": "pypdfium2 5.0",
        "size": 48_213,
        "passages": 12,
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "updated_at": "2026-03-01T09:14:07+00:00",
    }


def _text(number: str, kb: str, source: str, title: str, language: str, text: str) -> JsonObject:
    passage = {
        "chunk_id": f"c_{number[2:]}",
        "span": [0, len(text)],
        "heading_path": [title],
        "page": 1,
        "kind": "prose",
        "tokens": 24,
        "text": text,
    }
    return {
        "document_id": number,
        "kb": kb,
        "source": source,
        "title": title,
        "language": language,
        "metadata": {"product": "Tidemark"},
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "text": text,
        "blocks": [{"kind": "paragraph", "span": [0, len(text)], "level": 0, "page": 1}],
        "passages": [passage],
        "outcome": "ingested",
        "reason": "",
        "pictures": True,
    }


def _job(kb: str, current: str, paths: list[str]) -> JsonObject:
    progress = {"files": 120, "files_done": 48, "bytes": 9_120_334, "bytes_done": 3_004_118, "passages": 611}
    return {
        "id": 17,
        "kb": kb,
        "kind": "ingest",
        "arguments": {"paths": paths, "prune": False, "checksum": False},
        "priority": "batch",
        "state": "running",
        "attempts": 1,
        "failures": 0,
        "owner": "desk-1/4711",
        "created_at": "2026-03-01T09:14:05+00:00",
        "not_before": "2026-03-01T09:14:05+00:00",
        "started_at": "2026-03-01T09:14:06+00:00",
        "heartbeat_at": "2026-03-01T09:15:31+00:00",
        "finished_at": "2026-03-01T09:16:02+00:00",
        "progress": {**progress, "embedded": 590, "removed": 0, "problems": 1, "current": current},
        "report": {},
        "error": "",
    }


_EN_LINE = _line("d_71c2e9", "en/billing/refund-policy-2026.pdf", "Refund policy", "en")
_ZH_LINE = _line("d_5be017", "zh/发票/发票开具规定-2026.pdf", "发票开具规定（2026 年版）", "zh")
_EN_JOB = _job("default", "en/billing/refund-policy-2026.pdf", ["/srv/documents/en"])
_ZH_JOB = _job("产品手册", "zh/发票/发票开具规定-2026.pdf", ["/srv/documents/zh"])
_FILE: JsonObject = {"outcome": "encrypted", "reason": "needs a password", "passages": 0}

_CUT = "passages 4 of 180+1 by tokens"
_EDITIONS = [
    {"id": 3, "state": "current", "cut": _CUT, "embedder": "", "switched_at": "2026-03-01T09:14:07+00:00"},
    {
        "id": 2,
        "state": "previous",
        "cut": "passages 4 of 120+1 by tokens",
        "embedder": "",
        "switched_at": "2026-01-12T08:00:00+00:00",
    },
]

KB = _both({"name": "handbook"}, {"name": "产品手册"})
KB_STATS = _both(
    {
        "name": "handbook",
        "documents": {"encrypted": 1, "ingested": 119},
        "passages": 1_544,
        "languages": {"en": 119},
        "index_lag": {"dense": 0, "lexical": 0},
        "editions": _EDITIONS,
    },
    {
        "name": "产品手册",
        "documents": {"ingested": 42},
        "passages": 530,
        "languages": {"en": 2, "zh": 40},
        "index_lag": {"dense": 12, "lexical": 0},
        "editions": _EDITIONS,
    },
)
DOCUMENTS = _both(
    {"documents": [_EN_LINE], "next_cursor": "ZW4vYmlsbGluZy9yZWZ1bmQtcG9saWN5LTIwMjYucGRm"},
    {"documents": [_ZH_LINE], "next_cursor": "emgv5Y-R56Wo"},
)
DOCUMENT = _both(
    _text("d_71c2e9", "default", str(_EN_LINE["source"]), "Refund policy", "en", "Refunds take 14 days."),
    _text("d_5be017", "产品手册", str(_ZH_LINE["source"]), "发票开具规定", "zh", "提交后 2 个工作日内开出。"),
)
JOB = _both(_EN_JOB, _ZH_JOB)
JOBS = _both({"jobs": [_EN_JOB], "next_cursor": "MTc"}, {"jobs": [_ZH_JOB], "next_cursor": "MTc"})
JOB_WITH_FILES = _both(
    {**_EN_JOB, "files": [{"path": "en/contracts/locked.pdf", **_FILE}]},
    {**_ZH_JOB, "files": [{"path": "zh/合同/加密.pdf", **_FILE}]},
)
TEXTS = _both(
    {
        "kb": "handbook",
        "name": "faq/refunds",
        "text": "# Refunds\n\nAnnual plans can be refunded within 30 days.",
        "metadata": {"product": "Tidemark"},
        "valid_from": "2026-01-01",
    },
    {
        "kb": "产品手册",
        "name": "常见问题/退款",
        "text": "# 退款\n\n年付套餐可在 30 天内退款。",
        "metadata": {"产品": "潮汐"},
        "valid_until": "2026-12-31",
    },
)
CHANGES = _both(
    {"metadata": {"product": "Tidemark", "audience": None}, "valid_until": "2026-12-31"},
    {"metadata": {"产品": "潮汐"}, "valid_from": "2026-01-01", "valid_until": None},
)
EDITION = _both(
    {"name": "handbook", "edition": 3, "cut": _CUT, "embedder": ""},
    {"name": "产品手册", "edition": 3, "cut": _CUT, "embedder": ""},
)
JOB_EVENTS = """id: 1
event: progress
data: {"id": 17, "kb": "产品手册", "state": "running", "progress": {"files": 120, "files_done": 48, ...}, ...}

id: 2
event: final
data: {"id": 17, "kb": "产品手册", "state": "done", "report": {"files": 120, ...}, "files": [...], ...}

"""
