"""What the reranker looks at: one row of named numbers for each candidate passage of a question.

The late-interaction features follow ColBERT (Khattab and Zaharia 2020): each token of the question takes its best
cosine among the tokens of the passage.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.text import analyse, analyse_query
from core.types import FloatArray, Hit, Stage
from rerank.holding import Bags, idf
from rerank.maxsim import TokenMatches, maxsim_columns

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

_REMEMBERED = 2_048  # texts: 2 to 8 KB each
_MIX = np.int64(0x9E3779B97F4A7C1)  # odd and large: (a, b) and (b, a) get different names


def feature_rows(question: str, hits: Sequence[Hit], matches: TokenMatches) -> FloatArray:
    """Raw features, shape (n, len(FEATURES)), float32, in the order of ``hits`` and of the texts of ``matches``."""
    if not hits:
        return np.zeros((0, len(FEATURES)), dtype=np.float32)
    columns = [*_first_stage(hits), *_lexical(question, hits), *maxsim_columns(matches)]
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
    passages = [_names(hit.chunk.indexed_text) for hit in hits]
    distinct = list(dict.fromkeys(terms))
    wanted = _hashes(distinct)
    held = Bags.of(passages).holding(wanted)
    exact = np.array([_is_identifier(term) for term in distinct], dtype=np.float32)
    asked = np.unique(_pairs(_hashes(terms)))
    return [
        _shares(idf(held), held),
        _shares(np.ones(len(asked), dtype=np.float32), Bags.of([_pairs(names) for names in passages]).holding(asked)),
        _shares(exact, held),
        _shares(np.ones(len(distinct), dtype=np.float32), _headings(hits).holding(wanted)),
        np.log1p([len(names) for names in passages]).astype(np.float32),
    ]


@lru_cache(maxsize=_REMEMBERED)
def _names(text: str) -> NDArray[np.int64]:
    """The index terms of a passage in order, as hashes. Popular passages come up for question after question, and
    analysing them would cost more than all the rest."""
    return _hashes(analyse(text))


def _hashes(terms: Sequence[str]) -> NDArray[np.int64]:
    return np.fromiter(map(hash, terms), dtype=np.int64, count=len(terms))


def _pairs(names: NDArray[np.int64]) -> NDArray[np.int64]:
    """One name for each two neighbours."""
    return names[:-1] * _MIX + names[1:]


def _headings(hits: Sequence[Hit]) -> Bags:
    return Bags.of([_names(hit.chunk.context) for hit in hits])


def _is_identifier(term: str) -> bool:
    return len(term) > 1 and any(character.isdigit() for character in term)


def _shares(weights: FloatArray, held: NDArray[np.bool_]) -> FloatArray:
    """The share of ``weights`` that each text holds, 0 to 1; 0 where they sum to nothing."""
    return np.asarray(weights @ held / (weights.sum() or 1.0), dtype=np.float32)
