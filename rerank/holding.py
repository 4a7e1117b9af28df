"""Which candidate holds which name: terms, pairs of terms and token ids are counted alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray


@dataclass(frozen=True, slots=True)
class Bags:
    """The names in n texts, text after text: ``names`` of shape (t,), ``lengths`` of shape (n,)."""

    names: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[NDArray[np.int64]]) -> "Bags":
        """One array of names per text. Raises ``ValueError`` for no texts."""
        return cls(np.concatenate(texts), np.array([len(text) for text in texts], dtype=np.int64))

    def holding(self, wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each text holds each of the ``wanted`` names, which may repeat: shape (len(wanted), n)."""
        sorted_names, places = np.unique(wanted, return_inverse=True)
        holds = np.zeros((len(sorted_names), len(self.lengths)), dtype=np.bool_)
        if len(wanted):
            found = np.minimum(np.searchsorted(sorted_names, self.names), len(sorted_names) - 1)
            same = np.flatnonzero(sorted_names[found] == self.names)
            owners = np.searchsorted(np.cumsum(self.lengths), same, side="right")
            holds[found[same], owners] = True
        return holds[places]


def idf(holds: NDArray[np.bool_]) -> FloatArray:
    """Lucene's idf of each name, with the candidates as the collection, from ``Bags.holding``."""
    seen, texts = holds.sum(axis=1), holds.shape[1]
    return np.asarray(np.log(1 + (texts - seen + 0.5) / (seen + 0.5)), dtype=np.float32)
