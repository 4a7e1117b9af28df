"""Chinese words, how much each weighs in a question, and how well a text holds them.

The packaged encoder reads little Chinese, so words are matched by a small lexicon instead: each word's vector is the
mean of the encoder's vectors of the English words that it is translated with, weighted by association. 退款 meets 退还
that way, and 价格 meets 定价. ``eval/fit/salience.py`` makes the lexicon from parallel sentences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from math import log

import numpy as np
import regex

from core.text import analyse, fold, is_stop_term, normalise, simplify
from core.types import FloatArray

_RUN = regex.compile(r"(?V1)(?P<han>[\p{Han}〇]+)|(?P<other>[\p{L}\p{N}--\p{Han}][\p{L}\p{N}._\-/--\p{Han}]*)")
_LONGEST = 6  # characters of a word of the lexicon
_UNKNOWN = 0.5  # pseudo-count of a character that the lexicon does not hold
_MOST_WEIGHT = 8.0  # a typing mistake must not outweigh the rest of a question


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """``counts`` and ``vectors`` belong to ``words``: shapes (n,) and (n, dim), rows of length 1 or 0.

    ``total`` is the number of words that were counted.
    """

    words: tuple[str, ...]
    counts: FloatArray
    vectors: FloatArray
    total: float

    def __post_init__(self) -> None:
        if not len(self.words) == len(self.counts) == len(self.vectors):
            sizes = (len(self.words), len(self.counts), len(self.vectors))
            raise ValueError(f"a lexicon needs a count and a vector for each word, got {sizes}")


class WordMatcher:
    """Segments Chinese by the likeliest words and compares words by their vectors. Latin words match exactly."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._places = {word: place for place, word in enumerate(lexicon.words)}
        self._counts = dict(zip(lexicon.words, lexicon.counts.tolist(), strict=True))
        self._vectors = lexicon.vectors
        self._total = lexicon.total

    def words(self, text: str) -> list[str]:
        """Words in order, repeats kept, in simplified lower case."""
        plain = _plain(text)
        found: list[str] = []
        for match in _RUN.finditer(plain):
            found += self._segments(match.group()) if match.group("han") else [match.group().strip("._-/")]
        return found

    def asked(self, question: str) -> tuple[list[str], FloatArray]:
        """The distinct content words of a question and their weights: how rare each is, in powers of ten."""
        words = [word for word in dict.fromkeys(self.words(question)) if not _is_grammar(word)]
        return words, np.array([self._weight(word) for word in words], dtype=np.float32)

    def match(self, words: Sequence[str], text: str) -> FloatArray:
        """Shape (len(words),), 0..1: 1 where the text holds the word, else the best cosine among its Chinese words."""
        plain = _plain(text)
        exact = np.array([word in plain for word in words], dtype=np.float32)
        held = [word for word in dict.fromkeys(self.words(text)) if regex.match(r"\p{Han}", word)]
        if not (held and words):
            return exact
        cosines = self._rows(words) @ self._rows(held).T
        return np.asarray(np.maximum(exact, cosines.max(axis=1)), dtype=np.float32)

    def _weight(self, word: str) -> float:
        if any(character.isdigit() for character in word):
            return _MOST_WEIGHT / 2
        rarity = log(self._total / self._counts.get(word, _UNKNOWN), 10)
        return min(_MOST_WEIGHT, max(0.5, rarity))

    def _rows(self, words: Sequence[str]) -> FloatArray:
        return np.stack([self._vector(word) for word in words])

    def _vector(self, word: str) -> FloatArray:
        """A word that the lexicon lacks takes the mean direction of its characters."""
        parts = [word] if word in self._places else [part for part in word if part in self._places]
        if not parts:
            return np.zeros(self._vectors.shape[1], dtype=np.float32)
        total = self._vectors[[self._places[part] for part in parts]].sum(axis=0)
        return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), dtype=np.float32)

    def _segments(self, run: str) -> list[str]:
        """The split of a run of Han characters with the highest product of word frequencies."""
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(run) + 1):
            starts = range(max(0, end - _LONGEST), end)
            best.append(max((best[start][0] + self._log_share(run[start:end]), start) for start in starts))
        cuts = [len(run)]
        while cuts[-1]:
            cuts.append(best[cuts[-1]][1])
        edges = cuts[::-1]
        return [run[start:end] for start, end in pairwise(edges)]

    def _log_share(self, word: str) -> float:
        count = self._counts.get(word, _UNKNOWN if len(word) == 1 else 0.0)
        return log(count / self._total) if count else float("-inf")


def _plain(text: str) -> str:
    return fold(simplify(normalise(text)))


def _is_grammar(word: str) -> bool:
    return all(is_stop_term(term) for term in analyse(word))


@cache
def packaged_matcher() -> WordMatcher:
    """The matcher over ``answer/sentences/salience_zh.npz``, loaded at first use."""
    with resources.files("answer.sentences").joinpath("salience_zh.npz").open("rb") as file, np.load(file) as stored:
        return WordMatcher(lexicon_from(stored))


def lexicon_from(stored: Mapping[str, np.ndarray]) -> Lexicon:
    """A lexicon from its arrays: ``words`` as UTF-8 bytes joined by line ends, ``vectors`` as int8."""
    vectors = stored["vectors"].astype(np.float32)
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return Lexicon(
        words=tuple(bytes(stored["words"]).decode("utf-8").split("\n")),
        counts=stored["counts"].astype(np.float32),
        vectors=np.asarray(vectors / lengths, dtype=np.float32),
        total=float(stored["total"]),
    )
