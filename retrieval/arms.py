"""The two arms of a search: what each index found that is live, joined with the record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import TypeAlias

from core.ports import ScoredId
from core.timing import timed
from core.types import Chunk, FloatArray, Stage
from retrieval.collapse import distinct
from retrieval.indexes import View
from retrieval.scope import Scope
from store.catalog import Catalog
from store.selection import Selection
from store.source_state import text_key

# An index may lag behind the record: each round asks for twice as many until enough live passages come. For the sake of
# copies it goes on no longer than this: every question would walk the whole of an index that holds nothing else.
_ROUNDS = 6
# Passages of one document lie together, so an even spread is often missed; three times as many cost 10 ms, all that a
# filter leaves up to 2 s.
_WIDER = 3

Search: TypeAlias = Callable[[int], Sequence[ScoredId]]


@dataclass(frozen=True, slots=True)
class Demand:
    """How many passages an arm is to give, and how many of them are to have words of their own."""

    passages: int
    distinct: int


@dataclass(frozen=True, slots=True)
class Arm:
    """What one index found that is live: raw scores by id, best first, with their passages, the question's vector if
    any, stored vectors of the passages where they were asked for, and milliseconds by step."""

    scores: Mapping[str, float]
    chunks: Mapping[str, Chunk]
    vector: FloatArray | None = None
    vectors: Mapping[str, FloatArray] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


NOTHING = Arm({}, {})


class Arms:
    """Asks the indexes of a view. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def lexical(
        self, view: View, scope: Scope | None, query: str, demand: Demand, *, with_vectors: bool = False
    ) -> Arm:
        """The passages that share a term with the query; ``with_vectors`` where the other arm scores them too."""
        index, walk = view.lexical(), _Walk(self._catalog, view, Stage.LEXICAL, demand)
        if scope is None:
            arm = walk.live(lambda n: index.search(query, n))
        else:
            arm = walk.left(
                scope, lambda n: index.search(query, n), lambda n: index.search_within(query, n, scope.ids())
            )
        if with_vectors:
            # Here, because the dense arm takes longer, and waits for a library that needs no interpreter.
            with timed(walk.timings_ms, "vectors"):
                arm = replace(arm, vectors=self._vectors(view, arm))
        return arm

    def dense(self, view: View, scope: Scope | None, query: str, demand: Demand) -> Arm:
        """The passages nearest to the query."""
        index, walk = view.dense(), _Walk(self._catalog, view, Stage.DENSE, demand)
        with timed(walk.timings_ms, "embed"):
            vector = view.embedder().embed_query(query)
        if scope is None:
            arm = walk.live(lambda n: index.search(vector, n))
        else:
            arm = walk.left(scope, lambda n: index.search(vector, n), partial(scope.nearest, vector))
        return replace(arm, vector=vector)

    def _vectors(self, view: View, arm: Arm) -> dict[str, FloatArray]:
        keys = {chunk_id: text_key(arm.chunks[chunk_id]) for chunk_id in arm.scores}
        stored = self._catalog.vectors(view.edition.recipe.fingerprint, sorted(set(keys.values())))
        return {chunk_id: stored[key] for chunk_id, key in keys.items() if key in stored}


class _Walk:
    """One arm's way down one index."""

    def __init__(self, catalog: Catalog, view: View, arm: Stage, demand: Demand) -> None:
        self.timings_ms: dict[str, float] = {}
        self._catalog = catalog
        self._edition = view.edition
        self._arm = arm
        self._demand = demand

    def left(self, scope: Scope, search: Search, search_all: Search) -> Arm:
        """The first of what the filter leaves: by asking the index for more where that is likely to do, else, and
        where it did not do, out of all that are left."""
        n = scope.first_fetch(self._demand.passages, self._arm)
        for tried in () if n is None else (n, _WIDER * n):
            found, is_enough = self._round(tried, search, scope.selection)
            if is_enough:
                return found
        return self.live(search_all, scope.selection)

    def live(self, search: Search, selection: Selection | None = None) -> Arm:
        """The first live passages, asking for more until they are found or the index has no more.

        Where too many of them are copies, more are asked for and taken: the copies become one hit each.
        """
        n = self._demand.passages
        for number in count(1):
            arm, is_enough = self._round(n, search, selection)
            if is_enough or (number >= _ROUNDS and len(arm.chunks) >= self._demand.passages):
                break
            n *= 2
        return arm

    def _round(self, n: int, search: Search, selection: Selection | None) -> tuple[Arm, bool]:
        """What is live of the first ``n``, and whether that is enough or all that there is."""
        with timed(self.timings_ms, self._arm.value):
            found = search(n)
        ids = [hit.chunk_id for hit in found]
        edition = self._edition
        with timed(self.timings_ms, f"{self._arm.value}_join"):
            chunks = self._catalog.live_chunks(edition.kb, ids, edition.id, selection)
        live = [hit for hit in found if hit.chunk_id in chunks]
        first, is_met = _first(live, chunks, self._demand)
        arm = Arm({hit.chunk_id: hit.score for hit in first}, chunks, timings_ms=self.timings_ms)
        return arm, is_met or len(found) < n


def _first(live: Sequence[ScoredId], chunks: Mapping[str, Chunk], demand: Demand) -> tuple[Sequence[ScoredId], bool]:
    """The first passages that meet the demand, or all where they do not."""
    n = demand.passages
    while n <= len(live):
        missing = demand.distinct - distinct([chunks[hit.chunk_id] for hit in live[:n]])
        if missing <= 0:
            return live[:n], True
        n += missing
    return live, False
