"""What speaks for a sentence as the answer: one row of named numbers for each candidate.

Words are matched twice, exactly and softly; ``answer/sentences/word_match.py`` says how. Each number stands in the
row as it is and again relative to the other candidates of the question, because "better than the rest" carries over
from one question to the next where the plain number does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import log, log1p
from typing import Protocol

import numpy as np

from answer.sentences.question_kind import HeldNames, asked_kinds, holds, named
from answer.sentences.sentences import Sentence
from answer.sentences.word_match import WordMatches, match_words
from core.ports import TokenEmbedder
from core.text import analyse, analyse_query
from core.types import ChunkKind, FloatArray

_PLAIN = (
    "coverage",  # share of the question's terms in the sentence, weighted by idf over the candidates
    "coverage_context",  # the same in the sentence and what it hangs on
    "coverage_passage",  # the same in the whole passage
    "coverage_before",  # what the sentence before adds to coverage_context
    "pairs",  # share of the question's neighbouring terms that are neighbours in the sentence
    "match",  # mean soft match of the question's words in the sentence, by their weight
    "match_context",  # the same in the sentence and what it hangs on
    "match_before",  # the same with the sentence before as well
    "match_passage",  # the same in the whole passage
    "match_rare",  # as match, by weight times idf over the candidates
    "match_rare_context",  # as match_context, likewise
    "match_next",  # match of the sentence that follows
    "kind_found",  # 1 where the question asks for a kind of thing (a price, a date) and the sentence holds one
    "kind_missing",  # 1 where it asks for one and the sentence holds none
    "kind_before",  # 1 where the sentence before holds one
    "names_missing",  # share of the question's names and codes that the sentence lacks
    "names_missing_context",  # the same with what it hangs on
    "names_missing_passage",  # the same with the whole passage
    "rank",  # 1 / number of its evidence
    "standing",  # score of its passage above the mean of all evidence, in deviations
    "faq",  # 1 for a sentence of an FAQ entry's stored answer
    "row",  # 1 for a table row
    "first",  # 1 for the first sentence after a heading or in a passage
    "opens",  # 1 for a line that ends with a colon
    "best_of_passage",  # 1 where no sentence of the passage has more coverage_context
    "length",  # log of the number of terms
    "answers",  # log-odds of the sentence judge and of the passage reader, added
)
_HELD = 0.6  # soft match from which a sentence counts as holding a word
FEATURES = (*_PLAIN, *(f"{name}_relative" for name in _PLAIN))


class Judge(Protocol):
    """Says how likely a sentence answers a question, see ``answer/sentences/passage_reader.py``."""

    def log_odds(self, question: str, sentences: Sequence[Sentence]) -> FloatArray:
        """Shape (n,). Sentences of one passage stand one after the other."""
        ...


def feature_rows(question: str, sentences: Sequence[Sentence], encoder: TokenEmbedder, judge: Judge) -> FloatArray:
    """Shape (n, len(FEATURES)), float32, in the order of ``sentences``."""
    if not sentences:
        return np.zeros((0, len(FEATURES)), dtype=np.float32)
    matches = match_words(question, sentences, encoder)
    columns = [
        *_lexical(question, sentences),
        *_soft(matches, sentences),
        *_kinds(question, sentences),
        *_names(question, sentences),
        *_places(sentences),
        ("answers", judge.log_odds(question, sentences)),
    ]
    rows = np.stack(_in_order(columns), axis=1)
    relative = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-3)
    return np.concatenate([rows, relative], axis=1).astype(np.float32)


def _in_order(columns: Iterable[tuple[str, FloatArray]]) -> list[FloatArray]:
    by_name = dict(columns)
    return [np.asarray(by_name[name], dtype=np.float64) for name in _PLAIN]


def _before(sentences: Sequence[Sentence]) -> list[int | None]:
    """For each sentence the place of the one before it in its passage."""
    numbers = [sentence.evidence.number for sentence in sentences]
    return [place - 1 if place and numbers[place - 1] == number else None for place, number in enumerate(numbers)]


def _lexical(question: str, sentences: Sequence[Sentence]) -> list[tuple[str, FloatArray]]:
    terms = analyse_query(question)
    own = [analyse(sentence.text) for sentence in sentences]
    bags = [frozenset(each) for each in own]
    context = [bag | frozenset(analyse(s.context)) for bag, s in zip(bags, sentences, strict=True)]
    weights = _idf(dict.fromkeys(terms), bags)
    passages = _unions(sentences, context)
    passage_weights = _idf(weights, list(passages.values()))
    before = [bags[b] if b is not None else frozenset() for b in _before(sentences)]
    with_before = [bag | other for bag, other in zip(context, before, strict=True)]
    in_context = _shares(weights, context)
    asked = set(pairwise(terms))
    return [
        ("coverage", _shares(weights, bags)),
        ("coverage_context", in_context),
        ("coverage_passage", _shares(passage_weights, [passages[_number(s)] for s in sentences])),
        ("coverage_before", _shares(weights, with_before) - in_context),
        ("pairs", np.array([len(asked & set(pairwise(each))) / max(1, len(asked)) for each in own])),
        ("best_of_passage", in_context >= _best_of_passage(in_context, sentences) - 1e-9),
        ("length", np.array([log1p(len(each)) for each in own])),
    ]


def _number(sentence: Sentence) -> int:
    return sentence.evidence.number


def _unions(sentences: Sequence[Sentence], bags: Sequence[frozenset[str]]) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for sentence, bag in zip(sentences, bags, strict=True):
        found[_number(sentence)] = found.get(_number(sentence), frozenset()) | bag
    return found


def _best_of_passage(values: FloatArray, sentences: Sequence[Sentence]) -> FloatArray:
    numbers = np.array([_number(sentence) for sentence in sentences])
    best = {number: values[numbers == number].max(axis=0) for number in set(numbers.tolist())}
    return np.array([best[number] for number in numbers.tolist()])


def _soft(matches: WordMatches, sentences: Sequence[Sentence]) -> list[tuple[str, FloatArray]]:
    own, context = matches.own, np.maximum(matches.own, matches.context)
    before, follows = np.zeros_like(own), np.zeros_like(own)
    for place, earlier in enumerate(_before(sentences)):
        if earlier is not None:
            before[place], follows[earlier] = own[earlier], own[place]
    held = (own > _HELD).sum(axis=0)
    idf = np.log(1 + (len(own) - held + 0.5) / (held + 0.5))
    even, rare = matches.weights, matches.weights * idf
    return [
        ("match", weighted_mean(own, even)),
        ("match_context", weighted_mean(context, even)),
        ("match_before", weighted_mean(np.maximum(context, before), even)),
        ("match_passage", weighted_mean(_best_of_passage(context, sentences), even)),
        ("match_rare", weighted_mean(own, rare)),
        ("match_rare_context", weighted_mean(context, rare)),
        ("match_next", weighted_mean(follows, even)),
    ]


def weighted_mean(rows: FloatArray, weights: FloatArray) -> FloatArray:
    """Shape (n,) for rows of shape (n, t) and weights of shape (t,); 0 without any weight."""
    return np.asarray(rows @ weights / max(float(weights.sum()), 1e-6))


def _kinds(question: str, sentences: Sequence[Sentence]) -> list[tuple[str, FloatArray]]:
    kinds = asked_kinds(question)
    found = np.array([any(holds(kind, sentence.text) for kind in kinds) for sentence in sentences])
    before = np.array([b is not None and found[b] for b in _before(sentences)])
    return [("kind_found", found), ("kind_missing", ~found & bool(kinds)), ("kind_before", before)]


def _names(question: str, sentences: Sequence[Sentence]) -> list[tuple[str, FloatArray]]:
    names = named(question)
    chunks = {_number(s): s.evidence.hit.chunk for s in sentences}
    passages = {number: HeldNames(chunk.indexed_text).missing(names) for number, chunk in chunks.items()}
    return [
        ("names_missing", np.array([HeldNames(s.text).missing(names) for s in sentences])),
        ("names_missing_context", np.array([HeldNames(s.in_context).missing(names) for s in sentences])),
        ("names_missing_passage", np.array([passages[_number(s)] for s in sentences])),
    ]


def _places(sentences: Sequence[Sentence]) -> list[tuple[str, FloatArray]]:
    scores = {_number(s): s.evidence.hit.score for s in sentences}
    values = np.array(list(scores.values()))
    standing = {number: (score - values.mean()) / (values.std() + 1e-6) for number, score in scores.items()}
    return [
        ("rank", np.array([1 / _number(s) for s in sentences])),
        ("standing", np.array([standing[_number(s)] for s in sentences])),
        ("faq", np.array([s.evidence.hit.chunk.kind is ChunkKind.FAQ for s in sentences])),
        ("row", np.array([s.header is not None for s in sentences])),
        ("first", np.array([s.first for s in sentences])),
        ("opens", np.array([s.text.endswith((":", "：")) for s in sentences])),
    ]


def _idf(terms: Iterable[str], bags: Sequence[frozenset[str]]) -> dict[str, float]:
    seen = {term: sum(term in bag for bag in bags) for term in terms}
    return {term: log(1 + (len(bags) - n + 0.5) / (n + 0.5)) for term, n in seen.items()}


def _shares(weights: Mapping[str, float], bags: Sequence[frozenset[str]]) -> FloatArray:
    total = sum(weights.values()) or 1.0
    return np.array([sum(weight for term, weight in weights.items() if term in bag) / total for bag in bags])
