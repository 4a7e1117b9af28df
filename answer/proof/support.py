"""How far the sources support a claim: a probability, where ``answer/proof/prove.py`` says yes or no.

A logistic model per language over ``answer/proof/support_features.py``, fitted by ``eval/fit/support.py``;
``support.json`` tells on what and with which result. It is a measuring instrument: what is shown is decided by the
proof.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from answer.decision.calibration import Logistic
from answer.proof.support_features import SOFT, WORDS, TermWeights, soft_features, word_features
from core.ports import TokenEmbedder
from core.text import language_of
from core.types import FloatArray, Language


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportModel:
    """One language's model over all features, and the one that does without the soft ones."""

    full: Logistic
    words: Logistic


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportModels:
    """What ``support.json`` holds."""

    terms: TermWeights
    by_language: Mapping[Language, SupportModel]


class SupportScorer:
    """Scores claims. ``encoder`` is for English; without one its words count only as they are written."""

    def __init__(self, encoder: TokenEmbedder | None = None, models: SupportModels | None = None) -> None:
        self._encoder = encoder
        self._models = models

    def score(self, claim: str, sources: Sequence[str]) -> float:
        """Probability, 0..1, that the sources support the claim; 0 without sources."""
        if not any(source.strip() for source in sources):
            return 0.0
        models = self._models or packaged_models()
        model = models.by_language[language_of(claim)]
        words, soft = support_row(claim, sources, models.terms, self._encoder)
        if soft is None:
            return float(model.words.probabilities(words[None, :])[0])
        return float(model.full.probabilities(np.concatenate([words, soft])[None, :])[0])


def support_row(
    claim: str, sources: Sequence[str], terms: TermWeights, encoder: TokenEmbedder | None
) -> tuple[FloatArray, FloatArray | None]:
    """Raw features, shapes (len(WORDS),) and (len(SOFT),); the second is None where nothing can compute them."""
    return word_features(claim, sources, terms), soft_features(claim, sources, encoder)


@cache
def packaged_models() -> SupportModels:
    """The models of ``answer/proof/support.json``. Raises ``ValueError`` where they were fitted on other features."""
    return models_from(json.loads(resources.files("answer.proof").joinpath("support.json").read_text("utf-8")))


def models_from(stored: Mapping[str, Any]) -> SupportModels:
    """From the document that ``eval/fit/support.py`` writes. Raises ``ValueError`` as above."""
    return SupportModels(
        terms=TermWeights(idf=stored["idf"], unseen=float(stored["idf_unseen"])),
        by_language={
            language: SupportModel(
                full=_logistic(model["full"], (*WORDS, *SOFT)), words=_logistic(model["words"], WORDS)
            )
            for language, model in stored["languages"].items()
        },
    )


def _logistic(stored: Mapping[str, Any], names: tuple[str, ...]) -> Logistic:
    weights: Mapping[str, float] = stored["weights"]
    if tuple(weights) != names:
        odd = sorted(set(weights) ^ set(names)) or "the same names in another order"
        raise ValueError(f"support.json was fitted on other features ({odd}); run python -m eval.fit.support")
    return Logistic(names=names, weights=np.array(list(weights.values()), dtype=np.float32), bias=float(stored["bias"]))
