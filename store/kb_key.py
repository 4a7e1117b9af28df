"""The one place where a tenant and a knowledge base's name become the key that the record knows it by, and back.

A key carries its tenant: ``acme/handbook``. Every table that holds documents names its knowledge base by key, so that
every statement about one is about one tenant's. The default tenant's keys are the bare names: homes from before there
were tenants are its own. No name holds a slash, so that no two pairs have one key.
"""

import re
from typing import NewType

from core.errors import InvalidInput

DEFAULT_TENANT = "default"
KbKey = NewType("KbKey", str)
_SEPARATOR = "/"
_KB_NAME = re.compile(r"[^\W_][\w.-]{0,99}")
_TENANT_NAME = re.compile(r"[^\W_][\w.-]{0,63}")


def kb_key(tenant: str, name: str) -> KbKey:
    """The key of a tenant's knowledge base. Raises ``InvalidInput`` for an unusable name of either."""
    check_tenant(tenant)
    if not _KB_NAME.fullmatch(name):
        raise InvalidInput(
            f"knowledge base name {name[:200]!r}: use a letter or digit, then up to 99 letters, digits, '.', '-' or '_'"
        )
    return KbKey(name if tenant == DEFAULT_TENANT else f"{tenant}{_SEPARATOR}{name}")


def parse_key(key: str) -> tuple[str, str]:
    """Tenant and name, as they were put into ``kb_key``. Raises ``InvalidInput`` for what is no key."""
    tenant, name = split_key(key)
    if kb_key(tenant, name) != key:
        raise InvalidInput(f"knowledge base {key[:200]!r}: those of the tenant {tenant!r} go without it, as {name!r}")
    return tenant, name


def split_key(key: str) -> tuple[str, str]:
    """Tenant and name of a key that the record holds."""
    tenant, separator, name = key.partition(_SEPARATOR)
    return (tenant, name) if separator else (DEFAULT_TENANT, key)


def check_tenant(name: str) -> None:
    """Raises ``InvalidInput`` for an unusable name."""
    if not _TENANT_NAME.fullmatch(name):
        raise InvalidInput(
            f"tenant name {name[:200]!r}: use a letter or digit, then up to 63 letters, digits, '.', '-' or '_'"
        )
