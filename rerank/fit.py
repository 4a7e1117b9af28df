"""Linear weights from judged candidate lists: one set that orders, one that says how likely a passage answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray
from rerank.features import FEATURES, standardised
from rerank.late_interaction import Weights

Vector: TypeAlias = NDArray[np.float64]
Bound: TypeAlias = tuple[float | None, float | None]

# Where the data are silent the order stays the first stage's.
_PRIOR = np.array([1.0 if name == "fused" else 0.0 for name in FEATURES])
# More agreement never counts against a passage; the length and the backward look may go either way.
_FREE = frozenset({"length", "maxsim_back"})
_SHRINK = 1e-4  # L2 of the logistic regression: only to tell features apart that say the same
# These differ from one collection to the next (its size, its having headings), so no probability rests on them.
_RELATIVE = frozenset({"fused", "lexical", "heading", "length"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedList:
    """The candidates of one question: raw features of shape (n, len(FEATURES)) and grades of shape (n,), 0 or more."""

    source: str
    rows: FloatArray
    grades: NDArray[np.int64]


def fit(lists: Sequence[JudgedList], *, strength: float) -> Weights:
    """Both sets of weights; ``strength`` is the L2 pull of the order towards the first stage's.

    Raises ``ValueError`` where no list has both a relevant and another candidate.
    """
    useful = [each for each in lists if 0 < np.count_nonzero(each.grades) < len(each.grades)]
    if not useful:
        raise ValueError(f"none of {len(lists)} lists has a relevant candidate beside another one")
    relevance, bias = _fit_relevance(lists)
    return Weights(order=_fit_order(useful, strength), relevance=relevance, bias=bias)


def _fit_order(lists: Sequence[JudgedList], strength: float) -> FloatArray:
    """Listwise softmax (ListNet's top-one loss, Cao et al. 2007)."""
    share = _source_shares(lists)
    rows = [standardised(each.rows).astype(np.float64) for each in lists]
    targets = [each.grades / each.grades.sum() for each in lists]

    def loss(weights: Vector) -> tuple[float, Vector]:
        value, slope = strength * float(np.sum((weights - _PRIOR) ** 2)), 2 * strength * (weights - _PRIOR)
        for part, each, target in zip(share, rows, targets, strict=True):
            scores = each @ weights
            log_shares = scores - scores.max() - np.log(np.exp(scores - scores.max()).sum())
            value -= part * float(target @ log_shares)
            slope += part * ((np.exp(log_shares) - target) @ each)
        return value, slope

    return _least(loss, _PRIOR, [_at_least_zero(name) for name in FEATURES]).astype(np.float32)


def _fit_relevance(lists: Sequence[JudgedList]) -> tuple[FloatArray, float]:
    """Logistic regression over single passages, scaled for the fit and unscaled after it."""
    used = [name not in _RELATIVE for name in FEATURES]
    rows = np.concatenate([each.rows for each in lists])[:, used].astype(np.float64)
    signs = np.where(np.concatenate([each.grades for each in lists]) > 0, 1.0, -1.0)
    sizes = np.array([len(each.grades) for each in lists])
    shares = np.repeat(_source_shares(lists) / np.maximum(sizes, 1), sizes)
    centre, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    scaled = np.column_stack([(rows - centre) / spread, np.ones(len(rows))])

    def loss(weights: Vector) -> tuple[float, Vector]:
        margins = signs * (scaled @ weights)
        value = shares @ np.logaddexp(0, -margins) + _SHRINK * float(np.sum(weights[:-1] ** 2))
        slope = -(shares * signs / (1 + np.exp(margins))) @ scaled
        slope[:-1] += 2 * _SHRINK * weights[:-1]
        return float(value), slope

    bounds = [_at_least_zero(name) for name, kept in zip(FEATURES, used, strict=True) if kept]
    found = _least(loss, np.zeros(scaled.shape[1]), [*bounds, (None, None)])
    weights = np.zeros(len(FEATURES), dtype=np.float32)
    weights[used] = found[:-1] / spread
    return weights, float(found[-1] - found[:-1] @ (centre / spread))


def _least(loss: Callable[[Vector], tuple[float, Vector]], start: Vector, bounds: Sequence[Bound]) -> Vector:
    from scipy.optimize import minimize  # type: ignore[import-untyped]  # no stubs

    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x)


def _at_least_zero(name: str) -> Bound:
    return (None, None) if name in _FREE else (0.0, None)


def _source_shares(lists: Sequence[JudgedList]) -> NDArray[np.float64]:
    """A weight for each list: together 1, the same for each source."""
    names, positions, counts = np.unique([each.source for each in lists], return_inverse=True, return_counts=True)
    return np.asarray(1.0 / (len(names) * counts[positions]))
