"""Tenants: who owns which knowledge bases. Their documents are told apart by ``store/kb_key.py``."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from core.errors import InvalidInput, NotFound
from store.catalog import Catalog
from store.kb_key import DEFAULT_TENANT, KbKey, check_tenant, split_key
from store.statements import KB_NAMES
from store.tables import api_keys, idempotency, tenants


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One row of ``citedesk tenants list``. ``keys`` counts its API keys, the revoked and expired ones too."""

    name: str
    kbs: tuple[KbKey, ...]
    keys: int


class Tenants:
    """The tenants of one home. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def create(self, name: str) -> None:
        """Raises ``InvalidInput`` for an unusable name or one that is taken."""
        check_tenant(name)
        with self._catalog.writing() as connection:
            if name in _names(connection):
                raise InvalidInput(f"there is a tenant {name!r} already")
            connection.execute(insert(tenants).values(name=name))

    def all(self) -> list[Tenant]:
        """By name."""
        with self._catalog.engine.connect() as connection:
            counted = select(api_keys.c.tenant, func.count().label("n")).group_by(api_keys.c.tenant)
            keys = {row.tenant: row.n for row in connection.execute(counted)}
            kbs = [KbKey(key) for key in connection.scalars(KB_NAMES)]
            return [
                Tenant(name=name, kbs=tuple(kb for kb in kbs if split_key(kb)[0] == name), keys=keys.get(name, 0))
                for name in _names(connection)
            ]

    def get(self, name: str) -> Tenant:
        """Raises ``NotFound``."""
        found = next((tenant for tenant in self.all() if tenant.name == name), None)
        if found is None:
            raise NotFound(f"there is no tenant {name[:200]!r}; `citedesk tenants list` shows all")
        return found

    def delete(self, name: str) -> Tenant:
        """Forget a tenant: its keys first, so that nobody asks meanwhile, then its knowledge bases.

        Where this is broken off, the next call goes on. Returns what it was. Raises ``NotFound``, or ``InvalidInput``
        for the default tenant.
        """
        if name == DEFAULT_TENANT:
            raise InvalidInput(f"the tenant {DEFAULT_TENANT!r} stays; delete its knowledge bases one by one")
        found = self.get(name)
        with self._catalog.writing() as connection:
            for table in (api_keys, idempotency):
                connection.execute(delete(table).where(table.c.tenant == name))
        for kb in found.kbs:
            self._catalog.delete_kb(kb)
        with self._catalog.writing() as connection:
            connection.execute(delete(tenants).where(tenants.c.name == name))
        return found


def _names(connection: Connection) -> list[str]:
    return list(connection.scalars(select(tenants.c.name).order_by(tenants.c.name)))
