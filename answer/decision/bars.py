"""What an answer must pass, by language: the bar on the decision's score, the curve that makes that score a
probability, and the bar on a claim's support.

The bar lies on the score, not on the probability: an isotonic curve has plateaus, and a bar on a plateau would also let
through the scores below it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from answer.decision.calibration import load_threshold
from answer.proof.prove import SUPPORT_BAR
from core.types import Language

# A score of exactly 0 or 1 has no log-odds.
_EDGE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticCurve:
    """Platt's curve (1999) over the log-odds of the score. The identity has slope 1 and intercept 0."""

    slope: float
    intercept: float
    kind: Literal["logistic"] = "logistic"

    def __post_init__(self) -> None:
        if self.slope < 0:
            raise ValueError(f"a curve must not fall, got slope {self.slope}")

    def probability(self, score: float) -> float:
        """0..1 for a score in 0..1; never falls as the score rises."""
        held = min(max(score, _EDGE), 1 - _EDGE)
        log_odds = self.slope * np.log(held / (1 - held)) + self.intercept
        return float(1 / (1 + np.exp(-log_odds)))


@dataclass(frozen=True, slots=True, kw_only=True)
class IsotonicCurve:
    """Straight lines between knots: ``probabilities[i]`` at ``scores[i]``; flat before the first and after the last."""

    scores: tuple[float, ...]
    probabilities: tuple[float, ...]
    kind: Literal["isotonic"] = "isotonic"

    def __post_init__(self) -> None:
        if not self.scores or len(self.scores) != len(self.probabilities):
            raise ValueError(
                f"a curve needs as many probabilities as scores, got {len(self.probabilities)} and {len(self.scores)}"
            )
        if sorted(self.scores) != list(self.scores) or sorted(self.probabilities) != list(self.probabilities):
            raise ValueError("the knots of a curve must rise in scores and probabilities")

    def probability(self, score: float) -> float:
        """0..1 for a score in 0..1; never falls as the score rises."""
        return float(np.interp(score, self.scores, self.probabilities))


Curve: TypeAlias = LogisticCurve | IsotonicCurve
IDENTITY = LogisticCurve(slope=1.0, intercept=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """One language's bars, each 0..1 and passed by a value that equals it: ``score`` is that from which the answer is
    shown, ``support`` that from which a claim is."""

    score: float
    curve: Curve = IDENTITY
    support: float = SUPPORT_BAR

    def __post_init__(self) -> None:
        for name, value in (("score", self.score), ("support", self.support)):
            if not 0 <= value <= 1:
                raise ValueError(f"the bar {name} must lie in 0..1, got {value}")


AllBars: TypeAlias = Mapping[Language, Bars]


def shipped_bars() -> AllBars:
    """Those of ``answer/decision/calibration.json``, whose scores are probabilities as they are."""
    languages: tuple[Language, ...] = ("en", "zh")
    return {language: Bars(score=load_threshold(language)) for language in languages}
