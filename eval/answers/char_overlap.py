"""Citations against gold by characters: a quote that shows a page around its one good line is a poor proof."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from core.types import Span
from eval.answers.gold_facts import statements

Place: TypeAlias = tuple[str, Span]
"""A document id and a span of its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldPlaces:
    """A gold quote with every place where it stands; without any it counts as missed."""

    quote: str
    places: tuple[Place, ...]


def char_precision(shown: Iterable[Place], gold: Iterable[GoldPlaces]) -> float | None:
    """Share of the shown characters that belong to a gold quote, 0 to 1; None where nothing is shown.

    A character that two quotes show counts once.
    """
    seen = _characters(shown)
    wanted = _characters(place for quote in gold for place in quote.places)
    return len(seen & wanted) / len(seen) if seen else None


def char_recall(shown: Iterable[Place], gold: Sequence[GoldPlaces]) -> float | None:
    """Share of the gold characters that are shown, 0 to 1; None without gold.

    Of the places of one quote, and of quotes that say the same, the one that is shown best counts.
    """
    seen = _characters(shown)
    best = [max((_covered(gold[place], seen) for place in group), key=_share) for group in _groups(gold)]
    total = sum(length for _, length in best)
    return sum(covered for covered, _ in best) / total if total else None


def _groups(gold: Sequence[GoldPlaces]) -> list[list[int]]:
    quotes = [each.quote for each in gold]
    # Quotes of punctuation alone have no facts to compare; then each stands for itself.
    return statements(quotes) or [[place] for place in range(len(quotes))]


def _covered(gold: GoldPlaces, seen: set[tuple[str, int]]) -> tuple[int, int]:
    """Characters shown and characters in all, of the best place."""
    found = [(len(_characters([place]) & seen), len(place[1])) for place in gold.places]
    return max(found, key=_share, default=(0, len(gold.quote)))


def _share(part: tuple[int, int]) -> float:
    return part[0] / part[1] if part[1] else 0.0


def _characters(places: Iterable[Place]) -> set[tuple[str, int]]:
    return {(document, offset) for document, span in places for offset in range(span.start, span.end)}
