"""Questions that hardly differ, found without comparing every pair."""

from collections import defaultdict
from dataclasses import dataclass, field

from answer.sentences.facts import facts
from answer.sentences.question_kind import named
from core.text import analyse

_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class _Asked:
    place: int
    terms: frozenset[str]
    about: frozenset[str]


@dataclass(slots=True)
class SimilarQuestions:
    """Remembers questions and finds those that share four fifths of their index terms (Jaccard) and all numbers, codes
    and names: "What does Team cost?" is not "What does Solo cost?".

    Two sets of terms that overlap so far share one of their first terms in any fixed order (prefix filtering; Bayardo,
    Ma and Srikant 2007, "Scaling up all pairs similarity search"), so only questions that do are compared.
    """

    _by_term: defaultdict[str, list[_Asked]] = field(default_factory=lambda: defaultdict(list))
    _count: int = 0

    def add(self, text: str) -> int | None:
        """Remember a question. Returns which earlier one it resembles most, counted from 0, or None."""
        asked = _Asked(self._count, frozenset(analyse(text)), frozenset(facts(text)) | frozenset(named(text)))
        self._count += 1
        prefix = _prefix(asked.terms)
        alike = [(_jaccard(asked, other), -other.place) for term in prefix for other in self._by_term[term]]
        for term in prefix:
            self._by_term[term].append(asked)
        share, place = max(alike, default=(0.0, 0))
        return -place if share >= _ALIKE else None


def _prefix(terms: frozenset[str]) -> list[str]:
    # Long terms are rare ones: starting with them keeps the lists short.
    ordered = sorted(terms, key=lambda term: (-len(term), term))
    return ordered[: len(ordered) // 5 + 1]  # all that may be missing at four fifths, and one more


def _jaccard(one: _Asked, other: _Asked) -> float:
    if one.about != other.about:
        return 0.0
    return len(one.terms & other.terms) / len(one.terms | other.terms)
