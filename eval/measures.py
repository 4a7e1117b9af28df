"""Retrieval measures by ir_measures: a measure is a value, a query without a result counts as 0.

nDCG has linear gains and a log2 discount (Järvelin & Kekäläinen 2002); recall, MRR and MAP take every grade of 1 or
more as relevant. MAP is taken over as many documents as the run holds.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import ir_measures
from ir_measures import AP, RR, R, nDCG

from eval.dataset import Qrels

Run: TypeAlias = Mapping[str, Sequence[tuple[str, float]]]

_MEASURES = {
    "nDCG@10": nDCG @ 10,
    "recall@10": R @ 10,
    "recall@100": R @ 100,
    "MRR@10": RR @ 10,
    "MAP": AP,
}
MEASURES = tuple(_MEASURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """``per_query[measure][query id]`` lies in 0..1 and has one entry per judged query, in the order of the qrels."""

    per_query: Mapping[str, Mapping[str, float]]

    def mean(self, measure: str) -> float:
        """Mean over the judged queries."""
        values = self.per_query[measure].values()
        return math.fsum(values) / len(values)


def measure_run(run: Run, qrels: Qrels) -> Measured:
    """Every measure of ``MEASURES`` for every query of ``qrels``.

    Each query's documents are ranked by score, equal scores by document id, whatever their order in ``run``. Raises
    ``ValueError`` for a repeated document, a score that is not a number, or qrels without queries.
    """
    if not qrels:
        raise ValueError("no judged query to measure")
    ranked = {query: ranked_ids(query, run.get(query, ())) for query in qrels}
    per_query = {name: dict.fromkeys(qrels, 0.0) for name in _MEASURES}
    names = {measure: name for name, measure in _MEASURES.items()}
    for found in ir_measures.iter_calc(list(names), _plain(qrels), _by_rank(ranked)):
        per_query[names[found.measure]][found.query_id] = float(found.value)
    return Measured(per_query=per_query)


def ranked_ids(query: str, scored: Sequence[tuple[str, float]]) -> list[str]:
    """Document ids by falling score, equal scores by id. Raises as ``measure_run`` does."""
    repeated = [document for document, count in Counter(document for document, _ in scored).items() if count > 1]
    if repeated:
        raise ValueError(f"query {query!r} ranks {repeated[0]!r} more than once")
    for document, score in scored:
        if not math.isfinite(score):
            raise ValueError(f"query {query!r} gives {document!r} the score {score!r}")
    return [document for document, _ in sorted(scored, key=lambda entry: (-entry[1], entry[0]))]


def _plain(qrels: Qrels) -> dict[str, dict[str, int]]:
    return {query: dict(grades) for query, grades in qrels.items()}


def _by_rank(ranked: Mapping[str, Sequence[str]]) -> dict[str, dict[str, float]]:
    # The providers behind ir_measures break ties in their own, differing ways; scores made from ranks leave no ties.
    return {
        query: {document: float(len(ids) - rank) for rank, document in enumerate(ids)} for query, ids in ranked.items()
    }
