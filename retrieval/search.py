"""A question becomes hits: both arms, joined with the live record, fused."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from time import perf_counter
from typing import Protocol

from core.errors import DependencyError, Unavailable
from core.explanation import Explained, Trail
from core.settings import RetrievalSettings
from core.timing import timed
from core.types import Filter, Hit, SearchResult, SearchStage, Stage
from retrieval.arms import Arm, Arms, Demand
from retrieval.collapse import collapsed
from retrieval.found import Combiner, Found
from retrieval.indexes import View
from retrieval.scope import Scope, Scopes
from retrieval.synonyms import with_synonyms
from store.catalog import Catalog
from store.duplicates import Duplicates
from store.filters import Filters
from store.synonyms import SynonymLists

logger = logging.getLogger(__name__)

# What is written while it is searched may leave too little of what was found, and an edition that is forgotten too:
# the search begins again.
_VIEWS = 3


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
        self._synonyms = SynonymLists(catalog)
        self._arms = Arms(catalog)
        self._combiner = Combiner(settings)
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="search-arm")

    def search(self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None = None) -> SearchResult:
        """At most ``k`` live passages by the lexical arm, the dense arm or both (``hybrid``; ``rerank`` the same).

        Of what a filter leaves the dense arm finds ``k`` where there are as many, the lexical arm those that share a
        term. An arm that fails is named in ``degraded`` and done without; when no arm is left its error is raised.
        """
        started = perf_counter()
        found = self._found(kb, query, k, stage, filter)
        hits = [hit for hit, _ in self._collapsed(found, filter)]
        return _result(found, hits[:k], started)

    def explain(
        self,
        kb: str,
        query: str,
        k: int,
        stage: SearchStage,
        filter: Filter | None = None,
        *,
        why: str = "",
        visible: Collection[str] = (),
    ) -> tuple[Explained, Trail | None]:
        """``search`` with its explanation and, where ``why`` names a passage or document, what became of that.

        Of knowledge bases besides ``kb``, only those that the asker may see (``visible``) are told of.
        """
        from retrieval.explain import Explainer

        started = perf_counter()
        found = self._found(kb, query, k, stage, filter)
        groups = self._collapsed(found, filter)
        result = _result(found, [hit for hit, _ in groups[:k]], started)
        explainer = Explainer(self._catalog, found, groups, query, filter)
        explained = Explained(result=result, explanation=explainer.explanation(k))
        return explained, explainer.trail(why, visible) if why else None

    def _found(self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None) -> Found:
        """Hits that were all live at one moment, of one edition."""
        for _ in range(_VIEWS):
            revision = self._filters.revision(kb)
            view = with_synonyms(self._indexes.view(kb), self._synonyms)
            scope = self._scopes.of(view.edition, filter) if filter else None
            first = self._within(view, scope, query, k, stage)
            is_still = self._filters.revision(kb) == revision
            found = first if is_still else replace(first, hits=self._at_once(view, first.hits))
            is_whole = len(found.hits) == len(first.hits) and self._catalog.has_edition(view.edition.id)
            if is_whole and not (scope and self._scopes.lost(scope, len(found.hits), k)):
                break
        return found

    def _collapsed(self, found: Found, filter: Filter | None) -> list[tuple[Hit, Sequence[Hit]]]:
        standings = partial(self._duplicates.standings, found.view.edition.kb)
        return collapsed(found.hits, standings, (filter and filter.as_of) or date.today())

    def _at_once(self, view: View, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The hits that are live as one look at the record has them: the arms looked at different times, and of a
        document that was replaced between them one may have found old passages and the other new ones."""
        ids = [hit.chunk.id for hit in hits]
        chunks = self._catalog.live_chunks(view.edition.kb, ids, view.edition.id)
        return tuple(replace(hit, chunk=chunks[hit.chunk.id]) for hit in hits if hit.chunk.id in chunks)

    def _within(self, view: View, scope: Scope | None, query: str, k: int, stage: SearchStage) -> Found:
        """What one view gives, without the arms that are down."""
        wanted = max(k, self._settings.candidates)
        # Each hit stands for words of its own; half of the candidates are to be no copies in any case.
        demand = Demand(passages=wanted, distinct=max(k, (wanted + 1) // 2))
        arms: dict[Stage, Callable[[], Arm]] = {}
        if stage is not SearchStage.DENSE:
            is_fused = stage is not SearchStage.LEXICAL
            arms[Stage.LEXICAL] = lambda: self._arms.lexical(view, scope, query, demand, with_vectors=is_fused)
        if stage is not SearchStage.LEXICAL:
            arms[Stage.DENSE] = lambda: self._arms.dense(view, scope, query, demand)
        found, degraded = self._run(arms)
        timings: dict[str, float] = {}
        with timed(timings, "fuse"):
            hits, trust = self._combiner.hits(view, query, found, wanted)
        for arm in found.values():
            timings |= arm.timings_ms
        return Found(view=view, scope=scope, arms=found, hits=hits, trust=trust, degraded=degraded, timings_ms=timings)

    def _run(self, arms: Mapping[Stage, Callable[[], Arm]]) -> tuple[dict[Stage, Arm], tuple[str, ...]]:
        futures = {stage: self._pool.submit(arm) for stage, arm in arms.items()}
        found: dict[Stage, Arm] = {}
        failed: dict[Stage, DependencyError] = {}
        for stage, future in futures.items():
            try:
                found[stage] = future.result()
            except DependencyError as error:
                logger.warning("the %s arm is down: %s", stage.value, error)
                failed[stage] = error
        if not found:
            raise _all_down(failed)
        return found, tuple(stage.value for stage in failed)


def _all_down(failed: Mapping[Stage, DependencyError]) -> DependencyError:
    """One error for all arms; worth another try where each of theirs is."""
    errors = [*failed.values()]
    if len(errors) == 1:
        return errors[0]
    kind = Unavailable if all(error.retryable for error in errors) else DependencyError
    told = "; ".join(f"{stage.value}: {error}" for stage, error in failed.items())
    return kind(f"neither index can be searched ({told})")


def _result(found: Found, hits: Sequence[Hit], started: float) -> SearchResult:
    return SearchResult(
        hits=tuple(hits),
        degraded=found.degraded,
        timings_ms={"retrieve": 1000 * (perf_counter() - started)},
        passages_left=found.scope.selection.passages if found.scope else None,
    )
