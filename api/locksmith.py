"""The keys and tenants of a home, as one caller may list, make and end them over HTTP.

Nobody gives away more than they have: a holder makes keys of the own tenant, and one that is limited to some knowledge
bases makes keys for those only. The operator may make any.
"""

from api.caller import Caller
from api.key_bodies import KeyBody, TenantBody
from api.key_document import key_document
from api.schemas import JsonObject
from core.errors import NotFound
from store.catalog import Catalog
from store.kb_key import DEFAULT_TENANT
from store.key import ApiKey, Scope
from store.keys import Keys
from store.tenants import Tenant, Tenants

_DAY_SECONDS = 86_400.0


class Locksmith:
    """What is another tenant's, or opens more than the caller's own key, is answered as if it were not there. Every
    call blocks."""

    def __init__(self, keys: Keys, catalog: Catalog, caller: Caller) -> None:
        self._keys = keys
        self._tenants = Tenants(catalog)
        self._caller = caller

    def keys(self) -> list[JsonObject]:
        """Every key that was ever made and is the caller's to see, oldest first."""
        return [key_document(key) for key in self._keys.all(self._caller.tenant) if self._may_end(key)]

    def create(self, asked: KeyBody) -> JsonObject:
        """A new key with its token, which cannot be had again. Raises ``NotFound`` or ``InvalidInput``."""
        tenant = self._tenant(asked.tenant)
        kbs = None if asked.kbs is None else frozenset(asked.kbs)
        if self._caller.kbs is not None and (kbs is None or not kbs <= self._caller.kbs):
            own = ", ".join(sorted(self._caller.kbs))
            raise NotFound(f"your key is for {own} only; name knowledge bases of these in `kbs`")
        key, token = self._keys.create(
            tenant,
            frozenset(asked.scopes),
            label=asked.label,
            kbs=kbs,
            origins=asked.origins,
            publishable=asked.publishable,
            lasts_seconds=None if asked.lasts_days is None else asked.lasts_days * _DAY_SECONDS,
        )
        return {"token": token, **key_document(key)}

    def revoke(self, prefix: str) -> JsonObject:
        """End a key for good. Raises ``NotFound``."""
        key = self._keys.find(prefix)
        if key is None or not self._may_end(key):
            raise NotFound(f"there is no key {prefix[:80]!r}; GET /v1/keys lists those there are")
        return key_document(self._keys.revoke(prefix))

    def tenants(self) -> list[JsonObject]:
        """All, by name, without the names of what they own. Raises ``NotFound`` to who does not run the home."""
        self._require_home()
        return [tenant_json(tenant) for tenant in self._tenants.all()]

    def create_tenant(self, asked: TenantBody) -> JsonObject:
        """A tenant without documents and, where it is asked for, its first key. Raises ``NotFound`` to who does not run
        the home, or ``InvalidInput``."""
        self._require_home()
        self._tenants.create(asked.name)
        made = tenant_json(self._tenants.get(asked.name))
        if not asked.with_key:
            return {**made, "key": None}
        key, token = self._keys.create(asked.name, frozenset({Scope.ADMIN}), label=asked.label)
        return {**made, "keys": 1, "key": {"token": token, **key_document(key)}}

    def _tenant(self, named: str | None) -> str:
        own = self._caller.tenant
        if own is not None and named not in (None, own):
            raise NotFound(f"there is no tenant {(named or '')[:80]!r} for this key")
        return named or own or DEFAULT_TENANT

    def _may_end(self, key: ApiKey) -> bool:
        caller = self._caller
        if caller.tenant is None:
            return True
        is_within = caller.kbs is None or (key.kbs is not None and key.kbs <= caller.kbs)
        return key.tenant == caller.tenant and is_within

    def _require_home(self) -> None:
        if not self._caller.runs_the_home:
            raise NotFound("tenants are told of to a key with admin on all of the tenant default only")


def tenant_json(tenant: Tenant) -> JsonObject:
    """One tenant, with how many knowledge bases and keys it has."""
    return {"name": tenant.name, "kbs": len(tenant.kbs), "keys": tenant.keys}
