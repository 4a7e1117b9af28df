"""What a request says of keys and tenants that are to be made."""

from typing import Annotated

from pydantic import Field

from api.bodies import Body, Name, Words
from store.key import Scope

_MAX_KBS = 1_000
_MAX_ORIGINS = 100
_MAX_DAYS = 3_650
Label = Annotated[Name, Field(max_length=200, description="What it is for.")]


class KeyBody(Body):
    """A key that is to be made."""

    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope), description="`admin` includes the others.")
    label: Label = ""
    kbs: list[Words] | None = Field(
        default=None,
        min_length=1,
        max_length=_MAX_KBS,
        description="Names of the tenant's knowledge bases that it opens; null for all.",
    )
    origins: list[Words] = Field(
        default=[],
        max_length=_MAX_ORIGINS,
        description="Of the pages on other servers that may use it: `https://help.example.com`, each exact.",
    )
    publishable: bool = Field(
        default=False,
        description="Anybody may see it: it may only `ask`, named knowledge bases, from the pages of its origins.",
    )
    lasts_days: int | None = Field(default=None, ge=1, le=_MAX_DAYS, description="Its life; null for no end.")
    tenant: Words | None = Field(
        default=None, description="Whose; null for the caller's own. Only the operator of the home may name another."
    )


class TenantBody(Body):
    """A tenant that is to be made."""

    name: Words = Field(description="Letters, digits, `-` and `_`, as `citedesk tenants create` takes it.")
    with_key: bool = Field(default=False, description="With a first key, of scope `admin`, to be handed over.")
    label: Label = ""
