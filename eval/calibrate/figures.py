"""How good probabilities and a bar are, over the questions of one language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from eval.answers.abstention import auroc, brier, calibration_error
from eval.calibrate.bounds import exact_interval
from eval.calibrate.samples import Sample
from eval.runs.intervals import Interval, bootstrap

Scores = NDArray[np.float64]
Labels = NDArray[np.bool_]

_OF_PROBABILITY: Mapping[str, Callable[[Scores, Labels], float]] = MappingProxyType(
    {"ece": calibration_error, "brier": brier, "auroc": auroc}
)
FIGURES = (*_OF_PROBABILITY, "coverage", "precision", "gold_precision")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, 0 to 1, with its 95 % interval; both None where no question says anything about it."""

    value: float | None
    interval: Interval | None = None


Figures = Mapping[str, Estimate]
"""By the names of ``FIGURES``.

- ``ece``, ``brier``, ``auroc``: of the probability that the evidence answers, see ``eval.answers.abstention``
- ``coverage``: share of all questions that pass the bar
- ``precision``: of those, the share that is answerable
- ``gold_precision``: of those, the share whose claims rest on a gold quote
"""


def figures(samples: Sequence[Sample], probability: Scores, shown: Labels) -> Figures:
    """``probability`` and ``shown`` (whether the bar is passed) have shape (n,), in the order of ``samples``."""
    labels = answerable(samples)
    gold = np.array([sample.shows_gold for sample in samples], dtype=np.bool_)
    return {
        **{name: _estimate(measure, probability, labels) for name, measure in _OF_PROBABILITY.items()},
        "coverage": _share(shown),
        "precision": _share(labels[shown]),
        "gold_precision": _share(gold[shown]),
    }


def answerable(samples: Sequence[Sample]) -> Labels:
    """Shape (n,)."""
    return np.array([sample.answerable for sample in samples], dtype=np.bool_)


def scores(samples: Sequence[Sample]) -> Scores:
    """Shape (n,)."""
    return np.array([sample.score for sample in samples], dtype=np.float64)


def _estimate(measure: Callable[[Scores, Labels], float], probability: Scores, labels: Labels) -> Estimate:
    value = measure(probability, labels)
    if np.isnan(value):
        return Estimate(None)
    return Estimate(value, bootstrap(lambda chosen: measure(probability[chosen], labels[chosen]), len(labels)))


def _share(hits: Labels) -> Estimate:
    if not hits.size:
        return Estimate(None)
    return Estimate(float(hits.mean()), exact_interval(int(hits.sum()), hits.size))
