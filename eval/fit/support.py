"""Fit ``answer/proof/support.json``: ``python -m eval.fit.support --sets DIR --altered DIR --home DIR --out FILE``.

Weights are fitted on half of the groups (questions, passages) of public sets with human support labels, which are in
English, and on altered sentences of half of the passages of judged sets in both languages
(``eval/support/altered_claims.py``); the other half is only reported on.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from answer.assemble import Desk
from answer.proof.support import SupportModels, SupportScorer, models_from, support_row
from answer.proof.support_features import SOFT, WORDS, TermWeights
from core.ports import TokenEmbedder
from core.settings import load_settings
from core.text import analyse
from core.types import FloatArray, Language
from eval.sets.dataset import load_dataset
from eval.support.altered_claims import altered_pairs
from eval.support.report import report_support
from eval.support.sets import SupportPair, load_support_sets

_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_STRENGTH = 0.1
_LEVEL = 5.0
_TERMS = 4_000  # idf is stored for these most frequent terms; rarer ones weigh the most
# Sets that are labelled alike. What is called supported differs from one to the next, so each has a level of its own.
_FAMILIES = ("expertqa", "begin", "altered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Features of pairs: ``words`` and ``full`` of shapes (n, f), ``supported`` of shape (n,).

    ``families`` of shape (n, len(_FAMILIES)) has a 1 in each row.
    """

    words: FloatArray
    full: FloatArray
    supported: NDArray[np.bool_]
    families: FloatArray


def fit(pairs: Sequence[SupportPair], encoder: TokenEmbedder) -> dict[str, object]:
    """The document to write, without figures. Only pairs of the fitted half are looked at."""
    own = [pair for pair in pairs if pair.fitted]
    terms = term_weights([text for pair in own for text in pair.evidence])
    return {
        "idf": {term: round(value, 3) for term, value in sorted(terms.idf.items())},
        "idf_unseen": round(terms.unseen, 3),
        "languages": {
            language: _fitted(rows_of([pair for pair in own if pair.language == language], terms, encoder))
            for language in _LANGUAGES
        },
    }


def term_weights(texts: Sequence[str]) -> TermWeights:
    """Inverse document frequencies over distinct texts."""
    distinct = set(texts)
    seen = Counter(term for text in distinct for term in set(analyse(text)))
    kept = [term for term, count in seen.most_common(_TERMS) if count > 1]
    idf = {term: log(1 + len(distinct) / seen[term]) for term in kept}
    return TermWeights(idf=idf, unseen=log(1 + len(distinct)))


def rows_of(pairs: Sequence[SupportPair], terms: TermWeights, encoder: TokenEmbedder) -> Rows:
    """The costly step: every claim and the sentences of its evidence are encoded here."""
    found = [support_row(pair.claim, pair.evidence, terms, encoder) for pair in pairs]
    families = [[pair.set.startswith(name) for name in _FAMILIES] for pair in pairs]
    return Rows(
        words=np.stack([words for words, _ in found]),
        full=np.stack([np.concatenate([words, soft]) for words, soft in found if soft is not None]),
        supported=np.array([pair.supported for pair in pairs], dtype=np.bool_),
        families=np.array(families, dtype=np.float32),
    )


def _fitted(rows: Rows) -> dict[str, object]:
    return {
        "full": _logistic((*WORDS, *SOFT), rows.full, rows),
        "words": _logistic(WORDS, rows.words, rows),
    }


def _logistic(names: tuple[str, ...], values: FloatArray, rows: Rows) -> dict[str, object]:
    mean, spread = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-6)
    model = LogisticRegression(C=_STRENGTH, max_iter=2_000, fit_intercept=False)
    # A large column is hardly held down by the penalty, as an intercept is not.
    inputs = np.concatenate([(values - mean) / spread, _LEVEL * rows.families], axis=1)
    model.fit(inputs, rows.supported, sample_weight=_even(rows.families))
    weights = model.coef_[0][: len(names)] / spread
    levels = _LEVEL * model.coef_[0][len(names) :][rows.families.any(axis=0)]
    bias = float(levels.mean() - weights @ mean)
    named = {name: round(float(value), 5) for name, value in zip(names, weights, strict=True)}
    return {"bias": round(bias, 5), "weights": named}


def _even(families: FloatArray) -> FloatArray:
    """Weights of shape (n,) between those that count every pair alike and those that count every family alike."""
    sizes = families.sum(axis=0)
    return np.asarray(np.sqrt(len(families) / (families @ sizes)), dtype=np.float32)


def figures(pairs: Sequence[SupportPair], models: SupportModels, encoder: TokenEmbedder) -> dict[str, object]:
    """AUROC on the half that was not fitted on, with the encoder and without, beside plain word overlap."""
    held_out = [pair for pair in pairs if not pair.fitted]
    full = report_support(held_out, SupportScorer(encoder, models))
    words = report_support(held_out, SupportScorer(None, models))
    return {
        name: {
            "pairs": group.pairs,
            "support": _round(group.auroc["support"]),
            "support_without_encoder": _round(words.by_set[name].auroc["support"]),
            "word_overlap": _round(group.auroc["word_overlap"]),
        }
        for name, group in full.by_set.items()
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def main() -> None:
    """Fit, print the figures and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=Path, action="append", required=True, help="folder with labelled claims")
    parser.add_argument("--altered", type=Path, action="append", required=True, help="judged set to alter passages of")
    parser.add_argument("--passages", type=int, default=800, help="of each of those sets")
    parser.add_argument("--home", type=Path, required=True, help="where the exported model is kept")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    pairs = [pair for folder in arguments.sets for pair in load_support_sets(folder)]
    for folder in arguments.altered:
        pairs += altered_pairs([document.text for document in load_dataset(folder).documents][: arguments.passages])
    desk = Desk(load_settings(arguments.home))
    try:
        document = _document(pairs, desk.embedder)
    finally:
        desk.close()
    print(json.dumps(document["figures"], indent=1))
    arguments.out.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")


def _document(pairs: Sequence[SupportPair], encoder: TokenEmbedder) -> dict[str, object]:
    fitted = fit(pairs, encoder)
    models = models_from(fitted)
    return {
        "fitted_on": dict(Counter(pair.set for pair in pairs if pair.fitted)),
        "figures": figures(pairs, models, encoder),
        **fitted,
    }


if __name__ == "__main__":
    main()
