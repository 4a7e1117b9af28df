"""MinHash sketches of texts by datasketch, and the search for similar ones."""

import hashlib
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import regex

from core.sameness import same_words
from store.duplicates import Sketch

if TYPE_CHECKING:
    from datasketch import MinHash

# A copy in which one word of forty changed still has 0.78 of its word sequences in common, one of a hundred 0.90.
THRESHOLD = 0.75
_SEQUENCE = 5
# 128 numbers estimate a similarity with a standard error of at most 0.044 (0.038 at the threshold).
_NUMBERS = 128
_SCHEME = "affine32"  # stored with the record: another one would not compare
_WORD = regex.compile(r"\p{Han}|[\p{L}\p{N}--\p{Han}]+", regex.V1)


def sketch(text: str) -> Sketch:
    """The sketch of a text by its words, five in a row; a Chinese character counts as a word."""
    words = same_words(text)
    made = _minhash()
    made.update_batch(list(_sequences(_WORD.findall(words))))
    digest = hashlib.sha256(words.encode()).hexdigest()
    return Sketch(words_hash=digest, signature=np.asarray(made.hashvalues, dtype="<u4").tobytes())


class Similar:
    """Texts by number, found again by a similar sketch."""

    def __init__(self) -> None:
        from datasketch import MinHashLSH

        self._index: Any = MinHashLSH(threshold=THRESHOLD, num_perm=_NUMBERS)
        self._held: dict[int, MinHash] = {}

    def add(self, number: int, each: Sketch) -> None:
        """Make a text findable."""
        self._held[number] = _minhash(np.frombuffer(each.signature, dtype="<u4"))
        self._index.insert(number, self._held[number], check_duplication=False)

    def find(self, each: Sketch) -> list[tuple[int, float]]:
        """Numbers of texts whose estimated similarity reaches the threshold, the most similar first."""
        asked = _minhash(np.frombuffer(each.signature, dtype="<u4"))
        scored = [(number, float(asked.jaccard(self._held[number]))) for number in self._index.query(asked)]
        return sorted((pair for pair in scored if pair[1] >= THRESHOLD), key=lambda pair: (-pair[1], pair[0]))


def _minhash(values: Any = None) -> "MinHash":
    from datasketch import MinHash

    return MinHash(num_perm=_NUMBERS, hashfunc=zlib.crc32, hashvalues=values, scheme=_SCHEME)


def _sequences(words: list[str]) -> Iterator[bytes]:
    for start in range(max(1, len(words) - _SEQUENCE + 1)):
        yield " ".join(words[start : start + _SEQUENCE]).encode()
