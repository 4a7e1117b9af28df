"""Worked examples of usage and live quality."""

from collections.abc import Mapping

from fastapi.openapi.models import Example

from api.schemas import JsonObject

_USED: JsonObject = {
    "requests": 412,
    "answers": 260,
    "cached": 31,
    "input_tokens": 310_400,
    "output_tokens": 18_230,
    "cost": 0.42,
}
_COUNTS: JsonObject = {
    "answers": 260,
    "answered": 201,
    "abstained": 52,
    "refused": 2,
    "unavailable": 5,
    "proven": 498,
    "dropped": 17,
    "up": 44,
    "down": 6,
    "abstention_rate": 0.2055,
    "proof_failure_rate": 0.033,
    "dislike_rate": 0.12,
}


def _usage(tenant: str, label: str) -> JsonObject:
    owner = {"tenant": tenant, "key": "q5ka3zv7n2wd", "label": label}
    tokens = {"period": "2026-03", "budget": 1_000_000, "spent": 328_630, "held": 6_800, "left": 664_570}
    return {
        "since": "2026-03-01",
        "until": "2026-03-02",
        "total": _USED,
        "days": [{**owner, "day": "2026-03-01", **_USED}],
        "budgets": [{**owner, **tokens}],
    }


USAGE: Mapping[str, Example] = {
    "english": Example(value=_usage("acme", "website")),
    "chinese": Example(value=_usage("星海", "官网客服")),
}
QUALITY: Mapping[str, Example] = {
    "quality": Example(
        value={
            "windows": [{"hours": hours, **_COUNTS} for hours in (1, 24, 168)],
            "step": "hour",
            "steps": [{"at": "2026-03-01T09:00:00+00:00", **_COUNTS}],
        }
    )
}
