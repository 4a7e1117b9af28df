"""An API key as JSON, without what it is checked with."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.schemas import JsonObject
    from store.key import ApiKey


def key_document(key: "ApiKey") -> "JsonObject":
    """The shape ``ApiKey`` of ``api/shapes/keys.py``."""
    return {
        "prefix": key.prefix,
        "tenant": key.tenant,
        "label": key.label,
        "scopes": sorted(key.scopes),
        "kbs": None if key.kbs is None else sorted(key.kbs),
        "state": key.state(time.time()),
        "created_at": _iso(key.created_at),
        "expires_at": _iso(key.expires_at),
        "revoked_at": _iso(key.revoked_at),
        "last_used_at": _iso(key.last_used_at),
        "replaced_by": key.replaced_by,
        "publishable": key.publishable,
        "origins": sorted(key.origins),
    }


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
