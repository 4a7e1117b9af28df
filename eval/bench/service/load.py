"""A bounded load: so many clients, each on a connection of its own, that ask again as soon as they are answered."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np

_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What ``clients`` met: answers a second and milliseconds of one; ``statuses`` counts by HTTP status, ``cached``
    counts answers that were given again."""

    clients: int
    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]
    cached: int


def load(url: str, bodies: Sequence[dict[str, Any]], *, clients: int, seconds: float) -> Load:
    """POST the bodies in turn, over and over, for so long. Raises ``httpx.HTTPError`` where the service is gone, and
    ``ValueError`` without bodies."""
    if not bodies:
        raise ValueError("a load needs something to ask")
    return asyncio.run(_load(url, bodies, clients, seconds))


def ask_each(url: str, bodies: Sequence[dict[str, Any]]) -> None:
    """POST every body once, one after the other. Raises ``httpx.HTTPError`` where one is not answered with a 2xx."""
    with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
        for body in bodies:
            client.post(url, json=body).raise_for_status()


async def _load(url: str, bodies: Sequence[dict[str, Any]], clients: int, seconds: float) -> Load:
    next_bodies = itertools.cycle(bodies)
    taken: list[float] = []
    statuses: Counter[str] = Counter()
    cached = 0
    began = time.perf_counter()

    async def one(client: httpx.AsyncClient) -> None:
        nonlocal cached
        while not taken or time.perf_counter() - began < seconds:
            start = time.perf_counter()
            response = await client.post(url, json=next(next_bodies))
            taken.append(time.perf_counter() - start)
            statuses[str(response.status_code)] += 1
            cached += b'"cached":true' in response.content

    # One pool for all: each client of httpx reads the machine's certificates anew, 60 ms of this process.
    connections = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False, limits=connections) as client:
        began = time.perf_counter()
        await asyncio.gather(*(one(client) for _ in range(clients)))
    p50, p99 = np.percentile(taken, [50, 99])
    return Load(
        clients=clients,
        requests=len(taken),
        per_second=float(f"{len(taken) / (time.perf_counter() - began):.3g}"),
        p50_ms=float(f"{1000 * p50:.3g}"),
        p99_ms=float(f"{1000 * p99:.3g}"),
        statuses=dict(statuses),
        cached=cached,
    )
