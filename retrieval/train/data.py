"""What the Chinese rows are trained on: parallel sentences, running text and question-passage pairs, as files.

A data folder holds ``parallel_en_zh/pairs.jsonl.gz`` (``en``, ``zh``, ``source``, ``licence``),
``parallel_en_zh/zh_text.txt.gz`` (one text a line), and beside it a folder ``<name>_zh...`` for each set of pairs with
``pairs.jsonl.gz`` (``query``, ``positive``, ``negatives``) and one ``manifest.json`` with their licences.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import regex

from core.errors import InvalidInput

_HAN = regex.compile(r"\p{Han}")
# One source of the public collection is repetitive and partly machine-translated: its README caps it there.
_MOST_OF_ONE = {"MicrosoftDocs/office-developer-client-docs.zh-CN": 20_000}
_SHORT_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """A sentence in both languages."""

    english: str
    chinese: str
    source: str
    licence: str

    @property
    def short(self) -> bool:
        """Whether it is a label rather than a sentence: ambiguous without its place."""
        return len(self.english.split()) < _SHORT_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A question or heading and the passage under it; ``others`` stand on the same page."""

    query: str
    passage: str
    others: tuple[str, ...]


def read_parallel(folder: Path, *, seed: int) -> list[Parallel]:
    """Sentence pairs in random order, each once, at most 20,000 of the source that repeats itself."""
    found: dict[tuple[str, str], Parallel] = {}
    for row in _lines(folder / "parallel_en_zh" / "pairs.jsonl.gz"):
        english, chinese = (" ".join(str(row[key]).split()) for key in ("en", "zh"))
        if _HAN.search(chinese):
            pair = Parallel(english=english, chinese=chinese, source=row["source"], licence=row["licence"])
            found.setdefault((english.lower(), chinese), pair)
    pairs = list(found.values())
    return list(_capped(pairs[at] for at in np.random.default_rng(seed).permutation(len(pairs))))


def _capped(pairs: Iterable[Parallel]) -> Iterator[Parallel]:
    taken: Counter[str] = Counter()
    for pair in pairs:
        taken[pair.source] += 1
        most = _MOST_OF_ONE.get(pair.source)
        if most is None or taken[pair.source] <= most:
            yield pair


def read_running_text(folder: Path) -> list[str]:
    """The lines of the Chinese running text."""
    with gzip.open(folder / "parallel_en_zh" / "zh_text.txt.gz", "rt", encoding="utf-8") as file:
        return file.read().splitlines()


def read_pairs(folder: Path) -> dict[str, list[Pair]]:
    """Question-passage pairs by the name of their set, those whose question is Chinese."""
    paths = sorted(folder.glob("*_zh*/pairs.jsonl.gz"))
    sets = {path.parent.name: list(_pairs(path)) for path in paths if path.parent.name != "parallel_en_zh"}
    if not sets:
        raise InvalidInput(f"{folder} holds no set of Chinese pairs; expected <name>_zh.../pairs.jsonl.gz")
    return sets


def _pairs(path: Path) -> Iterator[Pair]:
    for row in _lines(path):
        if len(_HAN.findall(row["query"])) >= 2:
            yield Pair(query=row["query"], passage=row["positive"], others=tuple(row.get("negatives", ())))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from map(json.loads, file)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error}; retrieval/train/data.py says what it holds") from error


def sentence_sources(parallel: Sequence[Parallel]) -> list[dict[str, str | int]]:
    """Name, licence and number of sentences of every source, the largest first, for the manifest."""
    counts = Counter((pair.source, pair.licence) for pair in parallel)
    return [{"source": source, "licence": licence, "sentences": n} for (source, licence), n in counts.most_common()]
