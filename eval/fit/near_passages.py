"""Passages that share a question's words and are about something else: what a reader must tell from its answer."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from core.text import analyse, analyse_query
from eval.fit.lessons import Asked, Lessons, Passage

_OTHERS = 3


def with_others(lessons: Lessons) -> Lessons:
    """Each question with up to three passages of other titles that share its words, by BM25."""
    ranked = _Lexical(lessons.passages.values())
    asked = tuple(replace(each, others=tuple(ranked.others(each, lessons.passages))) for each in lessons.asked)
    return replace(lessons, asked=asked)


class _Lexical:
    def __init__(self, passages: Iterable[Passage]) -> None:
        bags = {each.id: Counter(analyse("\n".join([each.title, *each.sentences]))) for each in passages}
        held = Counter(term for bag in bags.values() for term in bag)
        mean = sum(bag.total() for bag in bags.values()) / max(1, len(bags))
        self._postings: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for id_, bag in bags.items():
            for term, count in bag.items():
                idf = math.log(1 + (len(bags) - held[term] + 0.5) / (held[term] + 0.5))
                norm = count + 1.2 * (0.25 + 0.75 * bag.total() / mean)
                self._postings[term].append((id_, idf * count * 2.2 / norm))

    def others(self, asked: Asked, passages: Mapping[str, Passage]) -> list[str]:
        scores: Counter[str] = Counter()
        for term in set(analyse_query(asked.question)):
            for id_, weight in self._postings.get(term, ()):
                scores[id_] += weight  # type: ignore[assignment]  # a Counter of floats
        title = passages[asked.passage].title
        best = (id_ for id_, _ in scores.most_common(_OTHERS + 6))
        return [id_ for id_ in best if id_ != asked.passage and passages[id_].title != title][:_OTHERS]
