"""Retrieval measures by ir_measures: a measure is a value, a query without a result counts as 0.

nDCG has linear gains and a log2 discount (Järvelin & Kekäläinen 2002); all others take every grade of 1 or more as
relevant. MAP without a cut-off is taken over as many documents as the run holds. ``judged@k`` is the share of the first
k documents that anybody judged: where it is low, the other measures say little.
"""

import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import ir_measures
from ir_measures import AP, RR, Judged, P, R, Success, nDCG

from core.errors import InvalidInput
from eval.sets.qrels import Qrels

Run: TypeAlias = Mapping[str, Sequence[tuple[str, float]]]

DEPTH = 100
"""Documents ranked per query, and so the largest cut-off of a measure."""

MEASURES = ("nDCG@10", "recall@10", "recall@100", "MRR@10", "MAP", "P@5", "judged@10")
"""What is measured unless asked otherwise: the order of the first page, what reaches a reranker, the first good hit,
what a person sees at a glance, and how far the judgements reach."""

_KINDS: Mapping[str, Any] = {
    "nDCG": nDCG,
    "recall": R,
    "MRR": RR,
    "MAP": AP,
    "P": P,
    "judged": Judged,
    "success": Success,
}
_WHOLE = frozenset({"MRR", "MAP"})  # these have a value without a cut-off
_OTHER_NAMES = {"r": "recall", "rr": "MRR", "ap": "MAP", "precision": "P", "hit": "success"}
_CANONICAL = {**{name.lower(): name for name in _KINDS}, **_OTHER_NAMES}
_FORM = re.compile(r"([A-Za-z]+)(?:@([0-9]{1,9}))?")
KNOWN_FORMS = "nDCG@k, recall@k, MRR, MRR@k, MAP, MAP@k, P@k, judged@k, success@k"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """``per_query[measure][query id]`` lies in 0..1 and has one entry per judged query, in the order of the qrels."""

    per_query: Mapping[str, Mapping[str, float]]

    @property
    def names(self) -> tuple[str, ...]:
        """The measures, in the order in which they were asked for."""
        return tuple(self.per_query)

    def mean(self, measure: str) -> float:
        """Mean over the judged queries."""
        values = self.per_query[measure].values()
        return math.fsum(values) / len(values)


def parse_measure(text: str) -> str:
    """The canonical name, such as ``nDCG@20`` for ``ndcg@20`` and ``recall@5`` for ``R@5``.

    Raises ``InvalidInput`` with the known forms for another name, a missing cut-off and one outside 1..``DEPTH``.
    """
    form = _FORM.fullmatch(text.strip())
    name = _CANONICAL.get(form[1].lower()) if form else None
    if form is None or name is None:
        near = difflib.get_close_matches(re.split("@", text)[0].strip().lower(), _CANONICAL, n=1)
        hint = f" (did you mean {_CANONICAL[near[0]]}?)" if near else ""
        raise InvalidInput(f"no measure {text!r}{hint}; known are {KNOWN_FORMS}")
    if form[2] is None:
        if name not in _WHOLE:
            raise InvalidInput(f"measure {text!r} needs a cut-off, for example {name}@10; known are {KNOWN_FORMS}")
        return name
    if not 1 <= int(form[2]) <= DEPTH:
        raise InvalidInput(f"measure {text!r}: k runs from 1 to {DEPTH}, the number of documents that are ranked")
    return f"{name}@{int(form[2])}"


def parse_measures(texts: Iterable[str]) -> tuple[str, ...]:
    """The canonical names without repeats; ``MEASURES`` where there is none. Raises as ``parse_measure`` does."""
    return tuple(dict.fromkeys(parse_measure(text) for text in texts)) or MEASURES


def measure_run(run: Run, qrels: Qrels, measures: Sequence[str] = MEASURES) -> Measured:
    """Every measure for every query of ``qrels``.

    Each query's documents are ranked by score, equal scores by document id, whatever their order in ``run``. Raises
    ``ValueError`` for a repeated document, a score that is not a number, or qrels without queries, and ``InvalidInput``
    as ``parse_measure`` does.
    """
    if not qrels:
        raise ValueError("no judged query to measure")
    ranked = {query: ranked_ids(query, run.get(query, ())) for query in qrels}
    names = {_vendor_measure(name): name for name in map(parse_measure, measures)}
    per_query = {name: dict.fromkeys(qrels, 0.0) for name in names.values()}
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


def _vendor_measure(name: str) -> Any:
    kind, _, cutoff = name.partition("@")
    return _KINDS[kind] @ int(cutoff) if cutoff else _KINDS[kind]


def _plain(qrels: Qrels) -> dict[str, dict[str, int]]:
    return {query: dict(grades) for query, grades in qrels.items()}


def _by_rank(ranked: Mapping[str, Sequence[str]]) -> dict[str, dict[str, float]]:
    # The providers behind ir_measures break ties in their own, differing ways; scores made from ranks leave no ties.
    # An empty ranking is left out: it is 0 anyway, and the provider of Judged would divide by its length.
    return {
        query: {document: float(len(ids) - rank) for rank, document in enumerate(ids)}
        for query, ids in ranked.items()
        if ids
    }
