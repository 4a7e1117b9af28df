"""Vectors without a text, whose neighbours lie as those of the real embedder: embedding a million passages takes hours.

A vector is a mean, a topic, a document and its own part, each normal with the same falling spectrum. The constants were
fitted to 4,000 support articles (``docs/decisions/0027-search-at-a-million-passages.md`` has both sides).
"""

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray

DIMENSION = 384
_SPECTRUM = ((1 + np.arange(DIMENSION)) ** -0.75 * np.exp(-np.arange(DIMENSION) / 150)) ** 0.5
_SCALE = (_SPECTRUM / np.linalg.norm(_SPECTRUM)).astype(np.float32)
_MEAN, _TOPIC, _DOCUMENT, _OWN, _SPREAD = 0.45, 0.54, 0.42, 0.5, 0.3
_QUESTION = 1.15
_SEEDS = {"mean": 1, "topic": 2, "document": 3}


def passage_vectors(random: np.random.Generator, topics: NDArray[np.int64], documents: NDArray[np.int64]) -> FloatArray:
    """Shape (n, 384), rows of length 1, for passages of these topics and documents."""
    own = np.exp(_SPREAD * random.standard_normal((len(topics), 1), dtype=np.float32))
    summed = _MEAN * _unit(_drawn(np.random.default_rng(_SEEDS["mean"]), 1))
    summed = summed + _TOPIC * _shared("topic", topics) + _DOCUMENT * _shared("document", documents)
    return _unit(summed + _OWN * own * _drawn(random, len(topics)))


def question_vectors(random: np.random.Generator, near: FloatArray) -> FloatArray:
    """Shape (n, 384), rows of length 1: questions about the passages ``near``, as far from them as real ones are."""
    return _unit(near + _QUESTION * _drawn(random, len(near)))


def _shared(part: str, numbers: NDArray[np.int64]) -> FloatArray:
    """Row by row the part that all passages with this number have."""
    every, places = np.unique(numbers, return_inverse=True)
    rows = [_drawn(np.random.default_rng([_SEEDS[part], int(number)]), 1) for number in every]
    return np.concatenate(rows)[places]


def _drawn(random: np.random.Generator, count: int) -> FloatArray:
    return random.standard_normal((count, DIMENSION), dtype=np.float32) * _SCALE


def _unit(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)
