"""A question becomes hits: both arms, joined with the live record, fused."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import count
from time import perf_counter
from typing import Protocol, TypeAlias

from core.errors import DependencyError
from core.ports import ScoredId
from core.settings import RetrievalSettings
from core.types import Chunk, Filter, FloatArray, Hit, SearchResult, SearchStage, Stage
from retrieval.collapse import collapse, distinct
from retrieval.fusion import competence, fuse
from retrieval.indexes import View
from retrieval.scope import Scope, Scopes
from store.catalog import Catalog
from store.duplicates import Duplicates
from store.filters import Filters
from store.selection import Selection

logger = logging.getLogger(__name__)

# An index may lag behind the record: each round asks for twice as many until enough live passages come. For the sake of
# copies it goes on no longer than this: every question would walk the whole of an index that holds nothing else.
_ROUNDS = 6
# What is written while it is searched may leave too little of what was found, and an edition that is forgotten too:
# the search begins again.
_VIEWS = 3

Search: TypeAlias = Callable[[int], Sequence[ScoredId]]


@dataclass(frozen=True, slots=True)
class _Arm:
    """What one index found that is live: raw scores by id, with their passages, and the question's vector if any."""

    scores: Mapping[str, float]
    chunks: Mapping[str, Chunk]
    vector: FloatArray | None = None


_NOTHING = _Arm({}, {})


class Views(Protocol):
    """Where the indexes are; ``retrieval.indexes.Indexes`` is the real one."""

    def view(self, kb: str) -> View:
        """What answers now. Raises ``NotFound``."""
        ...


class Retriever:
    """Searches one home. Thread-safe."""

    def __init__(self, *, catalog: Catalog, indexes: Views, settings: RetrievalSettings) -> None:
        self._catalog = catalog
        self._duplicates = Duplicates(catalog)
        self._indexes = indexes
        self._scopes = Scopes(catalog)
        self._filters = Filters(catalog)
        self._settings = settings
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="search-arm")

    def search(self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None = None) -> SearchResult:
        """At most ``k`` live passages by the lexical arm, the dense arm or both (``hybrid``; ``rerank`` the same).

        Of what a filter leaves the dense arm finds ``k`` where there are as many, the lexical arm those that share a
        term. An arm that fails is named in ``degraded`` and done without; when no arm is left its error is raised.
        """
        self._catalog.require_kb(kb)
        started = perf_counter()
        for _ in range(_VIEWS):
            revision = self._filters.revision(kb)
            view = self._indexes.view(kb)
            scope = self._scopes.of(view.edition, filter) if filter else None
            degraded, found = self._within(view, scope, query, max(k, self._settings.candidates), stage)
            hits = found if self._filters.revision(kb) == revision else self._at_once(view, found)
            is_whole = len(hits) == len(found) and self._catalog.has_edition(view.edition.id)
            if is_whole and not (scope and self._scopes.lost(scope, len(hits), k)):
                break
        hits = collapse(hits, partial(self._duplicates.standings, kb), (filter and filter.as_of) or date.today())
        return SearchResult(
            hits=tuple(hits[:k]),
            degraded=degraded,
            timings_ms={"retrieve": 1000 * (perf_counter() - started)},
            passages_left=scope.selection.passages if scope else None,
        )

    def _at_once(self, view: View, hits: Sequence[Hit]) -> list[Hit]:
        """The hits that are live as one look at the record has them: the arms looked at different times, and of a
        document that was replaced between them one may have found old passages and the other new ones."""
        ids = [hit.chunk.id for hit in hits]
        chunks = self._catalog.live_chunks(view.edition.kb, ids, view.edition.id)
        return [replace(hit, chunk=chunks[hit.chunk.id]) for hit in hits if hit.chunk.id in chunks]

    def _within(
        self, view: View, scope: Scope | None, query: str, wanted: int, stage: SearchStage
    ) -> tuple[tuple[str, ...], list[Hit]]:
        """The arms that were down, and the hits of the others, all of one edition."""
        arms: dict[Stage, Callable[[], _Arm]] = {}
        if stage is not SearchStage.DENSE:
            arms[Stage.LEXICAL] = lambda: self._lexical(view, scope, query, wanted)
        if stage is not SearchStage.LEXICAL:
            arms[Stage.DENSE] = lambda: self._dense(view, scope, query, wanted)
        found, degraded = self._run(arms)
        return degraded, self._combine(view, query, found)

    def _run(self, arms: Mapping[Stage, Callable[[], _Arm]]) -> tuple[dict[Stage, _Arm], tuple[str, ...]]:
        futures = {stage: self._pool.submit(arm) for stage, arm in arms.items()}
        found: dict[Stage, _Arm] = {}
        failed: dict[Stage, DependencyError] = {}
        for stage, future in futures.items():
            try:
                found[stage] = future.result()
            except DependencyError as error:
                logger.warning("the %s arm is down: %s", stage.value, error)
                failed[stage] = error
        if not found:
            raise next(iter(failed.values()))
        return found, tuple(stage.value for stage in failed)

    def _lexical(self, view: View, scope: Scope | None, query: str, wanted: int) -> _Arm:
        index = view.lexical()
        if scope is None:
            return self._live(view, wanted, lambda n: index.search(query, n))
        return self._left(
            view,
            scope,
            Stage.LEXICAL,
            wanted,
            lambda n: index.search(query, n),
            lambda n: index.search_within(query, n, scope.ids()),
        )

    def _dense(self, view: View, scope: Scope | None, query: str, wanted: int) -> _Arm:
        index = view.dense()
        vector = view.embedder().embed_query(query)
        if scope is None:
            arm = self._live(view, wanted, lambda n: index.search(vector, n))
        else:
            within = partial(scope.nearest, vector)
            arm = self._left(view, scope, Stage.DENSE, wanted, lambda n: index.search(vector, n), within)
        return replace(arm, vector=vector)

    def _left(self, view: View, scope: Scope, arm: Stage, wanted: int, search: Search, search_all: Search) -> _Arm:
        """The first ``wanted`` of what the filter leaves: by asking the index for more where that is likely to do,
        else, and where it did not do, out of all that are left."""
        n = scope.first_fetch(wanted, arm)
        if n is not None:
            found, is_enough = self._round(view, wanted, n, search, scope.selection)
            if is_enough:
                return found
        return self._live(view, wanted, search_all, scope.selection)

    def _live(self, view: View, wanted: int, search: Search, selection: Selection | None = None) -> _Arm:
        """The first ``wanted`` live passages, asking for more until they are found or the index has no more.

        Where more than half of them are copies, more are asked for and taken: the copies become one hit each.
        """
        n = wanted
        for number in count(1):
            arm, is_enough = self._round(view, wanted, n, search, selection)
            if is_enough or (number >= _ROUNDS and len(arm.chunks) >= wanted):
                break
            n *= 2
        return arm

    def _round(self, view: View, wanted: int, n: int, search: Search, selection: Selection | None) -> tuple[_Arm, bool]:
        """What is live of the first ``n``, and whether that is enough or all that there is."""
        found = search(n)
        ids = [hit.chunk_id for hit in found]
        chunks = self._catalog.live_chunks(view.edition.kb, ids, view.edition.id, selection)
        is_enough = len(found) < n or (len(chunks) >= wanted and 2 * distinct(chunks.values()) >= wanted)
        live = [hit for hit in found if hit.chunk_id in chunks]
        first = live[:wanted]
        if 2 * distinct([chunks[hit.chunk_id] for hit in first]) < wanted:
            first = live  # copies took the place of other passages
        return _Arm({hit.chunk_id: hit.score for hit in first}, chunks), is_enough

    def _combine(self, view: View, query: str, found: Mapping[Stage, _Arm]) -> list[Hit]:
        lexical, dense = found.get(Stage.LEXICAL, _NOTHING), found.get(Stage.DENSE, _NOTHING)
        if len(found) == 1:
            only = next(iter(found))
            fused, label = dict(found[only].scores), only
        else:
            dense = self._with_exact_cosines(view, lexical, dense)
            weight = self._dense_weight(view, query, lexical, dense)
            fused, label = fuse(lexical.scores, dense.scores, weight), Stage.FUSED
        chunks = {**dense.chunks, **lexical.chunks}
        order = sorted(fused, key=lambda i: (-fused[i], i))
        by_stage = {Stage.LEXICAL: lexical.scores, Stage.DENSE: dense.scores}
        return [
            Hit(
                chunk=chunks[i],
                score=fused[i],
                stage=label,
                scores={arm: scores[i] for arm, scores in by_stage.items() if i in scores},
            )
            for i in order
        ]

    def _with_exact_cosines(self, view: View, lexical: _Arm, dense: _Arm) -> _Arm:
        """The dense arm with the cosines of passages that only the lexical arm found, from the stored vectors."""
        if dense.vector is None:
            return dense
        missing = [i for i in lexical.scores if i not in dense.scores]
        edition = view.edition
        vectors = self._catalog.chunk_vectors(edition.kb, edition.recipe.fingerprint, missing, edition.id)
        exact = {i: float(dense.vector @ vector) for i, vector in vectors.items()}
        return replace(dense, scores={**dense.scores, **exact})

    def _dense_weight(self, view: View, query: str, lexical: _Arm, dense: _Arm) -> float:
        """How far to trust the dense arm here: the embedder must read both the question and the passages."""
        first = [*lexical.chunks.values()][:5] or [*dense.chunks.values()][:5]
        passages = " ".join(chunk.text[:200] for chunk in first)
        embedder = view.embedder()
        readable = min(embedder.legibility(query), embedder.legibility(passages))
        return self._settings.dense_weight * competence(readable)
