"""Worked examples of callers, keys, tenants and the service's figures in both languages."""

from collections.abc import Mapping

from fastapi.openapi.models import Example

from api.schemas import JsonObject

# Nothing is null: the framework drops nulls from examples, and every key is always there.
_MOMENTS: JsonObject = {
    "created_at": "2026-03-01T09:14:05+00:00",
    "expires_at": "2026-06-01T09:14:05+00:00",
    "revoked_at": "2026-04-02T16:40:11+00:00",
    "last_used_at": "2026-04-02T16:39:30+00:00",
    "replaced_by": "m4xk2vq7z3nd",
}
_PAGES: JsonObject = {"publishable": False, "origins": ["https://agents.example.com"]}
_TOKEN = "cdk_q5ka3zv7n2wd_8JxR2u0pT1mYcW6eB4nKq7sVfLz9aHdGo3tXyI5jPwM"  # noqa: S105  # of no home


def _both(english: JsonObject, chinese: JsonObject) -> Mapping[str, Example]:
    return {"english": Example(value=english), "chinese": Example(value=chinese)}


def _key(tenant: str, label: str, kb: str) -> JsonObject:
    named: JsonObject = {"prefix": "q5ka3zv7n2wd", "tenant": tenant, "label": label}
    return {**named, "scopes": ["ask", "search"], "kbs": [kb], "state": "revoked", **_MOMENTS, **_PAGES}


_EN, _ZH = _key("acme", "website", "handbook"), _key("星海", "官网客服", "产品手册")
_SPENT: JsonObject = {"count": 1_204, "p50_ms": 61.2, "p95_ms": 240.5, "p99_ms": 512.9}


def _service(kb: str, model: str) -> JsonObject:
    minute = {"at": "2026-03-01T09:14:00+00:00", "spent": {"answer": {**_SPENT, "count": 14}}}
    return {
        "since": "2026-03-01T07:00:00+00:00",
        "lag": {"dense": 12, "lexical": 0},
        "kbs": [{"kb": kb, "lag": {"dense": 12, "lexical": 0}}],
        "jobs": {"queued": 3, "running": 1, "done": 118, "failed": 2, "cancelled": 0},
        "breakers": {model: "closed"},
        "traces_lost": 0,
        "disk_free_bytes": 81_203_000_000,
        "answers": {"answered": 1_000, "insufficient_evidence": 204},
        "claims": {"dropped": 61, "proven": 2_310},
        "cache": {"hit": 210, "miss": 994},
        "degraded": {"model": 3},
        "searches": {"rerank": 480},
        "tokens": {"input": 4_120_331, "output": 190_204},
        "cost": 2.31,
        "routes": [{"route": "/v1/ask", "failed": 1, **_SPENT}],
        "steps": [{"step": "answer", **_SPENT}, {"step": "retrieve", **_SPENT}],
        "minutes": [minute],
        "limits": {
            "key_rate": "1200/minute",
            "tenant_rate": "6000/minute",
            "route_rates": {"replay_answer": "10/minute"},
            "key_answers": 64,
            "answers": 128,
            "wait_seconds": 10.0,
            "key_tokens": 1_000_000,
            "tenant_tokens": 20_000_000,
            "tokens_of": {"acme": 5_000_000},
            "period": "month",
            "making": 2,
            "waiting": 0,
        },
    }


def _caller(tenant: str, kb: str) -> JsonObject:
    return {"tenant": tenant, "key": "q5ka3zv7n2wd", "scopes": ["ask", "search"], "kbs": [kb], "runs_the_home": False}


CALLER = _both(_caller("acme", "handbook"), _caller("星海", "产品手册"))
KEYS = _both({"keys": [_EN]}, {"keys": [_ZH]})
NEW_KEY = _both({"token": _TOKEN, **_EN}, {"token": _TOKEN, **_ZH})
REVOKED_KEY = _both(_EN, _ZH)
TENANTS = _both(
    {"tenants": [{"name": "acme", "kbs": 2, "keys": 5}]}, {"tenants": [{"name": "星海", "kbs": 1, "keys": 2}]}
)
NEW_TENANT = _both(
    {"name": "acme", "kbs": 0, "keys": 1, "key": {"token": _TOKEN, **_EN}},
    {"name": "星海", "kbs": 0, "keys": 1, "key": {"token": _TOKEN, **_ZH}},
)
SERVICE = _both(_service("handbook", "qwen3-8b"), _service("产品手册", "qwen3-8b"))
KEY_BODIES = _both(
    {"scopes": ["ask", "search"], "label": "website", "kbs": ["handbook"], "lasts_days": 90},
    {
        "scopes": ["ask"],
        "label": "官网客服",
        "kbs": ["产品手册"],
        "publishable": True,
        "origins": ["https://help.example.cn"],
    },
)
TENANT_BODIES = _both(
    {"name": "acme", "with_key": True, "label": "admin of Acme"},
    {"name": "星海", "with_key": True, "label": "星海管理员"},
)
