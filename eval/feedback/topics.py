"""Questions that were asked in vain, grouped by what they are about: what to write next.

Question vectors are grouped by average linkage (Sokal and Michener 1958): two groups are one while the mean cosine
between their questions is ``NEAR`` or more. The order in which questions come changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]  # scipy ships no types

from core.text import fold, language_of, normalise
from core.types import FloatArray
from eval.feedback.terms import label_of, terms_apart

NEAR = 0.4
"""Mean cosine of two groups that are one topic; see the decision on feedback for how it was chosen."""

EXAMPLES = 5


class Why(StrEnum):
    """How a question was asked in vain; of several the last one in this order is told."""

    UNANSWERED = "unanswered"
    DISLIKED = "disliked"
    MISSING_DOCUMENT = "missing_document"


_WEIGHT = {why: weight for weight, why in enumerate(Why)}


@dataclass(frozen=True, slots=True, kw_only=True)
class InVain:
    """A question and what became of it. ``at`` is in seconds since 1970; ``feedback_id`` is empty where nobody said
    anything; ``times`` counts how often it was asked in the same words."""

    question: str
    kb: str
    why: Why
    at: float
    trace_id: str
    feedback_id: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Questions in one language about one thing. ``examples`` are at most ``EXAMPLES``, the most central one first;
    ``questions`` counts them all, as often as they were asked."""

    terms: tuple[str, ...]
    kb: str
    language: str
    questions: int
    unanswered: int
    disliked: int
    missing_document: int
    last_at: float
    examples: tuple[InVain, ...]

    @property
    def label(self) -> str:
        """Its terms in one line; of a single question its words."""
        words = label_of(self.terms, self.language) if len(self.examples) > 1 else ""
        return words or self.examples[0].question


def topics_of(asked: Sequence[InVain], embed: Callable[[Sequence[str]], FloatArray]) -> list[Topic]:
    """Every question in one topic, the largest topic first.

    ``embed`` gives one L2-normalised vector for each text. Knowledge bases and languages are never mixed.
    """
    found: list[Topic] = []
    merged = _merged(asked)
    for kb, language in sorted({(each.kb, language_of(each.question)) for each in merged}):
        own = [each for each in merged if (each.kb, language_of(each.question)) == (kb, language)]
        vectors = embed([each.question for each in own])
        groups = list(_groups(vectors))
        terms = terms_apart([[own[i].question for i in group] for group in groups], language)
        found += [
            _topic([own[i] for i in group], vectors[group], words, kb, language)
            for group, words in zip(groups, terms, strict=True)
        ]
    return sorted(found, key=lambda topic: (-topic.questions, -topic.last_at, topic.kb, topic.examples[0].question))


def _merged(asked: Sequence[InVain]) -> list[InVain]:
    """One entry for equal words of a knowledge base, with what weighs most of each; in order of their words.

    An answer that somebody spoke of counts once, however many did.
    """
    kept: dict[tuple[str, str], InVain] = {}
    traces: dict[tuple[str, str], set[str]] = {}
    for each in sorted(asked, key=lambda each: (_WEIGHT[each.why], each.at, each.trace_id, each.feedback_id)):
        key = (each.kb, " ".join(fold(normalise(each.question)).split()))
        ids = traces.setdefault(key, set())
        ids.add(each.trace_id)
        newest = max(each.at, kept[key].at) if key in kept else each.at
        kept[key] = replace(each, times=len(ids), at=newest)
    return [kept[key] for key in sorted(kept)]


def _groups(vectors: FloatArray) -> Iterator[list[int]]:
    if len(vectors) < 2:
        yield from ([number] for number in range(len(vectors)))
        return
    # Rounded, so that what a batch adds in the last digit moves no question to another group.
    tree = linkage(np.round(vectors.astype(np.float64), 4), method="average", metric="cosine")
    numbers = fcluster(tree, t=1 - NEAR, criterion="distance")
    for number in np.unique(numbers):
        yield [int(place) for place in np.flatnonzero(numbers == number)]


def _topic(members: Sequence[InVain], vectors: FloatArray, terms: tuple[str, ...], kb: str, language: str) -> Topic:
    centre = vectors.mean(axis=0)
    order = sorted(range(len(members)), key=lambda i: (-round(float(vectors[i] @ centre), 4), members[i].question))
    counted = {why: sum(each.times for each in members if each.why is why) for why in Why}
    return Topic(
        terms=terms,
        kb=kb,
        language=language,
        questions=sum(counted.values()),
        unanswered=counted[Why.UNANSWERED],
        disliked=counted[Why.DISLIKED],
        missing_document=counted[Why.MISSING_DOCUMENT],
        last_at=max(each.at for each in members),
        examples=tuple(members[i] for i in order[:EXAMPLES]),
    )
