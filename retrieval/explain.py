"""How a search came about: every hit's place in each stage, its terms, what the filter left, times by step."""

from collections.abc import Collection, Mapping, Sequence

from core.errors import DependencyError
from core.explanation import ConditionLeft, Copy, Explanation, HitAccount, Place, TermShare, Trail, Weights
from core.text import analyse_query, identifier_share
from core.types import Condition, Filter, Hit, Stage
from retrieval.found import Found
from retrieval.trail import Tracker
from store.catalog import Catalog
from store.filters import Filters


class Explainer:
    """Explains one search. ``groups`` are its hits in order, each with those that it stands for."""

    def __init__(
        self,
        catalog: Catalog,
        found: Found,
        groups: Sequence[tuple[Hit, Sequence[Hit]]],
        query: str,
        filter: Filter | None,
    ) -> None:
        self._catalog = catalog
        self._filters = Filters(catalog)
        self._found = found
        self._groups = groups
        self._query = query
        self._conditions = [*_single(filter)]
        self._ranks = {arm: _ranks(each.scores) for arm, each in found.arms.items()}

    def explanation(self, k: int) -> Explanation:
        """Of the first ``k`` hits."""
        shown = self._groups[:k]
        terms = self._terms([group[0].chunk.id for _, group in shown])
        edition = self._found.view.edition
        return Explanation(
            terms=tuple(dict.fromkeys(analyse_query(self._query))) if Stage.LEXICAL in self._found.arms else (),
            candidates={arm: len(each.scores) for arm, each in self._found.arms.items()},
            passages=self._filters.count(edition.kb, edition.id),
            filter=tuple(ConditionLeft(condition=words, passages=self._left(one)) for words, one in self._conditions),
            weights=self._weights(),
            hits=tuple(self._account(rank, hit, group, terms) for rank, (hit, group) in enumerate(shown, start=1)),
            timings_ms=self._found.timings_ms,
        )

    def trail(self, asked: str, visible: Collection[str]) -> Trail:
        """What became of a passage, or of the best one of a document."""
        tracker = Tracker(self._catalog, self._found, self._groups, self._query, self._conditions)
        return tracker.trail(asked, frozenset(visible))

    def _weights(self) -> Weights | None:
        trust = self._found.trust
        if trust is None:
            return None
        return Weights(
            dense=trust.dense,
            question_legible=trust.question_legible,
            passages_legible=trust.passages_legible,
            identifiers=identifier_share(self._query),
        )

    def _left(self, filter: Filter) -> int:
        edition = self._found.view.edition
        return self._filters.select(edition.kb, edition.id, filter).passages

    def _account(
        self, rank: int, hit: Hit, group: Sequence[Hit], terms: Mapping[str, tuple[TermShare, ...]]
    ) -> HitAccount:
        best = group[0].chunk.id
        places = {arm: Place(score, self._ranks[arm].get(best)) for arm, score in hit.scores.items()}
        if hit.stage is Stage.FUSED:
            places[Stage.FUSED] = Place(hit.score, rank)
        copies = [Copy(chunk_id=h.chunk.id, source=h.chunk.source) for h in group if h.chunk.id != hit.chunk.id]
        return HitAccount(chunk_id=hit.chunk.id, places=places, terms=terms.get(best, ()), copies=tuple(copies))

    def _terms(self, ids: Sequence[str]) -> Mapping[str, tuple[TermShare, ...]]:
        if Stage.LEXICAL not in self._found.arms:
            return {}
        try:
            return self._found.view.lexical().shares(self._query, ids)
        except DependencyError:
            return {}  # gone since it was searched: the hits are told of without it


def _ranks(scores: Mapping[str, float]) -> dict[str, int]:
    return {chunk_id: rank for rank, chunk_id in enumerate(scores, start=1)}


def _single(filter: Filter | None) -> Sequence[tuple[str, Filter]]:
    """Each condition as a filter by itself, under the words of the command line."""
    if filter is None:
        return ()
    parts = [(_words(each), Filter(conditions=(each,))) for each in filter.conditions]
    return [*parts, (f"as of {filter.as_of}", Filter(as_of=filter.as_of))] if filter.as_of else parts


def _words(condition: Condition) -> str:
    return f"{condition.name}{'!=' if condition.negated else '='}{' or '.join(condition.values)}"
