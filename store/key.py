"""An API key: what the record keeps of it, and its token, which is shown once and kept nowhere.

A token is ``cdk_<prefix>_<secret>``, that of a publishable key ``pk_<prefix>_<secret>``: whoever finds one in a page
need not wonder. The prefix is the key's name in lists and logs; of the whole token only an
HMAC-SHA256 under the home's pepper is stored, so that neither a copy of the record nor one of the pepper lets anybody
in. A fast hash is enough: a secret has 256 random bits, which no one can guess through.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from core.errors import InvalidInput

_TOKEN = re.compile(r"(?:cdk|pk)_([a-z2-7]{12})_[\w-]{43}", re.ASCII)
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PREFIX_LETTERS = 12
_SECRET_BYTES = 32

KeyState: TypeAlias = Literal["active", "expired", "revoked"]


class Scope(StrEnum):
    """What a key may do. ``admin`` includes the others."""

    ASK = "ask"
    SEARCH = "search"
    INGEST = "ingest"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One row of ``citedesk keys list``; times are seconds since 1970.

    ``kbs`` are names of the tenant's knowledge bases, None for all that it has and will have. ``digest`` is the HMAC
    of the token in hexadecimal. ``last_used_at`` lags behind by up to a minute. ``origins`` are those of other servers'
    pages that may use the key; with ``publishable`` nobody else may, and it is no secret.
    """

    prefix: str
    digest: str
    tenant: str
    label: str
    scopes: frozenset[Scope]
    kbs: frozenset[str] | None
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    last_used_at: float | None
    replaced_by: str | None
    origins: frozenset[str] = frozenset()
    publishable: bool = False

    def state(self, now: float) -> KeyState:
        """Whether the key opens anything at ``now``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


def scopes_of(words: Iterable[str]) -> frozenset[Scope]:
    """Raises ``InvalidInput`` for no scope or an unknown one."""
    found = frozenset(words)
    if unknown := sorted(found - {scope.value for scope in Scope}):
        raise InvalidInput(f"there is no scope {unknown[0]!r}; there is: {', '.join(Scope)}")
    if not found:
        raise InvalidInput(f"a key needs a scope; there is: {', '.join(Scope)}")
    return frozenset(Scope(word) for word in found)


def new_token(*, publishable: bool = False) -> str:
    """A random one."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(_PREFIX_LETTERS))
    return f"{'pk' if publishable else 'cdk'}_{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"


def check_publishable(scopes: Collection[Scope], kbs: Collection[str] | None, origins: Collection[str]) -> None:
    """Raises ``InvalidInput`` where a key that everybody may see would open more than questions from some pages."""
    if set(scopes) != {Scope.ASK}:
        raise InvalidInput(f"a publishable key may only ask, not {', '.join(sorted(scopes)) or 'nothing'}")
    if not kbs:
        raise InvalidInput("a publishable key names the knowledge bases that it may ask")
    if not origins:
        raise InvalidInput("a publishable key names the origins of its pages: https://help.example.com")


def prefix_of(token: str) -> str:
    """Empty for what was never a token."""
    found = _TOKEN.fullmatch(token)
    return found[1] if found else ""


def digest_of(pepper: bytes, token: str) -> str:
    """What is stored of a token: 64 hexadecimal digits."""
    return hmac.new(pepper, token.encode(), hashlib.sha256).hexdigest()


def fits(key: ApiKey | None, digest: str) -> bool:
    """Whether the digest is the key's; the time tells neither how much of it is right nor whether there is a key."""
    stored = key.digest if key is not None else "0" * len(digest)
    return hmac.compare_digest(stored, digest) and key is not None
