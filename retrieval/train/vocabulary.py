"""Which Chinese characters and words get a row of their own, and which spellings share it.

Counting segments with jieba; nothing here is needed when the model is used.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import regex

from core.text import simplify

_RUN = regex.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_LONGEST_WORD = 6
# s2twp also changes words: 软件 becomes 軟體, so both read the same row.
_VARIANTS = ("s2t", "s2tw", "s2hk", "s2twp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How often each character and each word of two to six characters occurs in some text, in Simplified form."""

    characters: Counter[str]
    words: Counter[str]


def count(texts: Iterable[str]) -> Counts:
    """Count the characters and words of texts in either script."""
    # The same runs come again and again, and segmenting is what costs.
    runs = Counter(run for text in texts for run in _RUN.findall(simplify(text)))
    characters: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for run, times in runs.items():
        for character in run:
            characters[character] += times
        for word in _cut(run):
            if 2 <= len(word) <= _LONGEST_WORD:
                words[word] += times
    return Counts(characters=characters, words=words)


def choose_vocabulary(domains: Sequence[Counts], *, characters: int, words: int) -> list[list[str]]:
    """Row by row the Simplified spelling and after it its other spellings; characters first, then words.

    Each domain has the same say, however much text it holds: frequencies are shares of a domain.
    """
    chosen = _most_frequent([domain.characters for domain in domains])[:characters]
    known = set(chosen)
    by_domain = [domain.words for domain in domains]
    # A word of one domain only is mostly a name from one article: its characters will do.
    spelt = [word for word in _most_frequent(by_domain) if known.issuperset(word) and _in_two(word, by_domain)]
    return with_variants([*chosen, *spelt[:words]])


def _in_two(word: str, domains: Sequence[Counter[str]]) -> bool:
    return sum(word in counts for counts in domains) >= min(2, len(domains))


def _most_frequent(domains: Sequence[Counter[str]]) -> list[str]:
    shares: dict[str, float] = {}
    for counts in domains:
        total = counts.total()
        for each, times in counts.items():
            shares[each] = shares.get(each, 0.0) + times / total
    return sorted(shares, key=lambda each: (-shares[each], each))


def _cut(run: str) -> list[str]:
    import jieba  # type: ignore[import-untyped]  # without types

    jieba.setLogLevel(logging.WARNING)
    found: list[str] = jieba.lcut(run)
    return found


def with_variants(spellings: Sequence[str]) -> list[list[str]]:
    """Each spelling with its Traditional ones; a spelling that two rows could claim belongs to the earlier row."""
    taken = set(spellings)
    rows = []
    for spelling in spellings:
        others = [each for each in dict.fromkeys(_traditional(spelling)) if each not in taken]
        taken.update(others)
        rows.append([spelling, *others])
    return rows


def _traditional(spelling: str) -> list[str]:
    found = [_converter(name).convert(spelling) for name in _VARIANTS]
    return found if len(spelling) > 1 else [*found, *_also_simplified_to().get(spelling, [])]


@cache
def _converter(name: str):  # type: ignore[no-untyped-def]
    import opencc

    return opencc.OpenCC(name)


@cache
def _also_simplified_to() -> dict[str, list[str]]:
    """Every Traditional character under the Simplified one that ``simplify`` makes of it."""
    found: dict[str, list[str]] = {}
    for character in (chr(code) for code in range(0x4E00, 0xA000)):
        if (simple := simplify(character)) != character:
            found.setdefault(simple, []).append(character)
    return found
