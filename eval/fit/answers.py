"""Fit ``answer/decision/calibration.json``: ``python -m eval.fit.answers --judged data/sample --home DIR --out FILE``.

A logistic model per language of which sentence answers, and one of whether the evidence answers at all. The folder
holds ``documents/``, ``calibration.*.jsonl``, which is fitted on, and ``questions.jsonl``, which is only reported on.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from answer.assemble import Desk
from answer.decision import decide
from answer.decision.calibration import Logistic
from answer.sentences import sentence_features
from answer.sentences.extract import ExtractiveAnswerer, Scored, chosen, scored
from answer.sentences.sentences import Sentence, sentences_of
from core.settings import load_settings
from core.types import FloatArray, Language
from eval.answers.abstention import auroc
from eval.calibrate.cases import Case, judged_cases
from eval.sets.questions import load_questions

_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_FOLDS = 5
# Inverse of the L2 penalty on standardised features: few questions, so it is strong.
_SENTENCE_STRENGTH = 0.03
_DECISION_STRENGTH = 0.003
_ABSTAIN = 0.83  # share that the bar must turn away; cross-validated, questions like these then abstain for .8


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A case with its candidate sentences: ``rows`` of shape (n, f), ``answering`` of shape (n,)."""

    case: Case
    candidates: tuple[Sentence, ...]
    rows: FloatArray
    answering: NDArray[np.bool_]


def weigh(case: Case, extractive: ExtractiveAnswerer) -> Weighed:
    """The costly step: every sentence is encoded here, once."""
    candidates = [sentence for item in case.evidence for sentence in sentences_of(item)]
    rows = extractive.rows(case.question, candidates)
    answering = np.array([case.answers(sentence) for sentence in candidates], dtype=np.bool_)
    return Weighed(case=case, candidates=tuple(candidates), rows=rows, answering=answering)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """All numbers of ``answer/decision/calibration.json``."""

    sentence: Mapping[Language, Logistic]
    decision: Logistic
    threshold: Mapping[Language, float]

    def rank(self, weighed: Weighed) -> list[Scored]:
        """The candidates, best first."""
        return scored(weighed.candidates, weighed.rows, self.sentence[weighed.case.language])


def fit(cases: Sequence[Weighed]) -> Fitted:
    """Fit on all of ``cases``. The decision sees each case as ranked by a model that was not fitted on it."""
    sentence = fit_sentences(cases)
    rows, answerable = _decision_rows(_cross_ranked(cases))
    decision = _logistic(decide.FEATURES, rows, answerable, strength=_DECISION_STRENGTH)
    probabilities = _cross_probabilities(rows, answerable)
    languages = np.array([weighed.case.language for weighed in cases if weighed.candidates])
    threshold = {language: bar_for(probabilities[~answerable & (languages == language)]) for language in _LANGUAGES}
    return Fitted(sentence=sentence, decision=decision, threshold=threshold)


def fit_sentences(cases: Sequence[Weighed]) -> dict[Language, Logistic]:
    """Which sentence answers. Each question weighs the same; unanswerable ones show what does not answer."""
    models: dict[Language, Logistic] = {}
    for language in _LANGUAGES:
        own = [w for w in cases if w.case.language == language and w.candidates]
        own = [w for w in own if w.answering.any() or not w.case.answerable]
        rows, labels = np.concatenate([w.rows for w in own]), np.concatenate([w.answering for w in own])
        even = np.concatenate([np.full(len(w.rows), 1 / len(w.rows)) for w in own])
        models[language] = _logistic(
            sentence_features.FEATURES, rows, labels, strength=_SENTENCE_STRENGTH, weights=even
        )
    return models


def _cross_ranked(cases: Sequence[Weighed]) -> Iterator[tuple[Case, list[Scored]]]:
    found: dict[int, list[Scored]] = {}
    for fold in _folds(len(cases)):
        models = fit_sentences(_at(cases, ~fold))
        for place in np.flatnonzero(fold).tolist():
            weighed = cases[place]
            found[place] = scored(weighed.candidates, weighed.rows, models[weighed.case.language])
    return ((cases[place].case, found[place]) for place in sorted(found))


def _decision_rows(ranked: Iterable[tuple[Case, list[Scored]]]) -> tuple[FloatArray, NDArray[np.bool_]]:
    kept = [(case, sentences) for case, sentences in ranked if sentences]
    rows = np.stack([decide.feature_row(case.question, case.evidence, sentences) for case, sentences in kept])
    return rows, np.array([case.answerable for case, _ in kept], dtype=np.bool_)


def _cross_probabilities(rows: FloatArray, answerable: NDArray[np.bool_]) -> FloatArray:
    found = np.zeros(len(rows), dtype=np.float32)
    for fold in _folds(len(rows)):
        model = _logistic(decide.FEATURES, rows[~fold], answerable[~fold], strength=_DECISION_STRENGTH)
        found[fold] = model.probabilities(rows[fold])
    return found


def _folds(size: int) -> list[NDArray[np.bool_]]:
    """Masks of shape (size,): the same shuffled fifths each time."""
    fold = np.random.default_rng(0).permutation(size) % _FOLDS
    return [fold == number for number in range(_FOLDS)]


def _at(cases: Sequence[Weighed], mask: NDArray[np.bool_]) -> list[Weighed]:
    return list(compress(cases, mask.tolist()))


def bar_for(unanswerable: FloatArray) -> float:
    """The bar, to three places, that turns away the wanted share of questions like these.

    Taken from a normal distribution of their log-odds: with a dozen questions it strays less than their own quantile.
    """
    odds = np.log(unanswerable) - np.log1p(-unanswerable)
    bar = odds.mean() + NormalDist().inv_cdf(_ABSTAIN) * odds.std()
    return round(float(1 / (1 + np.exp(-bar))), 3)


def _logistic(
    names: tuple[str, ...],
    rows: FloatArray,
    labels: NDArray[np.bool_],
    *,
    strength: float,
    weights: FloatArray | None = None,
) -> Logistic:
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=2_000)
    model.fit((rows - mean) / spread, labels, sample_weight=weights)
    fitted = (model.coef_[0] / spread).astype(np.float32)
    return Logistic(names=names, weights=fitted, bias=float(model.intercept_[0] - fitted @ mean))


@dataclass(frozen=True, slots=True)
class Judged:
    """How one case ends: its probability, whether it is answered, and whether what is shown overlaps gold."""

    case: Case
    probability: float
    answered: bool
    shows_gold: bool
    first_is_gold: bool


def judge(fitted: Fitted, weighed: Weighed) -> Judged:
    """As the answer path would end it."""
    case, ranked = weighed.case, fitted.rank(weighed)
    decider = decide.Decider(threshold=fitted.threshold[case.language], model=fitted.decision)
    decision = decider.decide(case.question, case.evidence, ranked)
    return Judged(
        case,
        decision.probability,
        decision.answers,
        any(case.answers(sentence) for sentence in chosen(ranked)),
        bool(ranked) and case.answers(ranked[0].sentence),
    )


def cross_validated(cases: Sequence[Weighed]) -> list[Judged]:
    """Every case judged by numbers that were fitted without it."""
    found: list[Judged] = []
    for fold in _folds(len(cases)):
        fitted = fit(_at(cases, ~fold))
        found += [judge(fitted, weighed) for weighed in _at(cases, fold)]
    return found


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """Shares of the answerable (``shown_gold``, ``answered``, ``first_is_gold``) and of the others (``abstained``)."""
    answerable = np.array([each.case.answerable for each in judged])
    probability = np.array([each.probability for each in judged], dtype=np.float64)
    yes = [each for each in judged if each.case.answerable]
    no = [each for each in judged if not each.case.answerable]
    values: dict[str, float | np.floating] = {
        "shown_gold": np.mean([each.answered and each.shows_gold for each in yes]),
        "gold_if_asked": np.mean([each.shows_gold for each in yes]),
        "first_is_gold": np.mean([each.first_is_gold for each in yes]),
        "answered": np.mean([each.answered for each in yes]),
        "abstained": np.mean([not each.answered for each in no]),
        "auroc": auroc(probability, answerable),
    }
    return {"questions": len(judged), **{name: round(float(value), 3) for name, value in values.items()}}


_KINDS = ("near_miss", "wrong_entity", "false_premise", "out_of_domain")


def report(judged: Sequence[Judged]) -> dict[str, object]:
    """The figures over all and by language, and the share that abstains by kind of unanswerable question."""
    unanswerable = [each for each in judged if not each.case.answerable]
    return {
        "all": figures(judged),
        **{lang: figures([each for each in judged if each.case.language == lang]) for lang in _LANGUAGES},
        "abstained": {
            kind: round(float(np.mean([not e.answered for e in unanswerable if kind in e.case.tags])), 3)
            for kind in _KINDS
            if any(kind in e.case.tags for e in unanswerable)
        },
    }


def main() -> None:
    """Fit, print the figures and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judged", type=Path, required=True, help="folder with documents/ and the judged questions")
    parser.add_argument("--home", type=Path, required=True, help="where the record and indexes are kept")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    desk = Desk(load_settings(arguments.home))
    try:
        desk.ingest([arguments.judged / "documents"], "judged", prune=True)
        desk.own()
        fitted_on = sorted(arguments.judged.glob("calibration.*.jsonl"))
        own = [weighed for path in fitted_on for weighed in _weighed(desk, path)]
        held_out = list(_weighed(desk, arguments.judged / "questions.jsonl"))
    finally:
        desk.close()
    document = calibration(own, held_out, [path.name for path in fitted_on])
    print(json.dumps(document["figures"], indent=1))
    arguments.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _weighed(desk: Desk, path: Path) -> Iterator[Weighed]:
    return (weigh(case, desk.extractive) for case in judged_cases(desk, "judged", load_questions(path)))


def calibration(cases: Sequence[Weighed], held_out: Sequence[Weighed], names: Sequence[str]) -> dict[str, object]:
    """The document that is written: where the numbers come from, how good they are, and the numbers."""
    fitted = fit(cases)
    return {
        "fitted_on": list(names),
        "figures": {
            "cross_validated": report(cross_validated(cases)),
            "held_out": report([judge(fitted, weighed) for weighed in held_out]),
        },
        "threshold": dict(fitted.threshold),
        "sentence": {language: _stored(model) for language, model in fitted.sentence.items()},
        "decision": _stored(fitted.decision),
    }


def _stored(model: Logistic) -> dict[str, object]:
    weights = dict(zip(model.names, model.weights.tolist(), strict=True))
    return {"bias": round(model.bias, 5), "weights": {name: round(value, 5) for name, value in weights.items()}}


if __name__ == "__main__":
    main()
