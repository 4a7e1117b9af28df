"""The reference lexical index: rank-bm25 in memory, for knowledge bases of up to 10,000 passages."""

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from math import log

import numpy as np
from rank_bm25 import BM25Okapi

from core.errors import DependencyError, InvalidInput
from core.explanation import TermShare
from core.ports import IndexEntry, ScoredId
from core.text import ANALYSER_VERSION, analyse, query_weights

MOST_PASSAGES = 10_000


class Bm25Store:
    """Makes indexes that live in memory, so each process builds them from the record."""

    durable = False
    fingerprint = f"rank-bm25 analyser-{ANALYSER_VERSION}"

    def create(self, generation: str) -> "RankBm25Index":
        """A new empty index."""
        return RankBm25Index()

    def open(self, generation: str) -> "RankBm25Index":
        """Always raises ``DependencyError``: nothing outlives the process."""
        raise DependencyError(f"the rank-bm25 index {generation} lived in another process's memory")

    def sweep(self, keep: Collection[str]) -> None:
        """Nothing on disk to sweep."""

    def close(self) -> None:
        """Nothing to close."""


class _LuceneBM25(BM25Okapi):  # type: ignore[misc]  # rank-bm25 ships no types
    """BM25Okapi with Lucene's idf, log(1 + (N - n + 0.5) / (n + 0.5)), which is never zero or negative."""

    def _calc_idf(self, nd: dict[str, int]) -> None:
        self.idf = {term: log(1 + (self.corpus_size - n + 0.5) / (n + 0.5)) for term, n in nd.items()}


class RankBm25Index:
    """A ``LexicalIndex`` in memory; scores are BM25 with k1 = 1.2 and b = 0.75, as tantivy's."""

    is_worn = False

    def __init__(self) -> None:
        self._terms: dict[str, list[str]] = {}
        self._ids: list[str] = []
        self._model: _LuceneBM25 | None = None

    def apply(self, adds: Sequence[IndexEntry], deletes: Sequence[str]) -> None:
        """Raises ``InvalidInput`` when more than 10,000 passages would be held."""
        terms = dict(self._terms)
        for chunk_id in deletes:
            terms.pop(chunk_id, None)
        terms |= {entry.chunk_id: analyse(entry.text) for entry in adds}
        if len(terms) > MOST_PASSAGES:
            raise InvalidInput(
                f"retrieval.lexical_backend = 'rank_bm25' holds at most {MOST_PASSAGES:,} passages, "
                f"got {len(terms):,}; use 'tantivy'"
            )
        self._terms, self._ids = terms, sorted(terms)
        # rank-bm25 divides by zero on a corpus without terms.
        has_terms = any(terms.values())
        self._model = _LuceneBM25([terms[i] for i in self._ids], k1=1.2, b=0.75) if has_terms else None

    def search(self, query: str, k: int, also: Collection[str] = ()) -> list[ScoredId]:
        """At most ``k`` passages that share a term with the query."""
        return self._best(query_weights(query, also), k, None)

    def search_within(self, query: str, k: int, ids: Collection[str], also: Collection[str] = ()) -> list[ScoredId]:
        """As ``search``, of these passages."""
        return self._best(query_weights(query, also), k, frozenset(ids))

    def shares(self, query: str, ids: Sequence[str], also: Collection[str] = ()) -> dict[str, tuple[TermShare, ...]]:
        """What each term of the query gives these passages, the weightiest first; without those that share none."""
        model = self._model
        if model is None:
            return {}
        asked = {term: weight for term, weight in query_weights(query, also).items() if term in model.idf}
        rows = {i: self._ids.index(i) for i in ids if i in self._terms}
        return {i: shares for i, row in rows.items() if (shares := _shares_of(model, asked, row))}

    def ids(self) -> set[str]:
        """Every id in the index."""
        return set(self._terms)

    def close(self) -> None:
        """Nothing to close."""

    def _best(self, weights: Mapping[str, float], k: int, among: frozenset[str] | None) -> list[ScoredId]:
        if self._model is None:
            return []
        # rank-bm25 leaves the constant factor (k1 + 1) in the numerator; Lucene and tantivy have it as well.
        scores = np.zeros(len(self._ids))
        for term, weight in weights.items():
            scores += weight * self._model.get_scores([term])
        order = (int(i) for i in np.lexsort((np.arange(len(scores)), -scores)) if scores[i] > 0)
        kept = order if among is None else (i for i in order if self._ids[i] in among)
        return [ScoredId(self._ids[i], float(scores[i])) for i in islice(kept, k)]


def _shares_of(model: _LuceneBM25, asked: Mapping[str, float], row: int) -> tuple[TermShare, ...]:
    counts, length = model.doc_freqs[row], model.k1 * (1 - model.b + model.b * model.doc_len[row] / model.avgdl)
    made = [
        TermShare(
            term=term,
            score=times * model.idf[term] * counts[term] * (model.k1 + 1) / (counts[term] + length),
            idf=model.idf[term],
            passages=sum(term in each for each in model.doc_freqs),
            count=counts[term],
        )
        for term, times in asked.items()
        if term in counts
    ]
    return tuple(sorted(made, key=lambda share: (-share.score, share.term)))
