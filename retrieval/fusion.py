"""One order out of two: a sum of standard scores, weighed by the question and by what the embedder can read.

The numbers in ``fusion.json`` are fitted by ``eval/fit/fusion.py``; ``docs/decisions/0028`` has what else was tried.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.text import identifier_share, language_of
from core.types import Language

Scores: TypeAlias = NDArray[np.float64]

_FITTED = Path(__file__).with_name("fusion.json")
_TIE_BREAK = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionWeights:
    """``dense`` is the weight by the question's language of a dense arm that reads everything, beside a lexical one of
    1. ``lean`` lowers it by the share of identifiers in the question, to 0 where their product is 1 or more. Below
    ``blind`` as the share of legible text the dense arm says nothing, from ``fluent`` on it counts fully."""

    dense: Mapping[Language, float]
    lean: float
    blind: float
    fluent: float

    def competence(self, legible: float) -> float:
        """Factor 0..1 for a text of which this share, 0..1, is known to the embedder."""
        return float(np.clip((legible - self.blind) / (self.fluent - self.blind), 0.0, 1.0))

    def of(self, question: str, legible: float) -> float:
        """Weight of the dense arm for a question; ``legible`` is the smaller share of the question and the passages."""
        return self.at(language_of(question), identifier_share(question), legible)

    def at(self, language: Language, identifiers: float, legible: float) -> float:
        """As ``of``, for a question with this share of identifiers."""
        return self.dense[language] * max(0.0, 1.0 - self.lean * identifiers) * self.competence(legible)


@cache
def fitted_weights() -> FusionWeights:
    """The weights that ship, read once."""
    stored = json.loads(_FITTED.read_text(encoding="utf-8"))["weights"]
    return FusionWeights(**stored)


def standard_scores(scores: Scores, *, floor: float | None = None) -> Scores:
    """Mean 0 and deviation 1. NaN, which is no score, takes ``floor`` or else the lowest that was given. All equal or
    none: zeros."""
    known = scores[~np.isnan(scores)]
    lowest = known.min() if known.size else 0.0
    values = np.where(np.isnan(scores), lowest if floor is None else floor, scores)
    spread = values.std()
    return np.asarray((values - values.mean()) / spread if spread > 0 else np.zeros_like(values))


def combine(lexical: Scores, dense: Scores, weight: float, *, asked: int) -> Scores:
    """Fused scores of candidates; both arrays have shape (n,), n at least 1, and NaN where an arm has no score.

    A lexical arm that gave fewer than it was ``asked`` for has no more: what it did not give shares no term with the
    question and scores 0. Otherwise that scores at most as much as the lowest one that was given.
    """
    has_all = np.count_nonzero(~np.isnan(lexical)) < asked
    return standard_scores(lexical, floor=0.0 if has_all else None) + weight * standard_scores(dense)


def fuse(
    lexical: Mapping[str, float], dense: Mapping[str, float], dense_weight: float, *, asked: int
) -> dict[str, float]:
    """Fused score of every id in either arm, each of which was ``asked`` for so many.

    A dense arm without weight still orders what the lexical arm did not find.
    """
    ids = sorted({*lexical, *dense})
    if not ids:
        return {}
    left, right = _in_order(lexical, ids), _in_order(dense, ids)
    return dict(zip(ids, combine(left, right, max(dense_weight, _TIE_BREAK), asked=asked).tolist(), strict=True))


def _in_order(scores: Mapping[str, float], ids: Sequence[str]) -> Scores:
    return np.array([scores.get(i, np.nan) for i in ids], dtype=np.float64)
