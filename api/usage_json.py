"""What was used and how answers went, as JSON documents, the same on the command line and over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import add

from api.caller import Caller
from api.limits.budgets import Budgets
from api.schemas import JsonObject
from api.traced import iso
from core.errors import InvalidInput
from store.catalog import Catalog
from store.key import Scope
from store.live_quality import Quality, live_quality
from store.usage_days import UsageDay, UsageDays, Used

HOURS = (1, 24, 168)
_STEPS = {"hour": (3_600.0, 48), "day": (86_400.0, 30)}
_MOST_DAYS = 400


def usage_document(
    catalog: Catalog, caller: Caller, budgets: Budgets | None, *, since: date | None, until: date | None
) -> JsonObject:
    """What the caller may know: who runs the home all tenants, admins of a whole tenant that one, others their key.

    Without ``since`` from the first day of the month on. Raises ``InvalidInput`` for a span that is none. Blocks.
    """
    first, last = _span(since, until)
    days = UsageDays(catalog)
    tenant, key = _scope(caller)
    keys = {prefix: named for prefix, named in days.keys(tenant).items() if key in (None, prefix)}
    found = days.of(tenant, since=first.isoformat(), until=last.isoformat(), key=key)
    labels = {prefix: label for prefix, (_, label) in keys.items()}
    tenants = sorted({each.tenant for each in found} | {name for name, _ in keys.values()})
    return {
        "since": first.isoformat(),
        "until": last.isoformat(),
        "total": asdict(reduce(add, (each.used for each in found), Used())),
        "days": [_day(each, labels) for each in found],
        "budgets": [] if budgets is None else _budgets(budgets, keys, tenants, key),
    }


def quality_document(catalog: Catalog, kbs: Sequence[str], *, step: str, now: float) -> JsonObject:
    """``now`` is in seconds since 1970, ``step`` hour or day. Blocks."""
    seconds, most = _STEPS[step]
    steps = live_quality(catalog, kbs, since=(now // seconds - most + 1) * seconds, step=seconds)
    return {
        "windows": [{"hours": hours, **_counted(_last(catalog, kbs, hours, now))} for hours in HOURS],
        "step": step,
        "steps": [{"at": iso(at), **_counted(quality)} for at, quality in steps.items()],
    }


def _last(catalog: Catalog, kbs: Sequence[str], hours: int, now: float) -> Quality:
    return reduce(add, live_quality(catalog, kbs, since=now - 3_600.0 * hours, step=86_400.0).values(), Quality())


def _span(since: date | None, until: date | None) -> tuple[date, date]:
    last = until or datetime.now(UTC).date()
    first = since or last.replace(day=1)
    if not timedelta(0) <= last - first < timedelta(days=_MOST_DAYS):
        raise InvalidInput(f"from {first} to {last} are no days, or more than {_MOST_DAYS}; choose another span")
    return first, last


def _scope(caller: Caller) -> tuple[str | None, str | None]:
    """Tenant and key that the caller may know of; None for all."""
    if caller.runs_the_home:
        return None, None
    whole = caller.may(Scope.ADMIN) and caller.kbs is None
    return caller.tenant, None if whole else caller.key


def _day(day: UsageDay, labels: Mapping[str, str]) -> JsonObject:
    return {"tenant": day.tenant, "key": day.key, "label": labels.get(day.key, ""), "day": day.day, **asdict(day.used)}


def _budgets(
    budgets: Budgets, keys: Mapping[str, tuple[str, str]], tenants: Sequence[str], key: str | None
) -> list[JsonObject]:
    """Of the tenants and of every key that has one, spent or not."""
    found: list[JsonObject] = []
    for tenant in tenants:
        own = ["", *(prefix for prefix, (name, _) in keys.items() if name == tenant)]
        for balance in budgets.balances(tenant, own if key is None else [key]):
            budget = balance.budget
            found.append(
                {
                    "tenant": tenant,
                    "key": budget.key,
                    "label": keys[budget.key][1] if budget.key else "",
                    "period": budgets.period(),
                    "budget": budget.tokens,
                    "spent": balance.spent,
                    "held": balance.held,
                    "left": max(0, budget.tokens - balance.spent - balance.held),
                }
            )
    return found


def _counted(quality: Quality) -> JsonObject:
    rates = ("abstention_rate", "proof_failure_rate", "dislike_rate")
    return {**asdict(quality), **{name: _rounded(getattr(quality, name)) for name in rates}}


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 4)
