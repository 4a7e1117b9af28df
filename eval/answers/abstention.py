"""How well a probability tells questions that may be answered from those that must not.

Each function takes arrays of shape (n,): ``scores``, and a truth value per question. Equal scores share their outcomes
evenly, so that no figure depends on the order of the questions. A figure that has nothing to say is NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Truths = NDArray[np.bool_]

BINS = 10
_COVERAGES = tuple(step / 10 for step in range(1, 11))


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """Answering the ``coverage`` (0 to 1) most probable questions, ``risk`` of the answers are wrong.

    ``threshold`` is the lowest score among them.
    """

    coverage: float
    risk: float
    threshold: float


def auroc(scores: Scores, positive: Truths) -> float:
    """Chance, 0 to 1, that a positive scores above a negative, ties counting half; NaN where either is missing.

    The Mann-Whitney rank statistic (Hanley & McNeil 1982).
    """
    above, below = scores[positive], np.sort(scores[~positive])
    if not (above.size and below.size):
        return float("nan")
    beaten = np.searchsorted(below, above, side="left") + np.searchsorted(below, above, side="right")
    return float(beaten.sum() / (2 * above.size * below.size))


def aurc(scores: Scores, right: Truths) -> float:
    """Area under the risk-coverage curve, 0 to 1, lower is better: the mean risk (Geifman et al. 2019)."""
    risks = _risks(scores, right)
    return float(risks.mean()) if risks.size else float("nan")


def excess_aurc(scores: Scores, right: Truths) -> float:
    """What ``aurc`` loses against scores that put every right answer first, 0 at best (Geifman et al. 2019)."""
    return aurc(scores, right) - aurc(right.astype(np.float64), right)


def curve(scores: Scores, right: Truths, coverages: Sequence[float] = _COVERAGES) -> tuple[CurvePoint, ...]:
    """The risk-coverage curve at these coverages, each rounded up to a whole question; empty without questions."""
    risks, ordered = _risks(scores, right), -np.sort(-scores)
    places = [max(1, int(np.ceil(coverage * len(risks) - 1e-9))) - 1 for coverage in coverages] if risks.size else []
    return tuple(
        CurvePoint(coverage=(place + 1) / len(risks), risk=float(risks[place]), threshold=float(ordered[place]))
        for place in places
    )


def brier(scores: Scores, positive: Truths) -> float:
    """Mean squared distance of probability and truth, 0 to 1, lower is better (Brier 1950)."""
    return float(np.mean((scores - positive) ** 2)) if scores.size else float("nan")


def calibration_error(scores: Scores, positive: Truths, bins: int = BINS) -> float:
    """Expected calibration error, 0 to 1: distance of mean probability and share of positives, over bins of equal size.

    Equal mass rather than equal width, which leaves bins nearly empty (Nixon et al. 2019). Bins have two questions at
    least.
    """
    if not scores.size:
        return float("nan")
    order = np.argsort(scores, kind="stable")
    distance = (scores - _shared(scores, positive))[order]
    starts = [part[0] for part in np.array_split(np.arange(len(order)), max(1, min(bins, len(order) // 2)))]
    return float(np.abs(np.add.reduceat(distance, starts)).sum() / len(order))


def _risks(scores: Scores, right: Truths) -> Scores:
    """Shape (n,): share of wrong answers among the 1, 2, … n questions of highest score."""
    wrong = 1 - _shared(scores, right)
    ordered = wrong[np.argsort(-scores, kind="stable")]
    return np.asarray(np.cumsum(ordered) / np.arange(1, len(ordered) + 1), dtype=np.float64)


def _shared(scores: Scores, truths: Truths) -> Scores:
    """Shape (n,): the share of truths among the questions of the same score."""
    _, group = np.unique(scores, return_inverse=True)
    totals = np.bincount(group, weights=truths.astype(np.float64))
    return np.asarray((totals / np.maximum(np.bincount(group), 1))[group] if scores.size else totals, dtype=np.float64)
