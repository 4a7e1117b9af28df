"""Worked examples of evaluations in both languages."""

from collections.abc import Mapping

from fastapi.openapi.models import Example

from api.schemas import JsonObject

_AT = "2026-03-01T09:14:05+00:00"
_FIGURE: JsonObject = {"value": 0.91, "low": 0.88, "high": 0.94}


def _both(english: JsonObject, chinese: JsonObject) -> Mapping[str, Example]:
    return {"english": Example(value=english), "chinese": Example(value=chinese)}


def _list(dataset: str) -> JsonObject:
    stage = {"stage": "rerank", "measures": {"nDCG@10": 0.91}, "interval": {"nDCG@10": [0.88, 0.94]}}
    run = {"name": f"base/{dataset}", "dataset": dataset, "digest": "5f0c", "queries": 240, "documents": 3_100}
    answers = {"name": "base/answers.jsonl", "questions": 220, "modified_at": _AT}
    return {
        "folder": "/srv/citedesk/runs",
        "runs": [{**run, "git_commit": "6ad70c7", "modified_at": _AT, "stages": [stage]}],
        "answers": [answers],
        "unread": [{"name": "old", "reason": "no queries; run the evaluation again"}],
    }


def _run(dataset: str, language: str, query: str) -> JsonObject:
    return {
        "name": f"base/{dataset}",
        "dataset": dataset,
        "measure": "nDCG@10",
        "best": "rerank",
        "slices": [{"kind": "language", "name": language, "count": 240, "figures": {"rerank": _FIGURE}}],
        "times": [{"stage": "rerank", "p50_ms": 9.1, "p95_ms": 14.2, "p99_ms": 20.8}],
        "worst": [{"query_id": "q17", "text": query, "by_stage": {"rerank": 0.0}, "ranked": ["d4", "d9"]}],
    }


def _answers(language: str, question: str, text: str, source: str) -> JsonObject:
    quote = {"source": source, "quote": text}
    worst = {"id": "q17", "question": question, "fault": "wrong_quote", "status": "answered", "probability": 0.81}
    figures = {"citation_recall": _FIGURE}
    return {
        "name": "base/answers.jsonl",
        "questions": 220,
        "slices": [{"kind": "language", "name": language, "count": 220, "figures": figures}],
        "risk": [{"name": "", "coverage": [0.5, 1.0], "risk": [0.04, 0.17], "area": 0.07, "answered": 0.72}],
        "calibration_error": 0.05,
        "calibration": [{"count": 31, "predicted": 0.85, "observed": _FIGURE}],
        "worst": [{**worst, "text": text, "shown": [quote], "expected": [quote]}],
    }


def _comparison(dataset: str, query: str) -> JsonObject:
    side = {"stage": "rerank", "dataset": dataset, "digest": "5f0c"}
    difference = {"measure": "nDCG@10", "queries": 240, "baseline": 0.88, "variant": 0.91, "difference": 0.03}
    tests = {"p_value": 0.001, "p_corrected": 0.004, "wins": 31, "ties": 200, "losses": 9, "effect": 0.4, "real": True}
    ranked = {"rank": 1, "document_id": "d4", "grade": 1, "head": query}
    changed = {"id": "q17", "text": query, "before": {"nDCG@10": 0.0}, "after": {"nDCG@10": 1.0}}
    overall = {
        "dimension": "",
        "value": "",
        "queries": 240,
        "differences": [{**difference, "interval": [0.01, 0.05], **tests}],
    }
    pair = {
        "baseline": {"label": "base", **side},
        "variant": {"label": "new", **side},
        "overall": overall,
        "slices": [],
        "latency": [{"name": "p95", "baseline": 14.2, "variant": 15.0, "change": 0.06, "interval": [-0.1, 0.2]}],
        "changed": [
            {**changed, "before_ranking": [], "after_ranking": [ranked], "before_answer": "", "after_answer": ""}
        ],
    }
    return {
        "passed": True,
        "queries": 240,
        "measures": ["nDCG@10"],
        "left_out": [],
        "pairs": [pair],
        "gates": [],
    }


LIST = _both(_list("help_en"), _list("help_zh"))
RUN = _both(_run("help_en", "en", "How long do refunds take?"), _run("help_zh", "zh", "退款需要多久？"))
ANSWERS = _both(
    _answers("en", "How long do refunds take?", "within 5 business days", "en/billing/refunds.md"),
    _answers("zh", "退款需要多久？", "5 个工作日内", "zh/账单/退款.md"),
)
COMPARISON = _both(_comparison("help_en", "How long do refunds take?"), _comparison("help_zh", "退款需要多久？"))
