"""What the reranker looks at: one row of named numbers for each candidate passage of a question.

The late-interaction features follow ColBERT (Khattab and Zaharia 2020): each token of the question takes its best
cosine among the tokens of the passage.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from math import log, log1p
from typing import TypeVar

import numpy as np

from core.ports import TokenVectors
from core.text import analyse, analyse_query
from core.types import FloatArray, Hit, Stage

FEATURES = (
    "fused",  # score of the first stage
    "lexical",  # BM25
    "dense",  # cosine of the whole passage
    "coverage",  # share of the question's terms in the passage, weighted by idf
    "pairs",  # share of the question's neighbouring terms that are neighbours in the passage
    "identifiers",  # share of the question's identifiers (error codes, versions) that the passage holds
    "heading",  # share of the question's terms in the title and headings
    "length",  # log of the number of terms
    "maxsim",  # mean over the question's tokens of the best cosine among the passage's tokens
    "maxsim_idf",  # the same, weighted by idf
    "maxsim_rare",  # mean over the rarest third of the question's tokens
    "maxsim_near",  # as maxsim_idf within the best window of the passage
    "maxsim_back",  # mean over the passage's tokens of the best cosine among the question's tokens
)
_HALF_WINDOW = 24  # tokens; a window is about two sentences and moves by half of itself

Term = TypeVar("Term", bound=Hashable)


def feature_rows(
    question: str, hits: Sequence[Hit], asked: TokenVectors, passages: Sequence[TokenVectors]
) -> FloatArray:
    """Raw features, shape (n, len(FEATURES)), float32, in the order of ``hits`` and ``passages``."""
    if not hits:
        return np.zeros((0, len(FEATURES)), dtype=np.float32)
    columns = [*_first_stage(hits), *_lexical(question, hits), *_late(asked, passages)]
    return np.stack(columns, axis=1).astype(np.float32)


def standardised(rows: FloatArray) -> FloatArray:
    """Each column with mean 0 and deviation 1 over the candidates; a column that does not vary becomes 0."""
    if not len(rows):
        return rows
    exact = rows.astype(np.float64)  # in single precision the mean of equal values can differ from them
    scaled = (exact - exact.mean(axis=0)) / np.maximum(exact.std(axis=0), 1e-6)
    return np.asarray(scaled, dtype=np.float32)


def _first_stage(hits: Sequence[Hit]) -> list[FloatArray]:
    fused = np.array([hit.score for hit in hits], dtype=np.float32)
    return [fused, _stage_scores(hits, Stage.LEXICAL), _stage_scores(hits, Stage.DENSE)]


def _stage_scores(hits: Sequence[Hit], stage: Stage) -> FloatArray:
    """The stage's scores; a hit that the stage did not return takes the lowest that it gave."""
    lowest = min((hit.scores[stage] for hit in hits if stage in hit.scores), default=0.0)
    return np.array([hit.scores.get(stage, lowest) for hit in hits], dtype=np.float32)


def _lexical(question: str, hits: Sequence[Hit]) -> list[FloatArray]:
    terms = analyse_query(question)
    passages = [analyse(hit.chunk.indexed_text) for hit in hits]
    bags = [frozenset(passage) for passage in passages]
    headings = [frozenset(analyse(hit.chunk.context)) for hit in hits]
    weights = _idf(dict.fromkeys(terms), bags)
    even = dict.fromkeys(weights, 1.0)
    exact = {term: 1.0 for term in weights if _is_identifier(term)}
    asked = set(pairwise(terms))
    return [
        _shares(weights, bags),
        np.array([_share(asked, set(pairwise(p))) for p in passages], dtype=np.float32),
        _shares(exact, bags),
        _shares(even, headings),
        np.array([log1p(len(passage)) for passage in passages], dtype=np.float32),
    ]


def _is_identifier(term: str) -> bool:
    return len(term) > 1 and any(character.isdigit() for character in term)


def _idf(terms: Iterable[Term], bags: Sequence[frozenset[Term]]) -> dict[Term, float]:
    """Lucene's idf, with the candidates as the collection."""
    seen = {term: sum(term in bag for bag in bags) for term in terms}
    return {term: log(1 + (len(bags) - n + 0.5) / (n + 0.5)) for term, n in seen.items()}


def _shares(weights: Mapping[str, float], bags: Sequence[frozenset[str]]) -> FloatArray:
    total = sum(weights.values()) or 1.0
    found = [sum(weight for term, weight in weights.items() if term in bag) / total for bag in bags]
    return np.array(found, dtype=np.float32)


def _share(wanted: set[tuple[str, str]], held: set[tuple[str, str]]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 0.0


def _late(asked: TokenVectors, passages: Sequence[TokenVectors]) -> list[FloatArray]:
    """The five MaxSim features; all 0 where the encoder reads nothing of the question or the passage."""
    bags = [frozenset(passage.ids.tolist()) for passage in passages]
    idf = _idf(dict.fromkeys(asked.ids.tolist()), bags)
    weights = np.array([idf[token] for token in asked.ids[asked.known].tolist()], dtype=np.float32)
    question = asked.vectors[asked.known]
    rows = [_maxsim(question @ passage.vectors[passage.known].T, weights) for passage in passages]
    return list(np.array(rows, dtype=np.float32).T)


def _maxsim(cosines: FloatArray, weights: FloatArray) -> tuple[float, float, float, float, float]:
    """``cosines`` of shape (question tokens, passage tokens); ``weights`` of shape (question tokens,)."""
    if 0 in cosines.shape:
        return (0.0,) * 5
    best = cosines.max(axis=1)
    rare = np.argsort(-weights, kind="stable")[: max(1, len(weights) // 3)]
    return (
        float(best.mean()),
        float(np.average(best, weights=weights)),
        float(best[rare].mean()),
        float(np.average(_best_in_windows(cosines), axis=0, weights=weights).max()),
        float(cosines.max(axis=0).mean()),
    )


def _best_in_windows(cosines: FloatArray) -> FloatArray:
    """The best cosine of each question token in each window, shape (question tokens, windows)."""
    halves = np.maximum.reduceat(cosines, np.arange(0, cosines.shape[1], _HALF_WINDOW), axis=1)
    return halves if halves.shape[1] == 1 else np.maximum(halves[:, :-1], halves[:, 1:])
