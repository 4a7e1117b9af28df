"""A search with its explanation: what retrieval says of it, and what reranking made of that."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from answer.search import Searcher
from answer.why import Reached, why_of
from core.explanation import Explained, HitAccount, Place, Trail
from core.types import Filter, Hit, SearchStage, Stage

_STEPS = (Stage.LATE_INTERACTION, Stage.CROSS_ENCODER)


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
            reranked=_read(ranked.hits),
            timings_ms={**found.explanation.timings_ms, **ranked.timings_ms},
            why=told,
        )
        return Explained(result=replace(ranked, hits=ranked.hits[:k]), explanation=explanation)


def _accounts(hits: Sequence[Hit], known: Mapping[str, HitAccount]) -> list[HitAccount]:
    """In the order of the hits, with the places that reranking and its steps gave them."""
    steps = {step: _places(step, hits) for step in _STEPS}
    return [
        replace(account, places={**account.places, **said, Stage.RERANKED: Place(hit.score, rank)})
        if hit.stage is Stage.RERANKED
        else account
        for rank, hit in enumerate(hits, start=1)
        if (account := known[hit.chunk.id])
        for said in [{step: places[hit.chunk.id] for step, places in steps.items() if hit.chunk.id in places}]
    ]


def _places(step: Stage, hits: Sequence[Hit]) -> dict[str, Place]:
    """By the id of each passage that a step of reranking scored: its place among those."""
    scored = sorted((hit for hit in hits if step in hit.scores), key=lambda hit: (-hit.scores[step], hit.chunk.id))
    return {hit.chunk.id: Place(hit.scores[step], rank) for rank, hit in enumerate(scored, start=1)}


def _read(hits: Sequence[Hit]) -> dict[Stage, int]:
    """How many passages each step of reranking scored, in the order of the steps; all of them last."""
    counts = {step: sum(step in hit.scores for hit in hits) for step in _STEPS}
    counts[Stage.RERANKED] = sum(hit.stage is Stage.RERANKED for hit in hits)
    return {step: count for step, count in counts.items() if count}
