"""The facts of gold quotes, and how many of them an answer's text holds."""

from collections.abc import Sequence

from core.text import analyse, analyse_query, han_share

# Gold quotes that share half of their facts are one statement in two places: a policy and the FAQ that repeats it.
_SAME_FACTS = 0.5


def completeness(gold: Sequence[str], text: str) -> float | None:
    """Share of the facts of ``gold`` that ``text`` holds, 0 to 1; None where gold has none.

    Of gold quotes that say the same, the one that ``text`` covers best counts; of others each counts.
    """
    present = frozenset(analyse(text))
    wanted = [facts(quote) for quote in gold]
    groups = [[wanted[place] for place in group] for group in statements(gold)]
    best = [max(group, key=lambda each: len(each & present) / len(each)) for group in groups]
    total = sum(len(each) for each in best)
    return sum(len(each & present) for each in best) / total if total else None


def facts(text: str) -> frozenset[str]:
    """Numbers, codes and content words, as index terms. Chinese counts by pairs: single characters meet by chance."""
    return frozenset(term for term in analyse_query(text) if len(term) > 1 or not han_share(term))


def statements(gold: Sequence[str]) -> list[list[int]]:
    """Positions of the quotes that have facts, those that say the same in one list."""
    groups: list[list[int]] = []
    wanted = [facts(quote) for quote in gold]
    for place in range(len(gold)):
        if not wanted[place]:
            continue
        alike = next((group for group in groups if _jaccard(wanted[group[0]], wanted[place]) >= _SAME_FACTS), None)
        if alike is None:
            groups.append([place])
        else:
            alike.append(place)
    return groups


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right)
