"""Make ``answer/sentences/salience_zh.npz``: ``python -m eval.fit.salience --pairs pairs.jsonl.gz --out FILE``.

Reads English-Chinese sentence pairs (fields ``en`` and ``zh``), counts which Chinese word stands with which English
word, and gives each Chinese word the weighted mean of the encoder's vectors of its English words. Needs jieba.
"""

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import regex
from scipy import sparse  # type: ignore[import-untyped]  # scipy ships no types

from answer.sentences.salience import Lexicon
from core.ports import Embedder
from core.text import fold, is_stop_term, normalise, simplify
from core.types import FloatArray
from retrieval.embedder import SentenceEmbedder

_LEAST = 4  # sentences that must hold a word
_MOST_ENGLISH = 12_000
_LONGEST_WORD = 6
_DIMENSIONS = 64
_CHARS = range(4, 201)  # of the Chinese side; longer ones pair too many words by chance
_HAN = regex.compile(r"^\p{Han}+$")
_ENGLISH = regex.compile(r"[a-z][a-z'-]+")


def read_pairs(path: Path, most: int) -> list[tuple[str, str]]:
    """English and Chinese sides in plain form; at most ``most`` pairs, spread evenly over the file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        pairs = [(line["en"], line["zh"]) for line in map(json.loads, file) if len(line["zh"]) in _CHARS]
    step = max(1, len(pairs) // most)
    return [(fold(en), fold(simplify(normalise(zh)))) for en, zh in pairs[::step]]


def chinese_words(texts: Sequence[str]) -> Iterator[frozenset[str]]:
    """The distinct words of each text, as jieba cuts them."""
    import jieba  # type: ignore[import-untyped]  # jieba ships no types

    for text in texts:
        yield frozenset(word for word in jieba.cut(text) if _HAN.match(word) and len(word) <= _LONGEST_WORD)


def english_words(text: str) -> frozenset[str]:
    """The distinct content words of a text in lower case."""
    return frozenset(word for word in _ENGLISH.findall(text) if not is_stop_term(word))


def associations(
    chinese: Sequence[frozenset[str]], english: Sequence[frozenset[str]], rows: Sequence[str], columns: Sequence[str]
) -> sparse.csr_matrix:
    """Shape (rows, columns): squared cosine of occurrence times pointwise mutual information, 0 for chance pairs."""
    left, right = _occurrence(chinese, rows), _occurrence(english, columns)
    both = (left.T @ right).tocoo()
    left_counts, right_counts = np.asarray(left.sum(axis=0)).ravel(), np.asarray(right.sum(axis=0)).ravel()
    product = left_counts[both.row] * right_counts[both.col]
    information = np.log(both.data * len(chinese) / product)
    weights = np.where((both.data >= 2) & (information > 1), both.data**2 / product * information, 0.0)
    return sparse.csr_matrix((weights, (both.row, both.col)), shape=both.shape)


def _occurrence(bags: Sequence[frozenset[str]], vocabulary: Sequence[str]) -> sparse.csr_matrix:
    places = {word: place for place, word in enumerate(vocabulary)}
    cells = [(row, places[word]) for row, bag in enumerate(bags) for word in sorted(bag) if word in places]
    rows, columns = np.array(cells, dtype=np.int64).T
    return sparse.csr_matrix((np.ones(len(cells)), (rows, columns)), shape=(len(bags), len(vocabulary)))


def fit_lexicon(pairs: Sequence[tuple[str, str]], embedder: Embedder, dimensions: int = _DIMENSIONS) -> Lexicon:
    """Words by falling count. Raises ``ValueError`` where no word occurs in enough pairs."""
    chinese = list(chinese_words([zh for _, zh in pairs]))
    english = [english_words(en) for en, _ in pairs]
    counts = Counter(word for bag in chinese for word in bag)
    rows = _frequent(counts, len(counts))
    columns = _frequent(Counter(word for bag in english for word in bag), _MOST_ENGLISH)
    if not (rows and columns):
        raise ValueError(f"no word occurs in {_LEAST} of {len(pairs)} pairs; give more pairs")
    meanings = np.asarray(associations(chinese, english, rows, columns) @ _english_vectors(columns, embedder))
    return Lexicon(
        words=tuple(rows),
        counts=np.array([counts[word] for word in rows], dtype=np.float32),
        vectors=_reduced(meanings, dimensions),
        total=float(sum(counts.values())),
    )


def _frequent(counts: Counter[str], most: int) -> list[str]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [word for word, count in ordered[:most] if count >= _LEAST]


def _english_vectors(words: Sequence[str], embedder: Embedder) -> FloatArray:
    parts = [embedder.embed_passages(words[start : start + 64]) for start in range(0, len(words), 64)]
    vectors = np.concatenate(parts)
    return np.asarray(vectors - vectors.mean(axis=0), dtype=np.float32)


def _reduced(rows: FloatArray, dimensions: int) -> FloatArray:
    """Unit rows, turned to their main axes, of which the first are kept."""
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    axes = np.linalg.eigh(unit.T @ unit)[1][:, ::-1][:, :dimensions]
    return np.asarray(unit @ axes, dtype=np.float32)


def write_lexicon(lexicon: Lexicon, out: Path) -> None:
    """int8 vectors, each row scaled to its largest entry."""
    largest = np.maximum(np.abs(lexicon.vectors).max(axis=1, keepdims=True), 1e-9)
    np.savez_compressed(
        out,
        words=np.frombuffer("\n".join(lexicon.words).encode("utf-8"), dtype=np.uint8),
        counts=lexicon.counts,
        vectors=np.round(127 * lexicon.vectors / largest).astype(np.int8),
        total=np.float64(lexicon.total),
    )


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True, help="gzipped JSON lines with en and zh")
    parser.add_argument("--most", type=int, default=160_000, help="pairs that are read")
    parser.add_argument("--cache", type=Path, help="where the exported encoder is kept; without it torch serves")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    lexicon = fit_lexicon(read_pairs(arguments.pairs, arguments.most), SentenceEmbedder(cache=arguments.cache))
    write_lexicon(lexicon, arguments.out)
    print(f"{len(lexicon.words)} words, {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
