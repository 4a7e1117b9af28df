"""What speaks for a claim in the words of its sources: one row of named numbers.

Words are matched exactly, and softly by the vectors of their tokens (English, where an encoder is given) or by the
lexicon of ``answer/sentences/salience.py`` (Chinese, always).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from math import log1p

import numpy as np

from answer.sentences.facts import facts, is_negated
from answer.sentences.question_kind import HeldNames, named
from answer.sentences.salience import packaged_matcher
from core.ports import TokenEmbedder, TokenVectors
from core.sentences import split_sentences
from core.text import analyse, analyse_query, language_of
from core.types import FloatArray

WORDS = (
    "coverage",  # share of the claim's content terms in the sources
    "coverage_rare",  # the same, weighted by idf
    "coverage_sentence",  # the same in the best single sentence
    "coverage_two",  # the same in the best two sentences together
    "pairs",  # share of the claim's neighbouring terms that are neighbours in the sources
    "run",  # longest stretch of the claim's terms that stands in the sources, as a share of the claim
    "facts_missing",  # share of its numbers, dates and codes that the sources lack
    "facts_wrong",  # 1 where any of them is missing
    "names_missing",  # share of its names that the sources lack
    "negation",  # 1 where the claim denies and the best sentence does not, or the other way round
    "first_person",  # 1 where the claim speaks of its speaker: an opinion is in no source
    "length",  # log of the number of the claim's terms
    "room",  # log of the number of the sources' terms
)
SOFT = (
    "match",  # mean best similarity of the claim's words among the sources' words
    "match_least",  # the same of the quarter of them that is met least
    "match_sentence",  # the same as match within the best single sentence
)
_MOST_SENTENCES = 8  # of the sources, those that cover most of the claim: encoding is what costs here
_SPEAKER = frozenset("i i'm im i've i'd my me mine we our us 我 我们 咱们 咱 俺".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class TermWeights:
    """Inverse document frequencies of terms; a term that is not in ``idf`` weighs ``unseen``, the most."""

    idf: Mapping[str, float]
    unseen: float

    def of(self, terms: Sequence[str]) -> FloatArray:
        """Shape (len(terms),)."""
        return np.array([self.idf.get(term, self.unseen) for term in terms], dtype=np.float32)


def word_features(claim: str, sources: Sequence[str], weights: TermWeights) -> FloatArray:
    """Shape (len(WORDS),)."""
    terms = list(dict.fromkeys(analyse_query(claim)))
    sentences = sentences_of(sources)
    held = [frozenset(analyse(sentence)) for sentence in sentences]
    everything = frozenset().union(*held)
    by_sentence = _coverage(terms, weights, held)
    best = sentences[int(by_sentence.argmax())] if sentences else ""
    missing = facts(claim) - set().union(*map(facts, sources))
    values = {
        "coverage": sum(term in everything for term in terms) / max(1, len(terms)),
        "coverage_rare": float(_coverage(terms, weights, [everything])[0]),
        "coverage_sentence": float(by_sentence.max(initial=0.0)),
        "coverage_two": _best_two(terms, weights, held, by_sentence),
        "pairs": _pairs(claim, sources),
        "run": _run(claim, sources),
        "facts_missing": len(missing) / max(1, len(facts(claim))),
        "facts_wrong": bool(missing),
        "names_missing": HeldNames("\n".join(sources)).missing(named(claim)),
        "negation": is_negated(claim) != is_negated(best),
        "first_person": not _SPEAKER.isdisjoint(analyse(claim)),
        "length": log1p(len(terms)),
        "room": log1p(sum(len(analyse(source)) for source in sources)),
    }
    return np.array([values[name] for name in WORDS], dtype=np.float32)


def soft_features(claim: str, sources: Sequence[str], encoder: TokenEmbedder | None) -> FloatArray | None:
    """Shape (len(SOFT),); None for an English claim without an encoder."""
    sentences = _closest(claim, sentences_of(sources))
    if language_of(claim) == "zh":
        return _soft(*_by_words(claim, sentences))
    return None if encoder is None else _soft(*_by_tokens(claim, sentences, encoder))


def sentences_of(sources: Sequence[str]) -> list[str]:
    """The distinct sentences of all sources, in order."""
    return list(dict.fromkeys(span.of(source) for source in sources for span in split_sentences(source)))


def _closest(claim: str, sentences: Sequence[str]) -> list[str]:
    asked = frozenset(analyse_query(claim))
    order = sorted(range(len(sentences)), key=lambda place: -len(asked & frozenset(analyse(sentences[place]))))
    return [sentences[place] for place in sorted(order[:_MOST_SENTENCES])]


def _coverage(terms: Sequence[str], weights: TermWeights, bags: Sequence[frozenset[str]]) -> FloatArray:
    """Shape (len(bags),): share of the terms in each bag by weight."""
    weight = weights.of(terms)
    inside = np.array([[term in bag for term in terms] for bag in bags], dtype=np.float32).reshape(
        len(bags), len(terms)
    )
    return np.asarray(inside @ weight / max(float(weight.sum()), 1e-6), dtype=np.float32)


def _best_two(
    terms: Sequence[str], weights: TermWeights, held: Sequence[frozenset[str]], by_sentence: FloatArray
) -> float:
    """Coverage by the best sentence and the one that adds most to it."""
    if not held:
        return 0.0
    first = held[int(by_sentence.argmax())]
    return float(_coverage(terms, weights, [first | other for other in held]).max())


def _pairs(claim: str, sources: Sequence[str]) -> float:
    own = set(pairwise(analyse(claim)))
    known = {pair for source in sources for pair in pairwise(analyse(source))}
    return len(own & known) / max(1, len(own))


def _run(claim: str, sources: Sequence[str]) -> float:
    own = analyse(claim)
    found = [SequenceMatcher(None, own, analyse(source), autojunk=False).find_longest_match() for source in sources]
    return max((match.size for match in found), default=0) / max(1, len(own))


def _by_words(claim: str, sentences: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Weights of shape (t,) of the claim's words, and their best similarity by sentence, shape (n, t)."""
    matcher = packaged_matcher()
    words, weights = matcher.asked(claim)
    rows = [matcher.match(words, sentence) for sentence in sentences]
    return weights, np.array(rows, dtype=np.float32).reshape(len(sentences), len(words))


def _by_tokens(claim: str, sentences: Sequence[str], encoder: TokenEmbedder) -> tuple[FloatArray, FloatArray]:
    asked, *encoded = encoder.embed_tokens([claim, *sentences])
    known = asked.vectors[asked.known]
    rows = [_best_cosines(known, tokens) for tokens in encoded]
    return np.ones(len(known), dtype=np.float32), np.array(rows, dtype=np.float32).reshape(len(encoded), len(known))


def _best_cosines(claim: FloatArray, tokens: TokenVectors) -> FloatArray:
    held = tokens.vectors[tokens.known]
    if not (len(held) and len(claim)):
        return np.zeros(len(claim), dtype=np.float32)
    return np.asarray((claim @ held.T).max(axis=1), dtype=np.float32)


def _soft(weights: FloatArray, rows: FloatArray) -> FloatArray:
    if not rows.size:
        return np.zeros(len(SOFT), dtype=np.float32)
    total = max(float(weights.sum()), 1e-6)
    best = rows.max(axis=0)
    least = np.sort(best)[: max(1, len(best) // 4)]
    return np.array([best @ weights / total, least.mean(), (rows @ weights / total).max()], dtype=np.float32)
