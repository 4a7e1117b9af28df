"""Late interaction: how each token of a question is met by the tokens of each candidate, all candidates at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.ports import TokenCodes, TokenVectors
from core.token_codes import cosines, ids_of, joined
from core.types import FloatArray
from rerank.holding import Bags, idf

_HALF_WINDOW = 24  # tokens; a window is about two sentences and moves by half of itself


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMatches:
    """The q known tokens of a question against the t known tokens of n texts, which stand one after the other.

    ``asked`` of shape (q,) and ``held`` of shape (t,) are vocabulary ids, ``lengths`` of shape (n,) counts the tokens
    of each text, ``cosines`` has shape (q, t).
    """

    asked: NDArray[np.int64]
    held: NDArray[np.int64]
    lengths: NDArray[np.int64]
    cosines: FloatArray


def match_tokens(question: TokenVectors, texts: Sequence[TokenCodes]) -> TokenMatches:
    """Raises ``ValueError`` for no texts."""
    together = joined(texts)
    return TokenMatches(
        asked=question.ids[question.known].astype(np.int64),
        held=ids_of(together).astype(np.int64),
        lengths=np.array([len(each.rows) for each in texts], dtype=np.int64),
        cosines=cosines(question.vectors[question.known], together),
    )


def maxsim_columns(matches: TokenMatches) -> list[FloatArray]:
    """The five MaxSim features in the order of ``rerank.features.FEATURES``, each of shape (n,).

    All are 0 where the encoder reads nothing of the question or of the text.
    """
    rows = np.zeros((5, len(matches.lengths)), dtype=np.float32)
    read = np.flatnonzero(matches.lengths)
    if len(matches.asked) and len(read):
        rows[:, read] = _maxsim(matches, matches.lengths[read])
    return list(rows)


def _maxsim(matches: TokenMatches, lengths: NDArray[np.int64]) -> list[FloatArray]:
    """The columns of the texts that have tokens; ``lengths`` are theirs."""
    weights = idf(Bags(matches.held, matches.lengths).holding(matches.asked))
    rare = np.argsort(-weights, kind="stable")[: max(1, len(weights) // 3)]
    halves, counts = _halves(matches.cosines, lengths)
    ends = np.cumsum(counts)
    best = np.maximum.reduceat(halves, ends - counts, axis=1)
    back = np.add.reduceat(matches.cosines.max(axis=0), np.cumsum(lengths) - lengths) / lengths
    return [best.mean(axis=0), _weighted(weights, best), best[rare].mean(axis=0), _near(weights, halves, ends), back]


def _halves(cosines: FloatArray, lengths: NDArray[np.int64]) -> tuple[FloatArray, NDArray[np.int64]]:
    """The best cosine of each question token in each half window, (q, halves), and how many halves each text has."""
    counts = -(-lengths // _HALF_WINDOW)
    first = np.cumsum(lengths) - lengths
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.maximum.reduceat(cosines, np.repeat(first, counts) + _HALF_WINDOW * within, axis=1), counts


def _near(weights: FloatArray, halves: FloatArray, ends: NDArray[np.int64]) -> FloatArray:
    """The best window of each text; a window is two neighbouring halves, or the only one."""
    following = np.arange(1, halves.shape[1] + 1)
    following[ends - 1] -= 1
    scores = _weighted(weights, np.maximum(halves, halves[:, following]))
    return np.asarray(np.maximum.reduceat(scores, np.concatenate([[0], ends[:-1]])))


def _weighted(weights: FloatArray, columns: FloatArray) -> FloatArray:
    """The mean of each column."""
    return np.asarray(weights @ columns / weights.sum(), dtype=np.float32)
