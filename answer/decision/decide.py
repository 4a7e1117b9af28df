"""Whether the evidence answers the question: a calibrated probability, and a bar below which the answer is no."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from answer.decision.bars import AllBars, shipped_bars
from answer.decision.calibration import Logistic, load_decision_model
from answer.proof.prove import SUPPORT_BAR
from answer.sentences.extract import Scored
from answer.sentences.sentence_features import FEATURES as SENTENCE_FEATURES
from core.text import analyse_query, language_of
from core.types import Evidence, FloatArray, Stage

_OF_BEST = ("names_missing_passage", "names_missing_context", "kind_found", "kind_missing")
FEATURES = (
    "log_odds",  # of the best sentence
    *_OF_BEST,  # of the best sentence
    "match",  # match_passage of the passage that has most of it
    "match_first",  # match_passage of the passage that the reranker put first
    "answers",  # of the sentence judge for the best sentence
    "answers_most",  # the highest of any sentence
    "answers_top",  # the mean of the three highest
    "lexical",  # best BM25 among the evidence, by the root of the number of terms: long questions score high anyway
)


@dataclass(frozen=True, slots=True)
class Decision:
    """``probability``, 0..1, that the evidence answers the question, and whether that passes the bar.

    ``support_bar``, 0..1, is the support from which a claim of the answer is shown.
    """

    probability: float
    answers: bool
    support_bar: float = SUPPORT_BAR


class Decider:
    """Calibrated on judged questions of both languages, a quarter of which have no answer in the documents.

    ``threshold`` is a probability, 0..1, that takes the place of the bar; ``bars`` None are the shipped ones.
    """

    def __init__(
        self, *, threshold: float | None = None, model: Logistic | None = None, bars: AllBars | None = None
    ) -> None:
        self._threshold = threshold
        self._model = model
        self._bars = bars

    def decide(self, question: str, evidence: Sequence[Evidence], ranked: Sequence[Scored]) -> Decision:
        """Without any candidate sentence the probability is 0."""
        if not ranked:
            return Decision(0.0, answers=False)
        bars = (self._bars or shipped_bars())[language_of(question)]
        score = self.score(question, evidence, ranked)
        probability = bars.curve.probability(score)
        answers = score >= bars.score if self._threshold is None else probability >= self._threshold
        return Decision(probability, answers=answers, support_bar=bars.support)

    def score(self, question: str, evidence: Sequence[Evidence], ranked: Sequence[Scored]) -> float:
        """0..1, before any curve; 0 without a candidate sentence. What ``citedesk eval calibrate`` fits on."""
        if not ranked:
            return 0.0
        model = self._model or load_decision_model(FEATURES)
        return float(model.probabilities(feature_row(question, evidence, ranked)[None, :])[0])


def feature_row(question: str, evidence: Sequence[Evidence], ranked: Sequence[Scored]) -> FloatArray:
    """Raw features, shape (len(FEATURES),). ``ranked`` must hold at least one sentence."""
    best = ranked[0]
    first = min(ranked, key=lambda s: s.sentence.evidence.number)
    judged = sorted((_value(each, "answers") for each in ranked), reverse=True)
    lexical = max((item.hit.scores.get(Stage.LEXICAL, 0.0) for item in evidence), default=0.0)
    row = [
        best.log_odds,
        *(_value(best, name) for name in _OF_BEST),
        max(_value(each, "match_passage") for each in ranked),
        _value(first, "match_passage"),
        _value(best, "answers"),
        judged[0],
        sum(judged[:3]) / len(judged[:3]),
        lexical / sqrt(max(1, len(set(analyse_query(question))))),
    ]
    return np.array(row, dtype=np.float32)


def _value(scored: Scored, name: str) -> float:
    return float(scored.features[SENTENCE_FEATURES.index(name)])
