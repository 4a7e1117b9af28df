"""Requests per key, route and tenant, counted in this process by a sliding window.

The only file that imports ``limits``. Its headers are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.caller import Caller
from core.errors import InvalidInput
from core.settings import LimitSettings

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class _Policy:
    """A rate by its name in the headers; ``whose`` it is counted for."""

    name: str
    rate: RateLimitItem
    whose: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What became of one request: the headers of its response and, where it is one too many, ``exceeded`` in words and
    the seconds until another may come."""

    headers: Headers = ()
    exceeded: str = ""
    retry_seconds: float = 0.0


class Rates:
    """Counts requests; a request that any rate refuses counts for none of them."""

    def __init__(self, settings: LimitSettings) -> None:
        """Raises ``InvalidInput`` for a rate that cannot be read."""
        self._key = _parsed("limits.key_rate", settings.key_rate)
        self._tenant = _parsed("limits.tenant_rate", settings.tenant_rate)
        self._routes = {
            name: _parsed(f"limits.route_rates.{name}", rate) for name, rate in settings.route_rates.items()
        }
        self._counter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, caller: Caller, operation: str) -> Counted:
        """One request of ``caller`` to the route ``operation``; nothing is counted for the operator of the home."""
        policies = self._policies(caller, operation)
        if not policies:
            return Counted()
        over = next((each for each in policies if not self._counter.test(each.rate, *each.whose)), None)
        if over is None:
            for policy in policies:
                self._counter.hit(policy.rate, *policy.whose)
        headers = self._headers(policies)
        if over is None:
            return Counted(headers=headers)
        return Counted(
            headers=headers, exceeded=f"the limit of this {over.name} is {over.rate}", retry_seconds=self._wait(over)
        )

    def _policies(self, caller: Caller, operation: str) -> list[_Policy]:
        if caller.tenant is None:
            return []
        return [
            *(_Policy("key", rate, ("key", caller.key)) for rate in self._key),
            *(_Policy("route", rate, ("route", operation, caller.key)) for rate in self._routes.get(operation, ())),
            *(_Policy("tenant", rate, ("tenant", caller.tenant)) for rate in self._tenant),
        ]

    def _headers(self, policies: Sequence[_Policy]) -> Headers:
        allowed, left = [], []
        for policy in policies:
            stats = self._counter.get_window_stats(policy.rate, *policy.whose)
            allowed.append(f'"{policy.name}";q={policy.rate.amount};w={policy.rate.get_expiry()}')
            left.append(f'"{policy.name}";r={max(0, stats.remaining)};t={ceil(self._wait(policy))}')
        return (
            (b"ratelimit-policy", ", ".join(allowed).encode()),
            (b"ratelimit", ", ".join(left).encode()),
        )

    def _wait(self, policy: _Policy) -> float:
        stats = self._counter.get_window_stats(policy.rate, *policy.whose)
        return max(0.0, float(stats.reset_time) - time.time())


def _parsed(name: str, rate: str) -> list[RateLimitItem]:
    try:
        return list(parse_many(rate)) if rate else []
    except ValueError as error:
        raise InvalidInput(
            f"setting {name} = {rate!r}: {error}; write it as 100/minute or 5/second;100/hour"
        ) from error
