"""Who asks, and what they may."""

from dataclasses import dataclass

from core.errors import InvalidInput
from store.kb_key import DEFAULT_TENANT, KbKey, kb_key, parse_key, split_key
from store.key import ApiKey, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The holder of a key, or the operator of the home.

    ``tenant`` None is the operator, to whom knowledge bases go by their keys (``acme/handbook``); a holder names those
    of the own tenant by their names. ``kbs`` are the names that the key is limited to, None for all. ``key`` is the
    key's prefix. ``publishable``: the key is no secret, so anybody may be behind it.
    """

    tenant: str | None
    scopes: frozenset[Scope]
    kbs: frozenset[str] | None = None
    key: str = ""
    publishable: bool = False

    def may(self, scope: Scope) -> bool:
        """``admin`` may everything, within the tenant and the key's knowledge bases."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    @property
    def runs_the_home(self) -> bool:
        """Whether this one may know of the machine: the operator, and admins of the whole default tenant."""
        return self.tenant is None or (
            self.tenant == DEFAULT_TENANT and self.kbs is None and Scope.ADMIN in self.scopes
        )

    def key_of(self, name: str) -> KbKey | None:
        """The key of what this caller calls ``name``, there or not; None where it cannot be one of the caller's."""
        try:
            key = self.new_key(name)
        except InvalidInput:
            return None
        return key if self.sees(key) else None

    def new_key(self, name: str) -> KbKey:
        """The key of what this caller would call ``name``, be it the caller's or not. Raises ``InvalidInput``."""
        return kb_key(*parse_key(name)) if self.tenant is None else kb_key(self.tenant, name)

    def sees(self, key: str) -> bool:
        """Whether a knowledge base that is there is the caller's."""
        tenant, name = split_key(key)
        return self.tenant is None or (tenant == self.tenant and (self.kbs is None or name in self.kbs))

    def name_of(self, key: KbKey) -> str:
        """What the caller calls a knowledge base of theirs."""
        return key if self.tenant is None else split_key(key)[1]


OPERATOR = Caller(tenant=None, scopes=frozenset({Scope.ADMIN}))


def holder_of(key: ApiKey) -> Caller:
    """Whoever has the key's token."""
    return Caller(tenant=key.tenant, scopes=key.scopes, kbs=key.kbs, key=key.prefix, publishable=key.publishable)
