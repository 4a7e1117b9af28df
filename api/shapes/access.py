"""What the service says of callers, keys and tenants."""

from typing_extensions import TypedDict

from api.shapes.keys import NewApiKey


class CallerDocument(TypedDict):
    """Who asks. ``tenant`` is null for the operator of the home, to whom ``key`` is empty; ``kbs`` are the knowledge
    bases that the key is limited to, null for all. ``runs_the_home`` opens what is told of the whole home."""

    tenant: str | None
    key: str
    scopes: list[str]
    kbs: list[str] | None
    runs_the_home: bool


class TenantLine(TypedDict):
    """How many knowledge bases and keys it has, the revoked and expired keys too."""

    name: str
    kbs: int
    keys: int


class TenantLines(TypedDict):
    """By name."""

    tenants: list[TenantLine]


class MadeTenant(TenantLine):
    """``key`` is its first key, where one was asked for; the token is shown this once."""

    key: NewApiKey | None
