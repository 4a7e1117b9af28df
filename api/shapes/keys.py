"""What ``citedesk keys`` and ``citedesk tenants`` print with ``--json``."""

from typing_extensions import TypedDict


class ApiKey(TypedDict):
    """``citedesk keys revoke``. ``kbs`` are names of the tenant's knowledge bases, null for all; ``state`` is active,
    expired or revoked; times are ISO 8601 in UTC; ``origins`` are those of other servers' pages that may use it."""

    prefix: str
    tenant: str
    label: str
    scopes: list[str]
    kbs: list[str] | None
    state: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    replaced_by: str | None
    publishable: bool
    origins: list[str]


class NewApiKey(ApiKey):
    """``citedesk keys create`` and ``rotate``. The token is shown this once."""

    token: str


class ApiKeys(TypedDict):
    """``citedesk keys list``, oldest first."""

    keys: list[ApiKey]


class Tenant(TypedDict):
    """``kbs`` are knowledge bases as the command line names them: ``acme/handbook``."""

    name: str
    kbs: list[str]
    keys: int


class Tenants(TypedDict):
    """``citedesk tenants list``."""

    tenants: list[Tenant]


class NewTenant(TypedDict):
    """``citedesk tenants create``."""

    tenant: str


class DeletedTenant(TypedDict):
    """``citedesk tenants delete``; ``keys`` counts the API keys that went with it."""

    deleted: str
    kbs: list[str]
    keys: int
