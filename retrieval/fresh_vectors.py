"""Vectors on their way into a graph: searched one by one until they are there, so that nobody waits for the graph."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.ports import IndexEntry, ScoredId
from core.types import FloatArray


def _nothing() -> FloatArray:
    return np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class FreshVectors:
    """``vectors``: L2-normalised, shape (n, dim); ``ids``: n of them, each once."""

    ids: Sequence[str] = ()
    vectors: FloatArray = field(default_factory=_nothing)

    def plus(self, entries: Sequence[IndexEntry]) -> "FreshVectors":
        """With these as well, but for those that are here."""
        held = set(self.ids)
        new = {entry.chunk_id: entry.vector for entry in entries if entry.chunk_id not in held}
        if not new:
            return self
        rows = np.stack([*new.values()])
        return FreshVectors([*self.ids, *new], np.concatenate([self.vectors, rows]) if held else rows)

    def without(self, ids: Collection[str]) -> "FreshVectors":
        """Those that are not among ``ids``."""
        gone = set(ids)
        left = [place for place, each in enumerate(self.ids) if each not in gone]
        if len(left) == len(self.ids):
            return self
        return FreshVectors([self.ids[place] for place in left], self.vectors[left])

    def beside(self, found: Sequence[ScoredId], query: FloatArray, k: int) -> list[ScoredId]:
        """The first ``k`` of what a graph found and of these, best first, each once."""
        best = {hit.chunk_id: hit for hit in (*self._nearest(query, k, {hit.chunk_id for hit in found}), *found)}
        return sorted(best.values(), key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def _nearest(self, query: FloatArray, k: int, held: Collection[str]) -> list[ScoredId]:
        if not self.ids:
            return []
        cosines = self.vectors @ query
        first = np.argsort(-cosines, kind="stable")[: k + len(held)]
        return [ScoredId(self.ids[i], float(cosines[i])) for i in first if self.ids[i] not in held]
