"""Passages become documents: a document ranks where its best passage does (MaxP, Dai & Callan 2019)."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, overload

from core.types import Hit, SearchStage


@dataclass(frozen=True, slots=True)
class ScoredDocument:
    """A corpus id with the score of its best passage, higher is better."""

    document_id: str
    score: float


@dataclass(frozen=True, slots=True)
class RankedDocuments(Sequence[ScoredDocument]):
    """Documents, best first, with the milliseconds that each part of the search says it took."""

    documents: tuple[ScoredDocument, ...]
    parts_ms: Mapping[str, float] = field(default_factory=dict)

    @overload
    def __getitem__(self, at: int) -> ScoredDocument: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[ScoredDocument, ...]: ...
    def __getitem__(self, at: int | slice) -> ScoredDocument | tuple[ScoredDocument, ...]:
        return self.documents[at]

    def __len__(self) -> int:
        return len(self.documents)


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
