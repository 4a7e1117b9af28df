"""Passages without a meaning whose words behave like those of support articles.

Frequencies are those of ``data/train`` and go on by Zipf's law in words made up for the purpose, so that the vocabulary
grows with the corpus; a passage keeps to the words of its topic and repeats some of its own (burstiness). How close
that comes to real passages: ``docs/decisions/0027-search-at-a-million-passages.md``.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import Language
from retrieval.bilingual import SHIPPED
from retrieval.chinese_rows import VOCABULARY, read_vocabulary

Ids = NDArray[np.int64]

_INVENTED = 150_000
_INVENTED_SHARE = 0.03  # of all words; the rest are those of data/train
_TAIL_SLOPE = 1.1
_TOPIC_WORDS = 80
_COMMON = 150  # ranks that belong to no topic: function words and the like
_OF_TOPIC = 0.3  # share of a passage's words that come from its topic
_REPEATED = 0.15  # share that repeats a word of the same passage
_SENTENCE = 12
_LATIN = re.compile(r"[a-z][a-z'-]*|\d[\d.,]*")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_LONGEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """Words of a passage: the median and the deviation of their logarithm, and the most."""

    median: float
    deviation: float
    most: int


LENGTHS: dict[Language, Lengths] = {
    "en": Lengths(median=65, deviation=0.7, most=180),
    "zh": Lengths(median=85, deviation=0.7, most=200),
}


class Vocabulary:
    """Words of one language by rank, the most frequent first; ``reached`` is the share of the words up to each."""

    def __init__(self, language: Language, train: Path) -> None:
        self.language: Language = language
        counted = Counter(_LATIN.findall(_text(train, "en")) if language == "en" else _han_words(_text(train, "zh")))
        known = counted.most_common()
        counts = np.array([count for _, count in known], dtype=np.float64)
        tail = np.arange(len(known), len(known) + _INVENTED, dtype=np.float64) ** -_TAIL_SLOPE
        weights = np.concatenate([(1 - _INVENTED_SHARE) * counts / counts.sum(), _INVENTED_SHARE * tail / tail.sum()])
        self.words = np.array([word for word, _ in known] + [*_invented(language, known)], dtype=object)
        self.reached = np.cumsum(weights)

    def draw(self, random: np.random.Generator, shape: int | tuple[int, ...], *, above: int = 0) -> Ids:
        """Ranks as frequent as their words; none below ``above``."""
        low = self.reached[above - 1] if above else 0.0
        return np.searchsorted(self.reached, low + (1 - low) * random.random(shape), side="right")

    def passages(self, random: np.random.Generator, topics: Sequence[int]) -> list[Ids]:
        """The words of one passage of each topic, by rank."""
        lengths = LENGTHS[self.language]
        drawn = np.exp(np.log(lengths.median) + lengths.deviation * random.standard_normal(len(topics)))
        counts = np.clip(drawn, 8, lengths.most).astype(np.int64)
        table = self.draw(random, (len(topics), int(counts.max())))
        self._keep_to_topics(random, table, topics)
        _repeat(random, table)
        return [row[:count] for row, count in zip(table, counts, strict=True)]

    def written(self, words: Ids) -> str:
        """The text of a passage."""
        spelled = self.words[words].tolist()
        space, stop = (" ", ". ") if self.language == "en" else ("", "。")
        sentences = [spelled[at : at + _SENTENCE] for at in range(0, len(spelled), _SENTENCE)]
        return stop.join(space.join(sentence) for sentence in sentences) + stop.strip()

    def topic(self, number: int) -> Ids:
        """The words that passages of one topic prefer."""
        return self.draw(np.random.default_rng([len(self.words), number]), _TOPIC_WORDS, above=_COMMON)

    def _keep_to_topics(self, random: np.random.Generator, table: Ids, topics: Sequence[int]) -> None:
        known = {number: self.topic(number) for number in set(topics)}
        preferred = np.stack([known[number] for number in topics])
        # The first words of a topic are its own, the others rarer: the square of an even share.
        picked = (_TOPIC_WORDS * random.random(table.shape) ** 2).astype(np.int64)
        np.copyto(table, np.take_along_axis(preferred, picked, axis=1), where=random.random(table.shape) < _OF_TOPIC)


def _repeat(random: np.random.Generator, table: Ids) -> None:
    rows = np.arange(len(table))
    repeats = random.random(table.shape) < _REPEATED
    earlier = random.random(table.shape)
    for column in range(1, table.shape[1]):
        before = table[rows, (earlier[:, column] * column).astype(np.int64)]
        np.copyto(table[:, column], before, where=repeats[:, column])


def _text(train: Path, language: Language) -> str:
    def rows(name: str) -> Iterator[dict[str, Any]]:
        return map(json.loads, (train / f"{name}.{language}.jsonl").read_text(encoding="utf-8").splitlines())

    passages = (text for row in rows("passages") for text in (row["title"], *row["lines"]))
    return "\n".join([*passages, *(row["question"] for row in rows("questions"))]).lower()


def _han_words(text: str) -> Iterator[str]:
    """Greedy longest match of the encoder's Chinese rows."""
    known = {row[0] for row in read_vocabulary(SHIPPED / VOCABULARY)}
    for run in _HAN_RUN.findall(text):
        at = 0
        while at < len(run):
            size = next((size for size in range(_LONGEST, 1, -1) if run[at : at + size] in known), 1)
            yield run[at : at + size]
            at += size


def _invented(language: Language, known: Iterable[tuple[str, int]]) -> Iterator[str]:
    random = np.random.default_rng(0)
    if language == "en":
        parts = [first + second for first in "bcdfghjklmnprstvwz" for second in ("a", "e", "i", "o", "u", "an", "er")]
    else:
        parts = sorted({character for word, _ in known for character in word})
    for row in random.integers(len(parts), size=(_INVENTED, 3 if language == "en" else 2)):
        yield "".join(parts[at] for at in row)
