"""What became of one passage in one search: where each arm ranks it, and what kept it out."""

from collections.abc import Mapping, Sequence

from core.explanation import Copy, Place, Trail
from core.types import Chunk, Filter, FloatArray, Hit, Stage
from retrieval.arms import Search
from retrieval.found import Found
from retrieval.fusion import fuse
from store.catalog import Catalog
from store.filters import Filters
from store.ledger import Ledger
from store.whereabouts import PassageFinder

# Ranks are looked for this far down each index: about a tenth of a second each.
LOOKED = 5_000
# A passage comes back for its own vector among so many, unless there are more copies of it.
_OWN_NEIGHBOURS = 50
_SAME = 1 - 1e-4


class Tracker:
    """Follows passages through one search. ``groups`` are its hits in order, each with those that it stands for;
    ``conditions`` those of its filter, each by itself."""

    def __init__(
        self,
        catalog: Catalog,
        found: Found,
        groups: Sequence[tuple[Hit, Sequence[Hit]]],
        query: str,
        conditions: Sequence[tuple[str, Filter]],
    ) -> None:
        self._catalog = catalog
        self._finder = PassageFinder(catalog)
        self._found = found
        self._edition = found.view.edition
        self._groups = groups
        self._query = query
        self._conditions = conditions
        self._selection = found.scope.selection if found.scope else None

    def trail(self, asked: str, visible: frozenset[str]) -> Trail:
        """Of the passage with this id, or of the best one of the document with this id or source."""
        where = self._finder.find(self._edition.kb, asked, self._edition.id, visible)
        if not where.chunks:
            return Trail(asked=asked, absence=where.absence)
        chunks = {chunk.id: chunk for chunk in where.chunks}
        left = self._catalog.live_chunks(self._edition.kb, [*chunks], self._edition.id, self._selection)
        if not left:
            first = where.chunks[0]
            return Trail(asked=asked, ids=frozenset(chunks), chunk=first, excluded_by=self._excluded_by(first))
        return self._followed(asked, frozenset(chunks), left)

    def _excluded_by(self, chunk: Chunk) -> tuple[str, ...]:
        kb, edition = self._edition.kb, self._edition.id
        filters = Filters(self._catalog)
        return tuple(
            words
            for words, filter in self._conditions
            if not self._catalog.live_chunks(kb, [chunk.id], edition, filters.select(kb, edition, filter))
        )

    def _followed(self, asked: str, ids: frozenset[str], left: Mapping[str, Chunk]) -> Trail:
        words, cosines = self._words(left), self._cosines(left)
        best = self._best(left, words, cosines)
        places = self._places(best, words, cosines)
        return Trail(
            asked=asked,
            ids=ids,
            chunk=left[best],
            places=places,
            looked=LOOKED,
            terms=self._found.view.lexical().shares(self._query, [best]).get(best, ()) if best in words else (),
            behind=self._behind(best),
            missing_from=self._missing_from(left[best], places),
            copy_of=self._copy_of(best),
        )

    def _words(self, left: Mapping[str, Chunk]) -> dict[str, float]:
        """BM25 scores of those that share a term."""
        if Stage.LEXICAL not in self._found.arms:
            return {}
        index = self._found.view.lexical()
        return {hit.chunk_id: hit.score for hit in index.search_within(self._query, len(left), [*left])}

    def _cosines(self, left: Mapping[str, Chunk]) -> dict[str, float]:
        vector = self._vector
        if vector is None:
            return {}
        return {chunk_id: float(vector @ own) for chunk_id, own in self._own_vectors([*left]).items()}

    @property
    def _vector(self) -> FloatArray | None:
        return self._found.arms[Stage.DENSE].vector if Stage.DENSE in self._found.arms else None

    def _own_vectors(self, ids: Sequence[str]) -> dict[str, FloatArray]:
        edition = self._edition
        return self._catalog.chunk_vectors(edition.kb, edition.recipe.fingerprint, ids, edition.id)

    def _best(self, left: Mapping[str, Chunk], words: Mapping[str, float], cosines: Mapping[str, float]) -> str:
        """The one that came furthest: the first among the hits, else the best of them by both arms."""
        for hit in self._found.hits:
            if hit.chunk.id in left:
                return hit.chunk.id
        weight = self._found.trust.dense if self._found.trust else 1.0
        scores = fuse(words, cosines, weight, asked=len(left) + 1)  # those without a term are known to have none
        return min(left, key=lambda i: (-scores.get(i, 0.0), left[i].ordinal))

    def _places(self, chunk_id: str, words: Mapping[str, float], cosines: Mapping[str, float]) -> dict[Stage, Place]:
        places = {}
        for arm, scores in ((Stage.LEXICAL, words), (Stage.DENSE, cosines)):
            if chunk_id in scores:
                places[arm] = Place(scores[chunk_id], self._rank(arm, chunk_id))
        for rank, (hit, group) in enumerate(self._groups, start=1):
            if hit.stage is Stage.FUSED and any(each.chunk.id == chunk_id for each in group):
                places[Stage.FUSED] = Place(hit.score, rank)
        return places

    def _rank(self, arm: Stage, chunk_id: str) -> int | None:
        """Among the candidates or, where it is none, as far down as is looked."""
        candidates = [*self._found.arms[arm].scores]
        if chunk_id in candidates:
            return candidates.index(chunk_id) + 1
        ids = [hit.chunk_id for hit in self._deeper(arm)(LOOKED)]
        if chunk_id not in ids:
            return None
        before = ids[: ids.index(chunk_id) + 1]
        return len(self._catalog.live_chunks(self._edition.kb, before, self._edition.id, self._selection))

    def _deeper(self, arm: Stage) -> Search:
        view, scope, query, vector = self._found.view, self._found.scope, self._query, self._vector
        if arm is Stage.LEXICAL:
            words = view.lexical()
            return (lambda n: words.search_within(query, n, scope.ids())) if scope else lambda n: words.search(query, n)
        assert vector is not None
        if scope:
            return lambda n: scope.nearest(vector, n)
        return lambda n: view.dense().search(vector, n)

    def _behind(self, chunk_id: str) -> dict[Stage, int]:
        """The arms whose index has not seen the last change of this passage, and how many changes they are behind."""
        newest = self._finder.newest_change(self._edition.kb, chunk_id)
        ledger = Ledger(self._catalog)
        head = ledger.head(self._edition.kb)
        lag = {Stage(arm): n for arm, n in ledger.lag(self._edition.kb).items()}
        return {arm: n for arm, n in lag.items() if arm in self._found.arms and newest > head - n}

    def _missing_from(self, chunk: Chunk, places: Mapping[Stage, Place]) -> tuple[Stage, ...]:
        found = {arm for arm, place in places.items() if place.rank is not None}
        return tuple(arm for arm in self._found.arms if arm not in found and self._lacks(arm, chunk))

    def _lacks(self, arm: Stage, chunk: Chunk) -> bool:
        """Whether the index does not find the passage by its own words or its own vector."""
        view = self._found.view
        if arm is Stage.LEXICAL:
            return not view.lexical().search_within(chunk.indexed_text, 1, [chunk.id])
        own = self._own_vectors([chunk.id]).get(chunk.id)
        if own is None:
            return False
        near = view.dense().search(own, _OWN_NEIGHBOURS)
        is_crowded = len(near) == _OWN_NEIGHBOURS and near[-1].score >= _SAME
        return not is_crowded and chunk.id not in {hit.chunk_id for hit in near}

    def _copy_of(self, chunk_id: str) -> Copy | None:
        for hit, group in self._groups:
            if hit.chunk.id != chunk_id and any(each.chunk.id == chunk_id for each in group):
                return Copy(chunk_id=hit.chunk.id, source=hit.chunk.source)
        return None
