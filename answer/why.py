"""Why a passage is among the hits or not, in words that need no knowledge of the engine."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.explanation import Explanation, HitAccount, LostAt, Place, Trail, Why
from core.types import Hit, SearchStage, Stage

_ARMS = {Stage.LEXICAL: "by words", Stage.DENSE: "by meaning"}
_MOST_TERMS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far one search went: its hits in their last order, ``wanted`` of which left retrieval and ``k`` were asked
    for."""

    hits: Sequence[Hit]
    accounts: Sequence[HitAccount]
    k: int
    wanted: int
    stage: SearchStage


def why_of(trail: Trail, explanation: Explanation, reached: Reached) -> Why:
    """The first step, in the order of a search, that the passage did not come through."""
    if trail.chunk is None:
        return Why(asked=trail.asked, lost_at=LostAt.RECORD, reason=trail.absence)
    if trail.excluded_by:
        return _lost(trail, LostAt.FILTER, f"it does not meet the filter: {'; '.join(trail.excluded_by)}")
    for rank, (hit, account) in enumerate(zip(reached.hits, reached.accounts, strict=True), start=1):
        if account.chunk_id in trail.ids:
            return _ranked(trail, hit, account, rank, reached)
        for copy in account.copies:
            if copy.chunk_id in trail.ids:
                reason = f"{hit.chunk.source} says the same and stands for it, {_hit_of(rank, reached)}"
                return Why(
                    asked=trail.asked,
                    lost_at=LostAt.COPY,
                    reason=reason,
                    chunk_id=copy.chunk_id,
                    source=copy.source,
                    places=account.places,
                    terms=account.terms,
                )
    return _not_among_hits(trail, explanation, reached)


def _ranked(trail: Trail, hit: Hit, account: HitAccount, rank: int, reached: Reached) -> Why:
    """One that left retrieval: it is shown, or below what was asked for."""
    is_reranked = hit.stage is Stage.RERANKED
    lost_at = LostAt.NOWHERE if rank <= reached.k else LostAt.RERANK if is_reranked else LostAt.FUSION
    before = account.places.get(Stage.FUSED)
    moved = f"; before reranking its rank was {before.rank}" if is_reranked and before else ""
    return Why(
        asked=trail.asked,
        lost_at=lost_at,
        reason=f"it is {_hit_of(rank, reached)}{moved}",
        chunk_id=hit.chunk.id,
        source=hit.chunk.source,
        places=account.places,
        terms=account.terms,
    )


def _hit_of(rank: int, reached: Reached) -> str:
    if rank <= reached.k:
        return f"shown as hit {rank}"
    return f"ranked {rank}, and {_hits(reached.k)} asked for"


def _not_among_hits(trail: Trail, explanation: Explanation, reached: Reached) -> Why:
    """One that did not leave retrieval."""
    fused = trail.places.get(Stage.FUSED)
    if fused is not None:
        says = f"{trail.copy_of.source} says the same and stands for it; " if trail.copy_of else ""
        return _lost(trail, LostAt.FUSION, f"{says}{_too_low(fused, reached)}")
    if trail.behind:
        return _lost(trail, LostAt.INDEX, f"{_behind(trail)}, and has yet to take this passage in; ask again soon")
    if trail.missing_from:
        arms = " and ".join(arm.value for arm in trail.missing_from)
        reason = f"the record has it, but the {arms} index does not find it; run citedesk verify, then rebuild"
        return _lost(trail, LostAt.INDEX, reason)
    arms = "; ".join(_by_arm(arm, trail, explanation, reached) for arm in _asked_arms(reached.stage))
    return _lost(trail, LostAt.CANDIDATES, arms)


def _behind(trail: Trail) -> str:
    arms = [f"the {arm.value} index is {n:,} change{'s' if n > 1 else ''}" for arm, n in sorted(trail.behind.items())]
    return f"{' and '.join(reversed(arms))} behind the record"


def _too_low(fused: Place, reached: Reached) -> str:
    if reached.wanted > reached.k:
        return f"both arms together rank it {fused.rank}; only the first {reached.wanted} are reranked"
    return f"both arms together rank it {fused.rank}, and {_hits(reached.k)} asked for"


def _by_arm(arm: Stage, trail: Trail, explanation: Explanation, reached: Reached) -> str:
    """Where one arm put a passage that is among the candidates of none, or below those that were asked for."""
    way, place, taken = _ARMS[arm], trail.places.get(arm), explanation.candidates.get(arm)
    if taken is None:
        return f"{way}: not looked at, the {arm.value} index was down"
    if place is None and arm is Stage.LEXICAL:
        return f"{way}: it shares none with the question ({_some(explanation.terms)})"
    if place is None:
        return f"{way}: it has no vector yet"
    if place.rank is None:
        return f"{way}: it is not among the first {trail.looked:,}"
    if place.rank <= taken:
        return f"{way}: rank {place.rank:,}, and {_hits(reached.k)} asked for"
    return f"{way}: rank {place.rank:,}, and the first {taken:,} are candidates"


def _asked_arms(stage: SearchStage) -> tuple[Stage, ...]:
    if stage is SearchStage.LEXICAL:
        return (Stage.LEXICAL,)
    return (Stage.DENSE,) if stage is SearchStage.DENSE else (Stage.LEXICAL, Stage.DENSE)


def _some(terms: Sequence[str]) -> str:
    return ", ".join(terms[:_MOST_TERMS]) + (" …" if len(terms) > _MOST_TERMS else "")


def _hits(k: int) -> str:
    return "1 hit was" if k == 1 else f"{k:,} hits were"


def _lost(trail: Trail, lost_at: LostAt, reason: str) -> Why:
    assert trail.chunk is not None
    return Why(
        asked=trail.asked,
        lost_at=lost_at,
        reason=reason,
        chunk_id=trail.chunk.id,
        source=trail.chunk.source,
        places=trail.places,
        terms=trail.terms,
    )
