"""The fitted numbers of the answer path: logistic models per language, written by ``eval/fit_answers.py``."""

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


@cache
def load_models(part: str, names: tuple[str, ...]) -> Mapping[Language, Logistic]:
    """The fitted models of ``answer/calibration.json``. Raises ``ValueError`` when it was fitted on other features."""
    stored = _stored()[part]
    if tuple(stored["features"]) != names:
        raise ValueError(f"calibration.json was fitted on {stored['features']} for {part}, not {list(names)}; fit anew")
    return {
        language: Logistic(names=names, weights=np.array(model["weights"], dtype=np.float32), bias=float(model["bias"]))
        for language, model in stored["languages"].items()
    }


def load_threshold(language: Language) -> float:
    """The probability, 0..1, from which the answer is shown."""
    return float(_stored()["threshold"][language])


@cache
def _stored() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(resources.files("answer").joinpath("calibration.json").read_text("utf-8"))
    return stored
