"""Milliseconds by step."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from time import perf_counter


@contextmanager
def timed(timings_ms: MutableMapping[str, float], step: str) -> Iterator[None]:
    """Adds the time of what is inside to that of the step, unless it raises."""
    started = perf_counter()
    yield
    timings_ms[step] = timings_ms.get(step, 0.0) + 1000 * (perf_counter() - started)
