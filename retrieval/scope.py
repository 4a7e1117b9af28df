"""What a filter leaves, kept from question to question until the record changes, and exact search within it.

A filter that leaves much is met by asking an index for more; one that leaves little by scoring all that it leaves, from
the stored vectors and by a set of ids in the lexical index. ``docs/decisions/0023-filters.md`` has the measurements.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from math import ceil

import numpy as np
from numpy.typing import NDArray

from core.ports import ScoredId
from core.types import Filter, FloatArray, Stage
from store.catalog import Catalog
from store.editions import Edition
from store.filters import Filters
from store.selection import Selection

# Asked of an index: this much more than a filter that is spread evenly would need. In the lexical one, a passage of a
# set costs as much as one that is fetched; kept vectors are scored faster than Chroma returns as many passages.
_SPARE = 1.3
# An index looks as widely as it is asked for many: of half of 100,000 passages 260 gave .989 of the first ten of exact
# search.
_WIDE = 400
_SCORED = 10_000
_FETCHED = 1_000
_MOST_FETCHED = 5_000
# Vectors kept in memory, of one filter and over all of them: 150 MB of 384 dimensions.
_MOST_SCORED = 25_000
_KEPT_VECTORS = 100_000
_KEPT_FILTERS = 64
_BLOCK = 2_000


class Scopes:
    """The filters of one home. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._filters = Filters(catalog)
        self._known: OrderedDict[tuple[int, Filter], Scope] = OrderedDict()
        self._guard = threading.Lock()

    def of(self, edition: Edition, filter: Filter) -> "Scope":
        """What the filter leaves of an edition now. Raises ``InvalidInput`` for unknown names and values."""
        key = (edition.id, filter)
        revision = self._filters.revision(edition.kb)
        with self._guard:
            known = self._known.get(key)
        if known is None or known.selection.revision != revision:
            selection = self._filters.select(edition.kb, edition.id, filter)
            known = Scope(self._catalog, self._filters, edition, selection, known)
        with self._guard:
            self._known[key] = known
            self._known.move_to_end(key)
            self._trim()
        return known

    def lost(self, scope: "Scope", found: int, wanted: int) -> bool:
        """Whether hits are missing that a write took away meanwhile: the search is to be made again."""
        if found >= min(wanted, scope.selection.passages):
            return False
        return self._filters.revision(scope.kb) != scope.selection.revision

    def _trim(self) -> None:
        """Give back the vectors of filters that were not asked for longest, and forget all but the last ones."""
        while len(self._known) > _KEPT_FILTERS:
            self._known.popitem(last=False)
        held = sum(scope.held for scope in self._known.values())
        for scope in self._known.values():
            if held <= _KEPT_VECTORS:
                break
            held -= scope.held
            scope.release()


@dataclass(frozen=True, slots=True)
class _Rows:
    """Passages with their vectors: ``versions`` of shape (n,), ``vectors`` of shape (n, dim)."""

    versions: NDArray[np.int64]
    ids: list[str]
    vectors: FloatArray

    def of(self, versions: Collection[int]) -> "_Rows":
        """Those of some versions only."""
        kept = np.isin(self.versions, sorted(versions))
        return _Rows(self.versions[kept], [*compress(self.ids, kept.tolist())], self.vectors[kept])

    def nearest(self, vector: FloatArray, k: int) -> list[ScoredId]:
        """The best ``k`` by dot product, ties by id."""
        if not self.ids:
            return []
        scores = self.vectors @ vector
        last = np.partition(scores, -k)[-k] if k < len(scores) else -np.inf
        found = [ScoredId(self.ids[i], float(scores[i])) for i in np.flatnonzero(scores >= last)]
        return sorted(found, key=_order)[:k]


class Scope:
    """One filter in one edition as of one state of the record. Thread-safe."""

    def __init__(
        self,
        catalog: Catalog,
        filters: Filters,
        edition: Edition,
        selection: Selection,
        before: "Scope | None" = None,
    ) -> None:
        self.selection = selection
        self._catalog = catalog
        self._filters = filters
        self._edition = edition
        # Versions never change: of those that were left before as well, everything is known.
        self._before = None if before is None else before._kept
        self._ids: list[str] | None = None
        self._kept: _Rows | None = None
        self._lock = threading.Lock()

    @property
    def kb(self) -> str:
        """The only knowledge base that it reads."""
        return self._edition.kb

    @property
    def held(self) -> int:
        """Vectors in memory."""
        return 0 if self._kept is None else len(self._kept.ids)

    def release(self) -> None:
        """Give back the memory of the vectors; they are read again when they are needed."""
        self._kept = None

    def first_fetch(self, wanted: int, arm: Stage) -> int | None:
        """How many passages to ask an index for, so that ``wanted`` of this filter may be among them; None where
        looking at all that are left is cheaper."""
        left = self.selection.passages
        if left <= wanted:
            return None
        n = ceil(_SPARE * wanted * self.selection.of / left)
        if arm is Stage.LEXICAL:
            return n if n <= left else None
        if left <= _SCORED:
            return None
        n = max(n, _WIDE)
        return n if n <= max(_FETCHED if left <= _MOST_SCORED else _MOST_FETCHED, 2 * wanted) else None

    def ids(self) -> list[str]:
        """Every passage that the filter leaves."""
        with self._lock:
            if self._ids is None:
                versions = sorted(self.selection.versions)
                self._ids = [chunk_id for _, chunk_id, _ in self._filters.passages(self.selection, versions)]
            return self._ids

    def nearest(self, vector: FloatArray, k: int) -> list[ScoredId]:
        """The ``k`` passages nearest to a vector of length 1, by the cosine of every one that the filter leaves."""
        with self._lock:
            kept = self._kept
            if kept is None and self.selection.passages <= _MOST_SCORED:
                kept = self._kept = self._read()
        if kept is not None:
            return kept.nearest(vector, k)
        best: list[ScoredId] = []
        for rows in self._rows(self.selection.versions):
            best = sorted([*best, *rows.nearest(vector, k)], key=_order)[:k]
        return best

    def _read(self) -> _Rows:
        before, self._before = self._before, None
        if before is None:
            return _joined([*self._rows(self.selection.versions)])
        known = before.of(self.selection.versions)
        return _joined([known, *self._rows(self.selection.versions.difference(known.versions.tolist()))])

    def _rows(self, versions: Collection[int]) -> Iterator[_Rows]:
        """What the record holds of these versions, part by part."""
        passages = self._filters.passages(self.selection, sorted(versions))
        while part := [*islice(passages, _BLOCK)]:
            vectors = self._catalog.vectors(self._edition.recipe.fingerprint, sorted({key for _, _, key in part}))
            read = [(version, chunk_id, vectors[key]) for version, chunk_id, key in part if key in vectors]
            if read:
                of, ids, rows = zip(*read, strict=True)
                yield _Rows(np.array(of, dtype=np.int64), [*ids], np.stack(rows))


def _joined(parts: Sequence[_Rows]) -> _Rows:
    filled = [part for part in parts if part.ids]
    if not filled:
        return _Rows(np.empty(0, dtype=np.int64), [], np.empty((0, 0), dtype=np.float32))
    return _Rows(
        np.concatenate([part.versions for part in filled]),
        [chunk_id for part in filled for chunk_id in part.ids],
        np.concatenate([part.vectors for part in filled]),
    )


def _order(hit: ScoredId) -> tuple[float, str]:
    return -hit.score, hit.chunk_id
