"""What keys asked, day by day: counted in memory by each service and added up in the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects import postgresql, sqlite

from store.catalog import Catalog
from store.tables import api_keys, tenants, usage_days

_OWNER = [usage_days.c.tenant, usage_days.c.key, usage_days.c.day]
_COUNTED = ("requests", "answers", "cached", "input_tokens", "output_tokens", "cost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """``cached`` of the ``answers`` cost nothing; ``cost`` is by the prices of the settings."""

    requests: int = 0
    answers: int = 0
    cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: "Used") -> "Used":
        return Used(**{name: getattr(self, name) + getattr(other, name) for name in _COUNTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageDay:
    """Of one key, or of those who needed none where ``key`` is empty; ``day`` is ISO 8601, in UTC."""

    tenant: str
    key: str
    day: str
    used: Used


class UsageDays:
    """The days of one record. Thread-safe; any number of processes may use it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        dialect = postgresql if catalog.engine.dialect.name == "postgresql" else sqlite
        self._insert = dialect.insert

    def add(self, days: Sequence[UsageDay]) -> None:
        """Count these too, all or none; those of tenants that are gone are left out. Blocks."""
        with self._catalog.writing() as connection:
            known = set(connection.scalars(select(tenants.c.name)))
            rows = [_values(day) for day in days if day.tenant in known]
            # In one order everywhere: two processes would otherwise wait for each other's rows.
            for row in sorted(rows, key=lambda row: (row["tenant"], row["key"], row["day"])):
                fresh = self._insert(usage_days).values(row)
                more = {name: usage_days.c[name] + fresh.excluded[name] for name in _COUNTED}
                connection.execute(fresh.on_conflict_do_update(index_elements=_OWNER, set_=more))

    def of(self, tenant: str | None, *, since: str, until: str, key: str | None = None) -> list[UsageDay]:
        """From one day to another, both included, of a tenant or of all, of a key or of all; newest first. Blocks."""
        wanted = select(usage_days).where(usage_days.c.day >= since, usage_days.c.day <= until)
        if tenant is not None:
            wanted = wanted.where(usage_days.c.tenant == tenant)
        if key is not None:
            wanted = wanted.where(usage_days.c.key == key)
        ordered = wanted.order_by(usage_days.c.day.desc(), usage_days.c.tenant, usage_days.c.key)
        with self._catalog.engine.connect() as connection:
            return [_day(row) for row in connection.execute(ordered)]

    def keys(self, tenant: str | None) -> Mapping[str, tuple[str, str]]:
        """Tenant and label of every key that was ever made, of one tenant or of all, by prefix. Blocks."""
        wanted = select(api_keys.c.prefix, api_keys.c.tenant, api_keys.c.label).order_by(api_keys.c.prefix)
        if tenant is not None:
            wanted = wanted.where(api_keys.c.tenant == tenant)
        with self._catalog.engine.connect() as connection:
            return {row.prefix: (row.tenant, row.label) for row in connection.execute(wanted)}


def _values(day: UsageDay) -> dict[str, Any]:
    counted = {name: getattr(day.used, name) for name in _COUNTED}
    return {"tenant": day.tenant, "key": day.key, "day": day.day, **counted}


def _day(row: Row[Any]) -> UsageDay:
    used = Used(**{name: row._mapping[name] for name in _COUNTED})
    return UsageDay(tenant=row.tenant, key=row.key, day=row.day, used=used)
