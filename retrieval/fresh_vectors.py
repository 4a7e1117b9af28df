"""Vectors on their way into a graph: searched one by one until they are there, so that nobody waits for the graph."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from core.ports import IndexEntry, ScoredId
from core.types import FloatArray

# What is added at once. A graph that takes in vectors answers nobody: a question waits for one small slice at most.
_SLICE_SECONDS, _SLICE_SECONDS_ASKED = 1.0, 0.02
LEAST_SLICE, MOST_SLICE = 4, 1_000  # each costs 10 ms besides; a server takes bodies of 40 MB


def next_slice(size: int, seconds: float, *, is_asked: bool) -> int:
    """How many vectors to add at once, when ``size`` took so many seconds and questions wait for them or not."""
    wanted = _SLICE_SECONDS_ASKED if is_asked else _SLICE_SECONDS
    return max(LEAST_SLICE, min(MOST_SLICE, round(size * wanted / max(seconds, 1e-6))))


@dataclass(frozen=True, slots=True)
class FreshVectors:
    """``vectors``: L2-normalised, shape (n, dim); ``ids``: n of them."""

    ids: Sequence[str] = ()
    vectors: FloatArray | None = None

    @classmethod
    def of(cls, entries: Sequence[IndexEntry]) -> "FreshVectors":
        """All of them."""
        if not entries:
            return cls()
        return cls([entry.chunk_id for entry in entries], np.stack([entry.vector for entry in entries]))

    def after(self, n: int) -> "FreshVectors":
        """Without the first ``n``."""
        return FreshVectors(self.ids[n:], None if self.vectors is None else self.vectors[n:])

    def beside(self, found: Sequence[ScoredId], query: FloatArray, k: int) -> list[ScoredId]:
        """The first ``k`` of what a graph found and of these, best first, each once."""
        best = {hit.chunk_id: hit for hit in (*self._nearest(query, k, {hit.chunk_id for hit in found}), *found)}
        return sorted(best.values(), key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def _nearest(self, query: FloatArray, k: int, held: Collection[str]) -> list[ScoredId]:
        if self.vectors is None:
            return []
        cosines = self.vectors @ query
        first = np.argsort(-cosines, kind="stable")[: k + len(held)]
        return [ScoredId(self.ids[i], float(cosines[i])) for i in first if self.ids[i] not in held]
