"""Whether the evidence answers the question: a calibrated probability, and a bar below which the answer is no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from answer.calibration import Logistic, load_models, load_threshold
from answer.extract import Scored
from answer.sentences import FEATURES as SENTENCE_FEATURES
from core.text import analyse, analyse_query, language_of
from core.types import Evidence, FloatArray, Language, Stage

_TAKEN = ("coverage", "coverage_context", "coverage_passage", "identifiers", "maxsim", "maxsim_context", "kind_missing")
FEATURES = (
    "log_odds",  # of the best sentence
    "margin",  # of the best sentence above the tenth
    *_TAKEN,  # of the best sentence
    "cosine",  # best of the dense arm among the evidence, 0 where it returned none
    "lexical",  # best BM25 among the evidence, per term of the question
    "unseen",  # share of the question's terms that occur nowhere in the evidence
)


@dataclass(frozen=True, slots=True)
class Decision:
    """``probability``, 0..1, that the evidence answers the question, and whether that passes the bar."""

    probability: float
    answers: bool


class Decider:
    """Calibrated on judged questions, half of which have no answer in the documents or had it taken away."""

    def __init__(self, *, threshold: float | None = None, models: Mapping[Language, Logistic] | None = None) -> None:
        self._threshold = threshold
        self._models = models

    def decide(self, question: str, evidence: Sequence[Evidence], ranked: Sequence[Scored]) -> Decision:
        """Without any candidate sentence the probability is 0."""
        if not ranked:
            return Decision(0.0, answers=False)
        language = language_of(question)
        models = self._models or load_models("decision", FEATURES)
        odds = models[language].log_odds(feature_row(question, evidence, ranked)[None, :])[0]
        probability = float(1 / (1 + np.exp(-odds)))
        bar = load_threshold(language) if self._threshold is None else self._threshold
        return Decision(probability, answers=probability >= bar)


def feature_row(question: str, evidence: Sequence[Evidence], ranked: Sequence[Scored]) -> FloatArray:
    """Raw features, shape (len(FEATURES),). ``ranked`` must hold at least one sentence."""
    best = ranked[0]
    taken = [best.features[SENTENCE_FEATURES.index(name)] for name in _TAKEN]
    terms = set(analyse_query(question))
    seen = {term for item in evidence for term in analyse(item.hit.chunk.indexed_text)}
    margin = best.log_odds - ranked[min(9, len(ranked) - 1)].log_odds
    unseen = len(terms - seen) / max(1, len(terms))
    lexical = _best(evidence, Stage.LEXICAL) / max(1, len(terms))
    row = [best.log_odds, margin, *taken, _best(evidence, Stage.DENSE), lexical, unseen]
    return np.array(row, dtype=np.float32)


def _best(evidence: Sequence[Evidence], stage: Stage) -> float:
    return max((item.hit.scores.get(stage, 0.0) for item in evidence), default=0.0)
