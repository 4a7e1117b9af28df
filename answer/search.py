"""Retrieve, then rerank: the search that the pipeline, the command line and the evaluation share."""

import logging
from dataclasses import replace
from time import perf_counter
from typing import Protocol

from core.errors import DependencyError, InvalidInput
from core.ports import Reranker
from core.settings import RerankSettings
from core.text import analyse
from core.types import Filter, Hit, SearchResult, SearchStage, Stage

logger = logging.getLogger(__name__)


class FirstStage(Protocol):
    """Candidates for a question; ``retrieval.search.Retriever`` is the real one."""

    def search(self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None = None) -> SearchResult:
        """At most ``k`` hits, best first, of what the filter leaves."""
        ...


class Searcher:
    """Thread-safe where its parts are."""

    def __init__(self, first: FirstStage, reranker: Reranker, settings: RerankSettings) -> None:
        self._first = first
        self._reranker = reranker
        self._settings = settings

    def search(self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None = None) -> SearchResult:
        """At most ``k`` hits, best first, of what the filter leaves.

        Raises ``InvalidInput`` for an empty query or an unusable filter, ``NotFound`` for a knowledge base.

        ``rerank`` scores the first ``rerank.candidates`` fused hits again; the others follow them in fused order.
        """
        wanted = self.wanted(query, k, stage)
        return self.finished(query, self._first.search(kb, query, wanted, stage, filter), k, stage)

    def wanted(self, query: str, k: int, stage: SearchStage) -> int:
        """How many hits the first stage is to give. Raises ``InvalidInput`` for an empty query or ``k`` below 1."""
        if not analyse(query):
            raise InvalidInput(f"the query {query!r:.40} holds no word; give at least one")
        if k < 1:
            raise InvalidInput(f"k = {k}; ask for at least one hit")
        return max(k, self._settings.candidates) if stage is SearchStage.RERANK else k

    def finished(self, query: str, found: SearchResult, k: int, stage: SearchStage) -> SearchResult:
        """The first ``k`` of what the first stage found, reranked where the stage says so."""
        if stage is not SearchStage.RERANK or not found.hits:
            return replace(found, hits=found.hits[:k])
        return self._reranked(query, found, k)

    def _reranked(self, query: str, found: SearchResult, k: int) -> SearchResult:
        started = perf_counter()
        head, tail = found.hits[: self._settings.candidates], found.hits[self._settings.candidates :]
        try:
            scores = self._reranker.score(query, head).tolist()
        except DependencyError as error:
            logger.warning("the reranker is down: %s", error)
            return replace(found, hits=found.hits[:k], degraded=(*found.degraded, "rerank"))
        better = sorted(map(_rescored, head, scores), key=lambda hit: (-hit.score, hit.chunk.id))
        elapsed = 1000 * (perf_counter() - started)
        hits = (*better, *_below(better[-1].score, tail))[:k]
        return replace(found, hits=hits, timings_ms={**found.timings_ms, "rerank": elapsed})


def _rescored(hit: Hit, score: float) -> Hit:
    return replace(hit, score=score, stage=Stage.RERANKED, scores={**hit.scores, hit.stage: hit.score})


def _below(lowest: float, tail: tuple[Hit, ...]) -> list[Hit]:
    """The hits that were not scored again, moved below those that were without changing their order."""
    return [replace(hit, score=lowest - 1 + hit.score - tail[0].score) for hit in tail]
