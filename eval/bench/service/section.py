"""What the page shows of a service under load."""

from collections.abc import Iterator, Mapping
from typing import Any

_HEAD = "| what | clients | answers/s | goal | p50 ms | p99 ms | goal | requests by status |"


def service_section(name: str, figures: Mapping[str, Any]) -> Iterator[str]:
    """A row for each load, beside its goal."""
    yield f"## The service under load: {figures['passages']:,} generated passages, {figures['seconds']:g} s each"
    yield from (
        "",
        f"One process of `citedesk serve` without reranking; its model server takes {figures['first_ms']} ms to the "
        "first word. Clients and model server share the machine, whose load average was "
        f"{figures['load']:g} at the end.",
        "",
    )
    yield from (_HEAD, "|---" * 8 + "|")
    for run in figures["runs"]:
        statuses = ", ".join(f"{status}: {count:,}" for status, count in run["statuses"].items())
        names = ("way", "clients", "per_second", "goal_per_second", "p50_ms", "p99_ms", "goal_p99_ms")
        yield f"| {' | '.join(_cell(run[name]) for name in names)} | {statuses} |"


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
