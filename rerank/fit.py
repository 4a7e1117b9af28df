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
_FULL = 200  # lists: a source of fewer counts less, or a handful of questions would speak as loud as hundreds
_SHRINK = 1e-4  # L2 of the logistic regression: only to tell features apart that say the same
# These differ from one collection to the next (its size, its having headings), so no probability rests on them.
_RELATIVE = frozenset({"fused", "lexical", "heading", "length"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedList:
    """The candidates of one question: raw features of shape (n, len(FEATURES)) and grades of shape (n,), 0 or more."""

    source: str
    rows: FloatArray
    grades: NDArray[np.int64]

    @property
    def tells(self) -> bool:
        """Whether it has both a relevant candidate and another one."""
        return 0 < int(np.count_nonzero(self.grades)) < len(self.grades)


@dataclass(frozen=True, slots=True, kw_only=True)
class Padded:
    """Lists of one length: ``rows`` of shape (l, n, f), standardised; ``targets`` (l, n), shares of the grades, sum 1;
    ``held`` (l, n), where a candidate stands; ``shares`` (l,), the weight of each list, together 1."""

    rows: FloatArray
    targets: FloatArray
    held: NDArray[np.bool_]
    shares: FloatArray

    @classmethod
    def of(cls, lists: Sequence[JudgedList]) -> "Padded":
        """Every list must tell."""
        longest = max(len(each.grades) for each in lists)
        rows = np.zeros((len(lists), longest, len(FEATURES)), dtype=np.float32)
        targets = np.zeros((len(lists), longest), dtype=np.float32)
        held = np.zeros((len(lists), longest), dtype=np.bool_)
        for place, each in enumerate(lists):
            size = len(each.grades)
            rows[place, :size], held[place, :size] = standardised(each.rows), True
            targets[place, :size] = each.grades / each.grades.sum()
        return cls(rows=rows, targets=targets, held=held, shares=source_shares(lists).astype(np.float32))


def fit(lists: Sequence[JudgedList], *, strength: float) -> Weights:
    """Both sets of weights; ``strength`` is the L2 pull of the order towards the first stage's.

    Raises ``ValueError`` where no list has both a relevant and another candidate.
    """
    useful = [each for each in lists if each.tells]
    if not useful:
        raise ValueError(f"none of {len(lists)} lists has a relevant candidate beside another one")
    relevance, bias = _fit_relevance(lists)
    return Weights(order=_fit_order(useful, strength), relevance=relevance, bias=bias)


def _fit_order(lists: Sequence[JudgedList], strength: float) -> FloatArray:
    """Listwise softmax (ListNet's top-one loss, Cao et al. 2007)."""
    from scipy.special import logsumexp  # type: ignore[import-untyped]  # no stubs

    padded = Padded.of(lists)
    rows, nothing = padded.rows.astype(np.float64), np.where(padded.held, 0.0, -np.inf)

    def loss(weights: Vector) -> tuple[float, Vector]:
        scores = rows @ weights + nothing
        shares = np.exp(scores - logsumexp(scores, axis=1, keepdims=True))
        chosen = np.log(np.maximum(shares, 1e-300))
        value = -float(padded.shares @ (padded.targets * chosen).sum(axis=1))
        slope = np.einsum("ln,lnf->f", (shares - padded.targets) * padded.shares[:, None], rows)
        pull = weights - _PRIOR
        return value + strength * float(pull @ pull), slope + 2 * strength * pull

    return least(loss, _PRIOR, [_at_least_zero(name) for name in FEATURES]).astype(np.float32)


def _fit_relevance(lists: Sequence[JudgedList]) -> tuple[FloatArray, float]:
    """Logistic regression over single passages, scaled for the fit and unscaled after it."""
    used = [name not in _RELATIVE for name in FEATURES]
    rows = np.concatenate([each.rows for each in lists])[:, used].astype(np.float64)
    signs = np.where(np.concatenate([each.grades for each in lists]) > 0, 1.0, -1.0)
    sizes = np.array([len(each.grades) for each in lists])
    shares = np.repeat(source_shares(lists) / np.maximum(sizes, 1), sizes)
    centre, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    scaled = np.column_stack([(rows - centre) / spread, np.ones(len(rows))])

    def loss(weights: Vector) -> tuple[float, Vector]:
        margins = signs * (scaled @ weights)
        value = shares @ np.logaddexp(0, -margins) + _SHRINK * float(np.sum(weights[:-1] ** 2))
        slope = -(shares * signs / (1 + np.exp(margins))) @ scaled
        slope[:-1] += 2 * _SHRINK * weights[:-1]
        return float(value), slope

    bounds = [_at_least_zero(name) for name, kept in zip(FEATURES, used, strict=True) if kept]
    found = least(loss, np.zeros(scaled.shape[1]), [*bounds, (None, None)])
    weights = np.zeros(len(FEATURES), dtype=np.float32)
    weights[used] = found[:-1] / spread
    return weights, float(found[-1] - found[:-1] @ (centre / spread))


def least(loss: Callable[[Vector], tuple[float, Vector]], start: Vector, bounds: Sequence[Bound]) -> Vector:
    """The weights of the least ``loss``, which gives its value and slope, within the bounds."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]  # no stubs

    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x)


def _at_least_zero(name: str) -> Bound:
    return (None, None) if name in _FREE else (0.0, None)


def source_shares(lists: Sequence[JudgedList]) -> NDArray[np.float64]:
    """A weight for each list: together 1, the same for each source, less for one of fewer than 200 lists."""
    _, positions, counts = np.unique([each.source for each in lists], return_inverse=True, return_counts=True)
    weights = 1.0 / np.maximum(counts, _FULL)[positions]
    return np.asarray(weights / weights.sum())
