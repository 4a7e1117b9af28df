"""The fitted numbers of the answer path; ``eval/fit/answers.py`` writes them into ``calibration.json``."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from core.types import FloatArray, Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic:
    """Fitted log-odds: ``weights`` of shape (f,) over named features, and a bias."""

    names: tuple[str, ...]
    weights: FloatArray
    bias: float

    def __post_init__(self) -> None:
        if len(self.names) != len(self.weights):
            raise ValueError(f"{len(self.names)} feature names need as many weights, got {len(self.weights)}")

    def log_odds(self, rows: FloatArray) -> FloatArray:
        """Shape (n,) for rows of shape (n, f)."""
        result: FloatArray = (rows @ self.weights + self.bias).astype(np.float32)
        return result

    def probabilities(self, rows: FloatArray) -> FloatArray:
        """Shape (n,), 0..1, for rows of shape (n, f)."""
        return np.asarray(1 / (1 + np.exp(-self.log_odds(rows))), dtype=np.float32)


@cache
def load_sentence_models(names: tuple[str, ...]) -> Mapping[Language, Logistic]:
    """Which sentence answers, by language. Raises ``ValueError`` when the file was fitted on other features."""
    return {language: _logistic(stored, names) for language, stored in _stored()["sentence"].items()}


@cache
def load_decision_model(names: tuple[str, ...]) -> Logistic:
    """Whether the evidence answers, for both languages. Raises ``ValueError`` as above."""
    return _logistic(_stored()["decision"], names)


def load_threshold(language: Language) -> float:
    """The probability, 0..1, from which the answer is shown."""
    return float(_stored()["threshold"][language])


def weights_digest() -> str:
    """Names the fitted weights and both readers of sentences, 16 hexadecimal digits: others score otherwise."""
    weights = {name: _stored()[name] for name in ("sentence", "decision")}
    folder = resources.files("answer.sentences")
    judges = [folder.joinpath(*name).read_bytes() for name in (("sentence_judge.npz",), ("reader", "manifest.json"))]
    return hashlib.sha256(b"".join([json.dumps(weights, sort_keys=True).encode(), *judges])).hexdigest()[:16]


def _logistic(stored: Mapping[str, Any], names: tuple[str, ...]) -> Logistic:
    weights: Mapping[str, float] = stored["weights"]
    if tuple(weights) != names:
        odd = sorted(set(weights) ^ set(names)) or "the same names in another order"
        raise ValueError(f"calibration.json was fitted on other features ({odd}); run python -m eval.fit.answers")
    return Logistic(names=names, weights=np.array(list(weights.values()), dtype=np.float32), bias=float(stored["bias"]))


@cache
def _stored() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(
        resources.files("answer.decision").joinpath("calibration.json").read_text("utf-8")
    )
    return stored
