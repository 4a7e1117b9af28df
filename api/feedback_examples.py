"""Worked examples of feedback in both languages."""

from collections.abc import Mapping

from fastapi.openapi.models import Example

from api.examples import ANSWERS
from api.schemas import JsonObject
from api.trace_examples import traced


def _both(english: JsonObject, chinese: JsonObject) -> Mapping[str, Example]:
    return {"english": Example(value=english), "chinese": Example(value=chinese)}


_PROMPT = "answer.{} v2 (0f3a92c41d5be017)"
# The framework drops what is null from examples, so they give each key a value.
_EN_SAID: JsonObject = {"rating": "down", "reason": "outdated", "comment": "It has been 14 days since March."}
_ZH_SAID: JsonObject = {
    "rating": "down",
    "reason": "incomplete",
    "comment": "没有说电子发票发到哪个邮箱",
    "corrected_answer": "提交后 2 个工作日内开出，发送到账单邮箱。",
}


def _feedback(number: str, kb: str, question: str, language: str, said: JsonObject) -> JsonObject:
    return {
        "id": f"fb_{number * 3}",
        "kb": kb,
        "trace_id": number * 4,
        "author": number[::-1] * 3,
        "created_at": "2026-03-01T09:14:07+00:00",
        "updated_at": "2026-03-01T09:15:12+00:00",
        "comment": "",
        "corrected_answer": "",
        "missing_document": False,
        "status": "answered",
        "language": language,
        "question": question,
        "prompt": _PROMPT.format(language),
        **said,
    }


_EN = _feedback("5d0f2b7c", "handbook", ANSWERS["english"].question, "en", _EN_SAID)
_ZH = _feedback("3c91aa04", "产品手册", ANSWERS["chinese"].question, "zh", _ZH_SAID)
_CURSOR = "MTc0MDgyMDQ0Ny4wIGZiXzVkMGYyYjdj"


def _detailed(line: JsonObject, language: str, source: str) -> JsonObject:
    documents = [{"document_id": "d_71c2e9", "source": source}]
    return {**line, "documents": documents, "trace": traced(ANSWERS[language])}


def _tally(**counted: int) -> JsonObject:
    return {"total": 0, "up": 0, "down": 0, "corrected": 0, "missing_document": 0, **counted}


def _counts(kb: str, language: str, source: str) -> JsonObject:
    total = _tally(total=14, up=9, down=4, corrected=2, missing_document=1)
    return {
        "total": total,
        "reasons": {"incomplete": 3, "outdated": 1},
        "prompts": [{**total, "prompt": _PROMPT.format(language)}],
        "documents": [{**_tally(total=6, up=3, down=3), "document_id": "d_71c2e9", "source": source, "kb": kb}],
    }


def _topic(kb: str, language: str, terms: list[str], label: str, questions: list[str]) -> JsonObject:
    whys = ["missing_document", "disliked", "disliked"]
    return {
        "label": label,
        "terms": terms,
        "kb": kb,
        "language": language,
        "questions": 3,
        "unanswered": 0,
        "disliked": 2,
        "missing_document": 1,
        "last_at": "2026-03-01T09:14:07+00:00",
        "examples": [
            {
                "question": question,
                "why": why,
                "times": 1,
                "at": "2026-03-01T09:14:07+00:00",
                "trace_id": f"{number}a41" * 8,
                "feedback_id": f"fb_{number}{'5d0f2b7' * 3}",
            }
            for number, (question, why) in enumerate(zip(questions, whys, strict=True))
        ],
    }


_EN_TOPIC = _topic(
    "handbook",
    "en",
    ["sso", "okta"],
    "sso, okta",
    ["Does Tidemark support SSO with Okta?", "how to set up okta sso", "SSO for our team?"],
)
_ZH_TOPIC = _topic(
    "产品手册",
    "zh",
    ["私有化部署", "服务器"],
    "私有化部署、服务器",
    ["支持私有化部署吗？", "私有化部署要几台服务器", "能部署在我们自己的服务器上吗？"],
)

BODIES = _both({"trace_id": "5d0f2b7c" * 4, **_EN_SAID}, {"trace_id": "3c91aa04" * 4, **_ZH_SAID, "author": "agent-17"})
FEEDBACK = _both(_EN, _ZH)
PAGES = _both({"feedback": [_EN], "next_cursor": _CURSOR}, {"feedback": [_ZH], "next_cursor": _CURSOR})
WITH_TRACES = _both(
    _detailed(_EN, "english", "en/billing/refund-policy-2026.pdf"),
    _detailed(_ZH, "chinese", "zh/发票/发票开具规定-2026.pdf"),
)
COUNTS = _both(
    _counts("handbook", "en", "en/billing/refund-policy-2026.pdf"),
    _counts("产品手册", "zh", "zh/发票/发票开具规定-2026.pdf"),
)
TOPICS = _both(
    {"asked": 5, "left_out": 2, "topics": [_EN_TOPIC]},
    {"asked": 3, "left_out": 0, "topics": [_ZH_TOPIC]},
)
