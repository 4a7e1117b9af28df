"""Passages become documents: a document ranks where its best passage does (MaxP, Dai & Callan 2019)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from core.types import Hit, SearchStage


@dataclass(frozen=True, slots=True)
class ScoredDocument:
    """A corpus id with the score of its best passage, higher is better."""

    document_id: str
    score: float


DocumentSearch: TypeAlias = Callable[[str, SearchStage, int], Sequence[ScoredDocument]]
"""Query, stage and number of documents in; at most that many documents out, best first."""


def pool_documents(hits: Sequence[Hit]) -> list[ScoredDocument]:
    """One entry per source, in the order in which the sources first appear.

    Scores never rise down the list: where a later stage reordered only the first hits, the scores after them belong to
    another stage and are lowered to just under the last one, so that order and score tell the same.
    """
    ranked: dict[str, float] = {}
    bound = math.inf
    for hit in hits:
        if hit.chunk.source not in ranked:
            bound = hit.score if hit.score <= bound else math.nextafter(bound, -math.inf)
            ranked[hit.chunk.source] = bound
    return [ScoredDocument(source, score) for source, score in ranked.items()]


def rank_documents(passages: Callable[[int], Sequence[Hit]], k: int) -> list[ScoredDocument]:
    """The best ``k`` documents; fewer where the passages are exhausted.

    ``passages(n)`` gives the best ``n`` hits. Long documents fill the first hits with their own passages, so ``n``
    starts at ``2 * k`` and doubles until ``k`` documents are found or no more hits come.
    """
    wanted = 2 * k
    while True:
        hits = passages(wanted)
        documents = pool_documents(hits)
        if len(documents) >= k or len(hits) < wanted:
            return documents[:k]
        wanted *= 2
