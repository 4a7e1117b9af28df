"""From a model's own log-odds to the probability that a passage answers, so that .5 means the same of every model.

Rerankers are trained to order; how far apart they put their scores is each one's own affair. Platt's curve (1999),
fitted on judged candidates, is kept beside the exported models under the name of the weights.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.errors import InvalidInput, ModelRefused
from core.types import FloatArray
from rerank.fit import Vector, least

_EDGE = 60.0  # beyond, a probability is 0 or 1 in single precision
_SHRINK = 1e-4  # L2: two classes that do not overlap would ask for an infinite slope


@dataclass(frozen=True, slots=True, kw_only=True)
class Platt:
    """``probability = sigmoid(slope * log_odds + intercept)``; slope 1 and intercept 0 trust the model."""

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite([self.slope, self.intercept]).all() and self.slope > 0):
            raise ModelRefused(
                f"a calibration needs a slope above 0 and a finite intercept, got {self.slope} and {self.intercept}; "
                "fit it again"
            )

    def probability(self, log_odds: FloatArray) -> FloatArray:
        """0..1, of the shape that is given; rises with the log-odds."""
        held = np.clip(self.slope * log_odds.astype(np.float64) + self.intercept, -_EDGE, _EDGE)
        return np.asarray(1 / (1 + np.exp(-held)), dtype=np.float32)


def calibration_path(cache: Path, digest: str) -> Path:
    """Where the calibration of a model with these weights is kept."""
    return cache / f"{digest[:16]}-relevance.json"


def read_calibration(cache: Path | None, digest: str) -> Platt:
    """The fitted curve of a model, or the one that trusts it. Raises ``ModelRefused`` for a damaged file."""
    path = calibration_path(cache, digest) if cache is not None else None
    if path is None or not path.is_file():
        return Platt()
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["model"] != digest:
            raise ModelRefused(f"{path} was fitted for the model {stored['model']}, not {digest}; delete it")
        return Platt(slope=float(stored["slope"]), intercept=float(stored["intercept"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelRefused(f"{path} is no calibration ({error!r}); delete it or fit it again") from error


def save_calibration(cache: Path, digest: str, curve: Platt, figures: Mapping[str, object]) -> Path:
    """Keep a curve with what it was fitted on. Returns the file."""
    path = calibration_path(cache, digest)
    cache.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"model": digest, **asdict(curve), "fitted": dict(figures)}, indent=1) + "\n", "utf-8")
    return path


def fit_platt(log_odds: FloatArray, relevant: FloatArray) -> Platt:
    """The curve of the least log loss; ``relevant`` holds 1 where the candidate answers and 0 where not, shape (n,).

    Raises ``InvalidInput`` without candidates of both kinds, or where the model's order says nothing.
    """
    answers = int(relevant.sum())
    if not 0 < answers < len(relevant):
        raise InvalidInput(f"a calibration needs candidates that answer and others, got {answers} of {len(relevant)}")
    signs = np.where(relevant > 0, 1.0, -1.0)
    rows = np.stack([log_odds.astype(np.float64), np.ones(len(log_odds))], axis=1)

    def loss(weights: Vector) -> tuple[float, Vector]:
        margins = signs * (rows @ weights)
        pull = np.array([_SHRINK * weights[0], 0.0])
        slope = -(signs / (1 + np.exp(np.clip(margins, -_EDGE, _EDGE)))) @ rows / len(rows)
        return float(np.logaddexp(0, -margins).mean() + pull @ weights / 2), slope + pull

    slope, intercept = least(loss, np.array([1.0, 0.0]), [(None, None), (None, None)])
    if slope <= 0:
        raise InvalidInput(f"the model puts passages that answer below others (slope {slope:.3f}); it cannot rerank")
    return Platt(slope=float(slope), intercept=float(intercept))
