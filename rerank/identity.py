"""The order that retrieval gave, for measuring what reranking adds and for machines that cannot afford it."""

from collections.abc import Sequence

import numpy as np

from core.types import FloatArray, Hit


class IdentityReranker:
    """Keeps every hit's score."""

    def score(self, question: str, hits: Sequence[Hit]) -> FloatArray:
        """The scores of ``hits``, shape (n,)."""
        return np.array([hit.score for hit in hits], dtype=np.float32)
