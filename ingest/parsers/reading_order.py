"""The order in which a reader takes in what stands on a page: rows from above, from left to right within one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Generic[Item]):
    """Something at its place; the axes point right and down, in any unit."""

    item: Item
    left: float
    top: float
    right: float
    bottom: float


def in_reading_order(placed: Sequence[Placed[Item]]) -> list[Item]:
    """The items by place; where a white strip parts them from side to side, all above it comes first.

    Recursive cuts (Nagy and Seth 1984): across the page first, then down it, then by corner where neither parts.
    """
    return [each.item for each in _cut(list(placed), ("top", "bottom"), ("left", "right"))]


def _cut(placed: list[Placed[Item]], axis: tuple[str, str], other: tuple[str, str]) -> list[Placed[Item]]:
    for first, second in ((axis, other), (other, axis)):
        strips = _strips(placed, *first)
        if len(strips) > 1:
            return [each for strip in strips for each in _cut(strip, second, first)]
    return sorted(placed, key=lambda each: (each.top, each.left))


def _strips(placed: list[Placed[Item]], start: str, end: str) -> list[list[Placed[Item]]]:
    strips: list[list[Placed[Item]]] = []
    reached = float("-inf")
    for each in sorted(placed, key=lambda each: (getattr(each, start), getattr(each, end))):
        # A tenth of overlap is how people align by hand.
        begins = getattr(each, start) + (getattr(each, end) - getattr(each, start)) / 10
        if not strips or begins >= reached:
            strips.append([])
        strips[-1].append(each)
        reached = max(reached, getattr(each, end))
    return strips
