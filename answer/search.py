"""Retrieve, then rerank: the search that the pipeline, the command line and the evaluation share."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isnan
from time import perf_counter
from typing import Protocol

from core.errors import DependencyError, InvalidInput
from core.ports import Ranked, Reranker, SteppingReranker
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
            ranked = _ranked(self._reranker, query, head)
        except DependencyError as error:
            logger.warning("the reranker is down: %s", error)
            return replace(found, hits=found.hits[:k], degraded=(*found.degraded, "rerank"))
        better = sorted(_rescored(head, ranked), key=lambda hit: (-hit.score, hit.chunk.id))
        elapsed = 1000 * (perf_counter() - started)
        hits = (*better, *_below(better[-1].score, tail))[:k]
        timings = {**found.timings_ms, "rerank": elapsed}
        return replace(found, hits=hits, timings_ms=timings, degraded=(*found.degraded, *ranked.degraded))


def _ranked(reranker: Reranker, query: str, hits: Sequence[Hit]) -> Ranked:
    if isinstance(reranker, SteppingReranker):
        return reranker.rank(query, hits)
    return Ranked(scores=reranker.score(query, hits), steps={})


def _rescored(hits: Sequence[Hit], ranked: Ranked) -> Iterator[Hit]:
    for at, (hit, score) in enumerate(zip(hits, ranked.scores.tolist(), strict=True)):
        said = {step: float(each[at]) for step, each in ranked.steps.items() if not isnan(each[at])}
        yield replace(hit, score=score, stage=Stage.RERANKED, scores={**hit.scores, hit.stage: hit.score, **said})


def _below(lowest: float, tail: tuple[Hit, ...]) -> list[Hit]:
    """The hits that were not scored again, moved below those that were without changing their order."""
    return [replace(hit, score=lowest - 1 + hit.score - tail[0].score) for hit in tail]
