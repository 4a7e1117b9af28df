"""Fit ``answer/calibration.json``: ``python -m eval.fit_answers --judged data/sample --sets FOLDER... --out FILE``.

Two logistic models per language: which sentence answers, and whether the evidence answers at all. Only questions whose
id hashes to an even number are fitted on; the others are for reporting. A retrieval set adds to the second model twice:
with its relevant documents, and as an unanswerable question with those documents taken out of the evidence.
"""

import argparse
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from answer import decide, sentences
from answer.assemble import Desk
from answer.calibration import Logistic
from answer.extract import ExtractiveAnswerer, Scored
from answer.gather import gather
from answer.locate import locate
from answer.understand import stand_alone
from core.settings import load_settings
from core.text import language_of
from core.types import Evidence, FloatArray, Hit, Language, SearchStage, Span
from eval.answer_report import auroc
from eval.answers import as_question
from eval.dataset import load_dataset
from eval.index import index_dataset
from eval.questions import JudgedQuestion, load_questions
from store.source_state import document_id

_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_DEPTH = 32
_MOST_QUERIES = 150  # of one retrieval set, so that none outweighs the judged questions
_STRENGTH = 0.3  # inverse of the L2 penalty on standardised features


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question with its evidence. ``gold`` are the places in documents that answer it; none: it has no answer."""

    question: str
    evidence: tuple[Evidence, ...]
    answerable: bool
    gold: tuple[tuple[str, Span], ...] = ()
    fitted: bool = True

    def answers(self, sentence: sentences.Sentence) -> bool:
        """Whether the sentence overlaps a gold place."""
        chunk = sentence.evidence.hit.chunk
        span = sentence.span.shifted(chunk.span.start)
        return any(chunk.document_id == document and span.overlap(place) for document, place in self.gold)


def is_fitted(identity: str) -> bool:
    """Half of all questions, by their id: the same ones on every machine."""
    return hashlib.sha256(identity.encode()).digest()[0] % 2 == 0


def judged_cases(desk: Desk, kb: str, questions: Sequence[JudgedQuestion]) -> Iterator[Case]:
    """Every judged question with the evidence that the product finds for it."""
    for judged in questions:
        asked = stand_alone(as_question(judged, kb))
        gold = tuple(_places(desk, kb, judged))
        evidence = gather(_hits(desk, kb, asked), desk.settings.answer)
        yield Case(
            question=asked, evidence=evidence, answerable=judged.answerable, gold=gold, fitted=is_fitted(judged.id)
        )


def _places(desk: Desk, kb: str, judged: JudgedQuestion) -> Iterator[tuple[str, Span]]:
    for quote in judged.gold:
        document = document_id(kb, quote.source)
        if span := locate(quote.quote, desk.catalog.document(document).text):
            yield document, span


def set_cases(desk: Desk, folder: Path) -> Iterator[Case]:
    """A retrieval set's questions, each with its relevant documents and without them."""
    dataset = load_dataset(folder)
    kb = index_dataset(desk, dataset, desk.passage_recipe)
    for query in dataset.queries[:_MOST_QUERIES]:
        relevant = {name for name, grade in dataset.qrels[query.id].items() if grade > 0}
        hits = _hits(desk, kb, query.text)
        found = gather(hits, desk.settings.answer)
        if relevant & {item.hit.chunk.source for item in found}:
            yield Case(question=query.text, evidence=found, answerable=True, fitted=is_fitted(query.id))
        rest = gather([hit for hit in hits if hit.chunk.source not in relevant], desk.settings.answer)
        yield Case(question=query.text, evidence=rest, answerable=False, fitted=is_fitted(query.id))


def _hits(desk: Desk, kb: str, question: str) -> tuple[Hit, ...]:
    return desk.search(kb, question, _DEPTH, SearchStage.RERANK).hits


def fit_sentences(cases: Iterable[Case], desk: Desk) -> Logistic:
    """Which sentence answers, from answerable questions whose gold lies in the evidence."""
    rows: list[FloatArray] = []
    labels: list[bool] = []
    for case in cases:
        candidates = [s for item in case.evidence[:5] for s in sentences.sentences_of(item)]
        found = [case.answers(sentence) for sentence in candidates]
        if any(found):
            rows.append(sentences.feature_rows(case.question, candidates, desk.embedder))
            labels += found
    return _logistic(sentences.FEATURES, np.concatenate(rows), np.array(labels), balanced=True)


def _logistic(names: tuple[str, ...], rows: FloatArray, labels: NDArray[np.bool_], *, balanced: bool) -> Logistic:
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    model = LogisticRegression(C=_STRENGTH, class_weight="balanced" if balanced else None, max_iter=1_000)
    model.fit((rows - mean) / spread, labels)
    weights = (model.coef_[0] / spread).astype(np.float32)
    return Logistic(names=names, weights=weights, bias=float(model.intercept_[0] - weights @ mean))


@dataclass(frozen=True, slots=True)
class Decided:
    """One case seen by the second model."""

    row: FloatArray
    answerable: bool
    fitted: bool


def decision_rows(cases: Iterable[Case], rank: Callable[[str, Sequence[Evidence]], list[Scored]]) -> Iterator[Decided]:
    """The features of each case that has a sentence at all."""
    for case in cases:
        if ranked := rank(case.question, case.evidence):
            yield Decided(decide.feature_row(case.question, case.evidence, ranked), case.answerable, case.fitted)


def best_threshold(probabilities: FloatArray, answerable: NDArray[np.bool_]) -> float:
    """The bar with the least sum of false refusals and false answers, each as a share of its class."""
    bars = np.linspace(0.05, 0.95, 91)
    cost = [(probabilities[answerable] < bar).mean() + (probabilities[~answerable] >= bar).mean() for bar in bars]
    lowest = np.flatnonzero(np.array(cost) <= min(cost) + 1e-9)
    return float(round(bars[lowest[len(lowest) // 2]], 2))


def _probabilities(model: Logistic, decided: Sequence[Decided]) -> FloatArray:
    odds = model.log_odds(np.stack([each.row for each in decided]))
    return (1 / (1 + np.exp(-odds))).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What one language gets, and its figures on questions that were not fitted on."""

    sentence: Logistic
    decision: Logistic
    threshold: float
    held_out: Mapping[str, Mapping[str, float]]


def _fit_language(language: Language, desk: Desk, judged: list[Case], sets: list[Case]) -> Fit:
    own = [case for case in judged if language_of(case.question) == language]
    sentence = fit_sentences([case for case in own if case.fitted], desk)
    answerer = ExtractiveAnswerer(desk.embedder, {language: sentence})
    judged_rows = list(decision_rows(own, answerer.rank))
    set_rows = list(decision_rows([c for c in sets if language_of(c.question) == language], answerer.rank))
    fitted = [each for each in (*judged_rows, *set_rows) if each.fitted]
    labels = np.array([each.answerable for each in fitted])
    decision = _logistic(decide.FEATURES, np.stack([each.row for each in fitted]), labels, balanced=True)
    bar_rows = [each for each in judged_rows if each.fitted]
    bar = best_threshold(_probabilities(decision, bar_rows), np.array([each.answerable for each in bar_rows]))
    held_out = {
        "judged": _held_out(decision, judged_rows, bar),
        **({"sets": _held_out(decision, set_rows, bar)} if set_rows else {}),
    }
    print(language, json.dumps(held_out))
    return Fit(sentence=sentence, decision=decision, threshold=bar, held_out=held_out)


def _held_out(model: Logistic, decided: Sequence[Decided], bar: float) -> dict[str, float]:
    rest = [each for each in decided if not each.fitted]
    answerable = np.array([each.answerable for each in rest])
    probabilities = _probabilities(model, rest)
    return {
        "questions": len(rest),
        "auroc": round(auroc(probabilities.astype(np.float64), answerable), 3),
        "abstained": round(float((probabilities[~answerable] < bar).mean()), 3),
        "false_refusals": round(float((probabilities[answerable] < bar).mean()), 3),
    }


def _stored(model: Logistic) -> dict[str, object]:
    return {"weights": [round(float(weight), 5) for weight in model.weights], "bias": round(model.bias, 5)}


def main() -> None:
    """Fit, print the figures of the questions that were not fitted on, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judged", type=Path, required=True, help="folder with documents/ and questions.jsonl")
    parser.add_argument("--sets", type=Path, nargs="*", default=[], help="retrieval sets (BEIR layout)")
    parser.add_argument("--home", type=Path, required=True, help="where the record and indexes are kept")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    desk = Desk(load_settings(arguments.home))
    try:
        desk.ingest([arguments.judged / "documents"], "judged", prune=True)
        desk.own()
        questions = load_questions(arguments.judged / "questions.jsonl")
        judged = list(judged_cases(desk, "judged", questions))
        sets = [case for folder in arguments.sets for case in set_cases(desk, folder)]
        fitted = {language: _fit_language(language, desk, judged, sets) for language in _LANGUAGES}
    finally:
        desk.close()
    arguments.out.write_text(json.dumps(_document(fitted, arguments), indent=1) + "\n", encoding="utf-8")


def _document(fitted: Mapping[Language, Fit], arguments: argparse.Namespace) -> dict[str, object]:
    return {
        "fitted_on": [arguments.judged.name, *(folder.name for folder in arguments.sets)],
        "held_out": {language: fit.held_out for language, fit in fitted.items()},
        "threshold": {language: fit.threshold for language, fit in fitted.items()},
        "sentence": _part(sentences.FEATURES, {language: fit.sentence for language, fit in fitted.items()}),
        "decision": _part(decide.FEATURES, {language: fit.decision for language, fit in fitted.items()}),
    }


def _part(names: tuple[str, ...], models: Mapping[Language, Logistic]) -> dict[str, object]:
    return {"features": names, "languages": {language: _stored(model) for language, model in models.items()}}


if __name__ == "__main__":
    main()
