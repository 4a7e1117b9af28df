"""API keys in the record: made, listed, replaced and revoked. ``api/key_ring.py`` checks tokens against them."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from core.errors import InvalidInput, NotFound
from store.catalog import Catalog
from store.clock import seconds_now
from store.kb_key import kb_key
from store.key import ApiKey, Scope, check_publishable, digest_of, new_token, prefix_of
from store.origin import origin_of
from store.tables import api_keys, tenants

_FIND = select(api_keys).where(api_keys.c.prefix == bindparam("of_prefix"))
_ANY = select(api_keys.c.prefix).limit(1)
_KEPT_BY_ROTATION = ("tenant", "label", "scopes", "kbs", "expires_at", "origins", "publishable")
_ORIGINS = (
    select(api_keys.c.origins)
    .where(api_keys.c.origins.is_not(None), api_keys.c.revoked_at.is_(None))
    .where(api_keys.c.expires_at.is_(None) | (api_keys.c.expires_at > seconds_now()))
)
_USED = (
    update(api_keys)
    .where(api_keys.c.prefix == bindparam("of_prefix"))
    .where(api_keys.c.last_used_at.is_(None) | (api_keys.c.last_used_at < bindparam("at")))
    .values(last_used_at=bindparam("at"))
)


class Keys:
    """The API keys of one home. Thread-safe; any number of processes may use one record."""

    def __init__(self, catalog: Catalog, pepper: bytes) -> None:
        self._catalog = catalog
        self._pepper = pepper

    def create(
        self,
        tenant: str,
        scopes: frozenset[Scope],
        *,
        label: str = "",
        kbs: frozenset[str] | None = None,
        lasts_seconds: float | None = None,
        origins: Collection[str] = (),
        publishable: bool = False,
    ) -> tuple[ApiKey, str]:
        """A new key and its token, which cannot be had again.

        ``kbs`` are names of knowledge bases, which need not be there yet. Raises ``NotFound`` for the tenant or
        ``InvalidInput`` for an unusable name or origin, and for a publishable key that opens too much.
        """
        for name in kbs or ():
            kb_key(tenant, name)
        if publishable:
            check_publishable(scopes, kbs, origins)
        values = {
            "tenant": tenant,
            "label": label,
            "scopes": sorted(scopes),
            "kbs": None if kbs is None else sorted(kbs),
            "expires_at": None if lasts_seconds is None else seconds_now() + lasts_seconds,
            "origins": sorted(set(map(origin_of, origins))) or None,
            "publishable": publishable,
        }
        with self._catalog.writing() as connection:
            if connection.scalar(select(tenants.c.name).where(tenants.c.name == tenant)) is None:
                raise NotFound(f"there is no tenant {tenant[:200]!r}; `citedesk tenants list` shows all")
            return self._insert(connection, values)

    def rotate(self, prefix: str, *, overlap_seconds: float) -> tuple[ApiKey, str]:
        """A new key with the same rights and end; the old one goes on for ``overlap_seconds``, or until its own end.

        Raises ``NotFound``, or ``InvalidInput`` for a key that opens nothing any more or was replaced before.
        """
        with self._catalog.writing() as connection:
            old = _row(connection, prefix)
            now = connection.scalars(select(seconds_now())).one()
            state = key_from(old).state(now)
            if state != "active" or old.replaced_by is not None:
                raise InvalidInput(
                    f"key {prefix} is {f'replaced by {old.replaced_by}' if old.replaced_by else state} already; "
                    "`citedesk keys create` makes a new one"
                )
            values = {name: old._mapping[name] for name in _KEPT_BY_ROTATION}
            new, token = self._insert(connection, values)
            ends = now + overlap_seconds
            until = ends if old.expires_at is None else min(old.expires_at, ends)
            _change(connection, prefix, {"expires_at": until, "replaced_by": new.prefix})
        return new, token

    def revoke(self, prefix: str) -> ApiKey:
        """End a key for good; every service stops taking it within seconds. Revoking twice keeps the first moment.

        Raises ``NotFound``.
        """
        with self._catalog.writing() as connection:
            row = _row(connection, prefix)
            if row.revoked_at is None:
                row = _change(connection, prefix, {"revoked_at": seconds_now()})
            return key_from(row)

    def all(self, tenant: str | None = None) -> list[ApiKey]:
        """Every key that was ever made, of one tenant or of all, oldest first."""
        statement = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.prefix)
        if tenant is not None:
            statement = statement.where(api_keys.c.tenant == tenant)
        with self._catalog.engine.connect() as connection:
            return [key_from(row) for row in connection.execute(statement)]

    def find(self, prefix: str) -> ApiKey | None:
        """The key of this prefix, whatever its state."""
        with self._catalog.engine.connect() as connection:
            row = connection.execute(_FIND, {"of_prefix": prefix}).one_or_none()
        return None if row is None else key_from(row)

    def any(self) -> bool:
        """Whether a key was ever made, be it revoked or expired: then nobody is let in without one."""
        with self._catalog.engine.connect() as connection:
            return connection.execute(_ANY).first() is not None

    def origins(self) -> frozenset[str]:
        """Those that any key that is still of use lists."""
        with self._catalog.engine.connect() as connection:
            return frozenset(origin for listed in connection.scalars(_ORIGINS) for origin in listed)

    def note_used(self, moments: Mapping[str, float]) -> None:
        """Keep when keys were last used, by prefix."""
        with self._catalog.writing() as connection:
            connection.execute(_USED, [{"of_prefix": prefix, "at": at} for prefix, at in moments.items()])

    def digest(self, token: str) -> str:
        """What is stored of a token."""
        return digest_of(self._pepper, token)

    def _insert(self, connection: Connection, values: Mapping[str, Any]) -> tuple[ApiKey, str]:
        token = new_token(publishable=values["publishable"])
        known = {"prefix": prefix_of(token), "digest": self.digest(token), "created_at": seconds_now()}
        made = insert(api_keys).values({**values, **known}).returning(api_keys)
        return key_from(connection.execute(made).one()), token


def key_from(row: Row[Any]) -> ApiKey:
    """The key of one row of ``api_keys``."""
    values = {name: getattr(row, name) for name in ApiKey.__slots__}
    sets = {
        "scopes": frozenset(Scope(word) for word in row.scopes),
        "kbs": None if row.kbs is None else frozenset(row.kbs),
        "origins": frozenset(row.origins or ()),
    }
    return ApiKey(**values | sets | {"publishable": bool(row.publishable)})


def _row(connection: Connection, prefix: str) -> Row[Any]:
    row = connection.execute(_FIND, {"of_prefix": prefix}).one_or_none()
    if row is None:
        raise NotFound(f"there is no key {prefix[:80]!r}; `citedesk keys list` shows all")
    return row


def _change(connection: Connection, prefix: str, values: Mapping[str, Any]) -> Row[Any]:
    changed = update(api_keys).where(api_keys.c.prefix == prefix).values(**values).returning(api_keys)
    return connection.execute(changed).one()
