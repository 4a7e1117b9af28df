"""The embedded default: MaxSim over the retrieval encoder's own token vectors, beside the first stage's scores.

Linear weights per language, fitted by ``eval/fit/reranker.py``; ``weights.json`` tells on what and with which result.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ModelRefused
from core.ports import TokenEmbedder, TokenStore
from core.text import language_of
from core.token_codes import encode
from core.types import FloatArray, Hit, Language
from rerank.features import FEATURES, feature_rows, standardised
from rerank.maxsim import match_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One language's weights, each array of shape (len(FEATURES),).

    ``order`` applies to standardised features and ranks the candidates of one question; ``relevance`` with ``bias``
    applies to raw features and is the log-odds that a passage answers, comparable between questions.
    """

    order: FloatArray
    relevance: FloatArray
    bias: float

    def __post_init__(self) -> None:
        for name, array in (("order", self.order), ("relevance", self.relevance)):
            if array.shape != (len(FEATURES),):
                raise ModelRefused(f"weights {name!r} have shape {array.shape}, expected ({len(FEATURES)},)")
            if not np.isfinite(array).all():
                raise ModelRefused(
                    f"weights {name!r} hold numbers that are not finite: {array.tolist()}; fit them again"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Why one passage stands where it does.

    ``score`` compares within the question only; ``relevance`` is a probability, 0..1, that compares between questions;
    ``features`` are the raw values by name.
    """

    score: float
    relevance: float
    features: Mapping[str, float]


class LateInteractionReranker:
    """A ``Reranker`` that needs no model but the encoder. Thread-safe where its parts are.

    ``stored`` has the token vectors that were made when the passages came in; what it lacks is encoded for each
    question anew (10 to 25 ms a passage), with the same scores.
    """

    def __init__(
        self, encoder: TokenEmbedder, stored: TokenStore, *, weights: Mapping[Language, Weights] | None = None
    ) -> None:
        self._encoder = encoder
        self._stored = stored
        self._weights = weights if weights is not None else load_weights()

    def score(self, question: str, hits: Sequence[Hit]) -> FloatArray:
        """Shape (n,), float32; comparable among the hits of one question, see ``judge`` for more."""
        return standardised(self.features(question, hits)) @ self._of(question).order

    def judge(self, question: str, hits: Sequence[Hit]) -> list[Judgement]:
        """The score of each hit with its probability of relevance and the features behind both."""
        rows, weights = self.features(question, hits), self._of(question)
        scores = standardised(rows) @ weights.order
        odds = rows @ weights.relevance + weights.bias
        return [
            Judgement(score=float(score), relevance=_sigmoid(float(odd)), features=_named(row))
            for score, odd, row in zip(scores, odds, rows, strict=True)
        ]

    def features(self, question: str, hits: Sequence[Hit]) -> FloatArray:
        """Raw features, shape (n, len(FEATURES)), in the order of ``rerank.features.FEATURES``."""
        if not hits:
            return np.zeros((0, len(FEATURES)), dtype=np.float32)
        passages = [hit.chunk for hit in hits]
        found = self._stored.token_codes(passages)
        unseen = [chunk.indexed_text for chunk, codes in zip(passages, found, strict=True) if codes is None]
        asked, *read = self._encoder.embed_tokens([question, *unseen])
        new = map(encode, read)
        texts = [next(new) if codes is None else codes for codes in found]
        return feature_rows(question, hits, match_tokens(asked, texts))

    def _of(self, question: str) -> Weights:
        return self._weights[language_of(question)]


def load_weights(path: Path | None = None) -> dict[Language, Weights]:
    """The fitted weights, from ``rerank/weights.json`` unless a path is given.

    Raises ``ModelRefused`` where the file was fitted for other features than this version computes.
    """
    source = path if path is not None else resources.files("rerank") / "weights.json"
    stored = json.loads(source.read_text(encoding="utf-8"))
    if tuple(stored["features"]) != FEATURES:
        raise ModelRefused(f"{source} has weights for {stored['features']}, expected {list(FEATURES)}; fit it again")
    languages: tuple[Language, ...] = ("en", "zh")
    return {language: _weights(stored["languages"][language]) for language in languages}


def _weights(stored: Mapping[str, Any]) -> Weights:
    return Weights(
        order=np.array(stored["order"], dtype=np.float32),
        relevance=np.array(stored["relevance"], dtype=np.float32),
        bias=float(stored["bias"]),
    )


def _named(row: FloatArray) -> dict[str, float]:
    return dict(zip(FEATURES, row.tolist(), strict=True))


def _sigmoid(odds: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(odds, -60, 60))))
