"""Requests per key, route, tenant and address, by a sliding window: in this process, or for all that share a Redis.

The only file that imports ``limits``. Its headers are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from math import ceil

from limits import RateLimitItem, WindowStats, parse_many
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from answer.caching.redis_link import RedisLink
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
class _Taken:
    """What the policies came to: the one that refuses, if any, and how each of them stands now."""

    over: _Policy | None
    stats: Mapping[_Policy, WindowStats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What became of one request: the headers of its response and, where it is one too many, ``exceeded`` in words and
    the seconds until another may come."""

    headers: Headers = ()
    exceeded: str = ""
    retry_seconds: float = 0.0


class Rates:
    """Counts requests; a request that any rate refuses counts for none of them. Thread-safe.

    With ``link`` all services of the record count together. While that is away this process goes on from what it let
    in itself.
    """

    def __init__(self, settings: LimitSettings, link: RedisLink | None = None) -> None:
        """Raises ``InvalidInput`` for a rate that cannot be read."""
        self._key = _parsed("limits.key_rate", settings.key_rate)
        self._tenant = _parsed("limits.tenant_rate", settings.tenant_rate)
        self._routes = {
            name: _parsed(f"limits.route_rates.{name}", rate) for name, rate in settings.route_rates.items()
        }
        self._address = _parsed("limits.address_rate", settings.address_rate)
        self._here = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._link = link
        self._shared = None if link is None else _shared_by(link)

    @property
    def blocks(self) -> bool:
        """Whether ``count`` asks another process."""
        return self._link is not None

    def count(self, caller: Caller, operation: str, address: str = "") -> Counted:
        """One request of ``caller`` to the route ``operation``; nothing is counted for the operator of the home.

        ``address`` is where it comes from, and is counted for holders of publishable keys.
        """
        policies = self._policies(caller, operation, address)
        if not policies:
            return Counted()
        taken = self._taken(policies)
        # How much the rest of a tenant asks is nothing for its visitors.
        told = [each for each in policies if not (caller.publishable and each.name == "tenant")]
        headers = _headers({each: taken.stats[each] for each in told})
        if taken.over is None:
            return Counted(headers=headers)
        return Counted(
            headers=headers,
            exceeded=f"the limit of this {taken.over.name} is {taken.over.rate}",
            retry_seconds=_wait(taken.stats[taken.over]),
        )

    def _taken(self, policies: Sequence[_Policy]) -> _Taken:
        shared = self._shared
        if self._link is None or shared is None:
            return _take(self._here, policies)
        taken = self._link.attempt(lambda _: _take(shared, policies), None)
        if taken is None:
            return _take(self._here, policies)
        if taken.over is None:
            for policy in policies:
                self._here.hit(policy.rate, *policy.whose)
        return taken

    def _policies(self, caller: Caller, operation: str, address: str) -> list[_Policy]:
        if caller.tenant is None:
            return []
        nets = self._address if caller.publishable else ()
        return [
            *(_Policy("address", rate, ("address", caller.key, network_of(address))) for rate in nets),
            *(_Policy("key", rate, ("key", caller.key)) for rate in self._key),
            *(_Policy("route", rate, ("route", operation, caller.key)) for rate in self._routes.get(operation, ())),
            *(_Policy("tenant", rate, ("tenant", caller.tenant)) for rate in self._tenant),
        ]


def _take(counter: SlidingWindowCounterRateLimiter, policies: Sequence[_Policy]) -> _Taken:
    over = next((each for each in policies if not counter.test(each.rate, *each.whose)), None)
    if over is None:
        # Another process may have come in between; then taking refuses.
        over = next((each for each in policies if not counter.hit(each.rate, *each.whose)), None)
    return _Taken(over=over, stats={each: counter.get_window_stats(each.rate, *each.whose) for each in policies})


def _shared_by(link: RedisLink) -> SlidingWindowCounterRateLimiter:
    # The address is that of the pool.
    storage = RedisStorage("redis://", connection_pool=link.pool, key_prefix=f"{link.namespace}:rates")
    return SlidingWindowCounterRateLimiter(storage)


def _headers(stats: Mapping[_Policy, WindowStats]) -> Headers:
    allowed, left = [], []
    for policy, now in stats.items():
        allowed.append(f'"{policy.name}";q={policy.rate.amount};w={policy.rate.get_expiry()}')
        left.append(f'"{policy.name}";r={max(0, now.remaining)};t={ceil(_wait(now))}')
    return (
        (b"ratelimit-policy", ", ".join(allowed).encode()),
        (b"ratelimit", ", ".join(left).encode()),
    )


def network_of(address: str) -> str:
    """What one visitor has: an IPv4 address, of IPv6 the first 64 bits, since the rest is theirs to choose."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    plain = found if isinstance(found, IPv4Address) else found.ipv4_mapped
    return str(plain or ip_network((found, 64), strict=False))


def _wait(stats: WindowStats) -> float:
    return max(0.0, float(stats.reset_time) - time.time())


def _parsed(name: str, rate: str) -> list[RateLimitItem]:
    try:
        return list(parse_many(rate)) if rate else []
    except ValueError as error:
        raise InvalidInput(
            f"setting {name} = {rate!r}: {error}; write it as 100/minute or 5/second;100/hour"
        ) from error
