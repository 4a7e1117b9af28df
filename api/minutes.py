"""The last hour by the minute, held in this process, for a chart that needs no other program."""

import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api.spread import Spread

KEPT = 60
# Each a fifth above the one before, from a millisecond to two minutes: a quantile is off by a tenth at most.
_BOUNDS = tuple(0.001 * 1.2**step for step in range(65))


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """``began`` is in seconds since 1970; ``spreads`` go by name, without those that had no observation."""

    began: int
    spreads: Mapping[str, Spread]


class Minutes:
    """Seconds by name and minute. Thread-safe. ``clock`` gives seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._counts: dict[int, dict[str, list[int]]] = defaultdict(dict)

    def add(self, name: str, seconds: float) -> None:
        """One observation of now."""
        with self._guard:
            now = int(self._clock() // 60)
            self._forget(now)
            counts = self._counts[now].setdefault(name, [0] * (len(_BOUNDS) + 1))
            counts[bisect_left(_BOUNDS, seconds)] += 1

    def lines(self) -> list[Minute]:
        """Those of the last hour in which something was observed, the present one too, oldest first."""
        with self._guard:
            self._forget(int(self._clock() // 60))
            return [
                Minute(began=60 * minute, spreads={name: Spread(_BOUNDS, tuple(each)) for name, each in of.items()})
                for minute, of in sorted(self._counts.items())
            ]

    def _forget(self, now: int) -> None:
        for minute in [each for each in self._counts if each <= now - KEPT]:
            del self._counts[minute]
