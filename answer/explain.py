"""A search with its explanation: what retrieval says of it, and what reranking made of that."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from answer.search import Searcher
from answer.why import Reached, why_of
from core.explanation import Explained, HitAccount, Place, Trail
from core.types import Filter, Hit, SearchStage, Stage


class ExplainedStage(Protocol):
    """Candidates with their explanation; ``retrieval.search.Retriever`` is the real one."""

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
        """At most ``k`` hits, best first, and the trail of what ``why`` names."""
        ...


class SearchExplainer:
    """Searches as its ``searcher`` does. Thread-safe where its parts are."""

    def __init__(self, first: ExplainedStage, searcher: Searcher) -> None:
        self._first = first
        self._searcher = searcher

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
    ) -> Explained:
        """What ``Searcher.search`` returns, and how it came about. Raises as that does."""
        wanted = self._searcher.wanted(query, k, stage)
        found, trail = self._first.explain(kb, query, wanted, stage, filter, why=why, visible=visible)
        ranked = self._searcher.finished(query, found.result, wanted, stage)
        accounts = _accounts(ranked.hits, {each.chunk_id: each for each in found.explanation.hits})
        told = None
        if trail is not None:
            reached = Reached(hits=ranked.hits, accounts=accounts, k=k, wanted=wanted, stage=stage)
            told = why_of(trail, found.explanation, reached)
        explanation = replace(
            found.explanation,
            hits=tuple(accounts[:k]),
            timings_ms={**found.explanation.timings_ms, **ranked.timings_ms},
            why=told,
        )
        return Explained(result=replace(ranked, hits=ranked.hits[:k]), explanation=explanation)


def _accounts(hits: Sequence[Hit], known: Mapping[str, HitAccount]) -> list[HitAccount]:
    """In the order of the hits, with the place that reranking gave them."""
    return [
        replace(account, places={**account.places, Stage.RERANKED: Place(hit.score, rank)})
        if hit.stage is Stage.RERANKED
        else account
        for rank, hit in enumerate(hits, start=1)
        if (account := known[hit.chunk.id])
    ]
