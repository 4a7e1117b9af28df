"""Curves that make a score a probability: fitted, and chosen by their log loss on documents they have not seen."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from answer.decision.bars import Curve, IsotonicCurve, LogisticCurve

Scores = NDArray[np.float64]
Labels = NDArray[np.bool_]
Fit = Callable[[Scores, Labels], Curve]

_EDGE = 1e-6
# Inverse of the L2 penalty: the slope is hardly held back, and stays finite where the labels part at one score.
_STRENGTH = 10.0


def fit_logistic(scores: Scores, labels: Labels) -> LogisticCurve:
    """Over the log-odds of scores of shape (n,); both labels must occur. A slope that would fall is 0."""
    from sklearn.linear_model import LogisticRegression

    held = np.clip(scores, _EDGE, 1 - _EDGE)
    model = LogisticRegression(C=_STRENGTH).fit(np.log(held / (1 - held))[:, None], labels)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope < 0:
        share = float(labels.mean())
        return LogisticCurve(slope=0.0, intercept=round(float(np.log(share / (1 - share))), 5))
    return LogisticCurve(slope=round(slope, 5), intercept=round(intercept, 5))


def fit_isotonic(scores: Scores, labels: Labels) -> IsotonicCurve:
    """Never below 1 / (n + 2) nor above its complement: n questions cannot show that something never happens."""
    from sklearn.isotonic import IsotonicRegression

    least = 1 / (len(scores) + 2)
    model = IsotonicRegression(y_min=least, y_max=1 - least).fit(scores, labels.astype(np.float64))
    return IsotonicCurve(
        scores=tuple(round(float(x), 5) for x in model.X_thresholds_),
        probabilities=tuple(round(float(y), 5) for y in model.y_thresholds_),
    )


FITS: Mapping[str, Fit] = MappingProxyType({"logistic": fit_logistic, "isotonic": fit_isotonic})


def probabilities(curve: Curve, scores: Scores) -> Scores:
    """Shape (n,) for scores of shape (n,)."""
    return np.array([curve.probability(float(score)) for score in scores], dtype=np.float64)


def cross_fitted(fit: Fit, scores: Scores, labels: Labels, folds: Sequence[Labels]) -> Scores:
    """Shape (n,): the probability of each question by a curve that was fitted on the other folds."""
    found = np.zeros(len(scores), dtype=np.float64)
    for fold in folds:
        found[fold] = probabilities(fit(scores[~fold], labels[~fold]), scores[fold])
    return found


def log_loss(probability: Scores, labels: Labels) -> float:
    """Mean surprise in nats, lower is better."""
    held = np.clip(probability, _EDGE, 1 - _EDGE)
    return float(-np.mean(np.where(labels, np.log(held), np.log1p(-held))))


def cross_validated_losses(scores: Scores, labels: Labels, folds: Sequence[Labels]) -> dict[str, float]:
    """Log loss by kind of curve; the lower one is the better, and of equals the logistic."""
    return {kind: log_loss(cross_fitted(fit, scores, labels, folds), labels) for kind, fit in FITS.items()}
