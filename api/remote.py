"""Asking the local process that owns the indexes."""

from collections.abc import Mapping
from typing import Any

import httpx

from core.errors import CitedeskError, InvalidInput, Unavailable

_SECONDS = 120.0


def post(url: str, body: Mapping[str, object], token: str = "") -> Mapping[str, Any]:
    """The JSON answer of the owner, asked with ``token`` if there is one.

    Raises ``Unavailable`` or, where it refuses, ``InvalidInput``.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        # No proxy: the owner is on this machine.
        with httpx.Client(trust_env=False, timeout=_SECONDS) as client:
            response = client.post(url, json=body, headers=headers)
        document: Mapping[str, Any] = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable(
            f"the owner of the indexes at {url} does not answer: {error}; end it or start it again"
        ) from error
    if "status" in document and isinstance(document["status"], int):
        problem = f"{document.get('title')}: {document.get('detail')}"
        raise InvalidInput(problem) if response.status_code < 500 else Unavailable(f"{url}: {problem}")
    if not response.is_success and "claims" not in document:
        raise CitedeskError(f"{url} answered {response.status_code}: {response.text[:200]!r}")
    return document
