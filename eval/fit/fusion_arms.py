"""What both arms find for the questions of a judged set, kept in a file: fitting a fusion then costs seconds."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from answer.assemble import Desk
from core.identifiers import is_identifier
from core.ports import Embedder
from core.text import ANALYSER_VERSION, han_share, language_of
from core.types import FloatArray
from eval.runs.index import index_dataset
from eval.sets.dataset import RetrievalSet
from retrieval.found import first_words

ARM = 100  # hits of each arm, as in RetrievalSettings
_IDENTIFIERS = 120
_RARE = 3  # documents at most that hold an identifier which is asked for
_SHAPES = {
    "en": ("{}", "what is {}", "how do I fix {}", "{} error"),
    "zh": ("{}", "{}是什么", "怎么解决{}", "{} 报错"),
}
_ASCII = re.compile("[!-~]+")
_UNREADABLE = "𠀀"  # no vocabulary has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question of a set with the grade of each relevant document."""

    text: str
    grades: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """The passages of either arm for one question, all of shape (n,): their documents, BM25 (None where that arm did
    not find them) and cosine. ``legible`` is the share of the question or the passages that the embedder reads."""

    asked: Asked
    documents: Sequence[str]
    lexical: Sequence[float | None]
    dense: Sequence[float]
    legible: float


class Arms:
    """Both arms of one desk over one judged set. ``hidden`` is the share of Han characters that the embedder is kept
    from reading: what it knows of a language is fitted on the same questions."""

    def __init__(self, desk: Desk, dataset: RetrievalSet, *, hidden: float = 0.0) -> None:
        self._hidden = hidden
        self._kb = index_dataset(desk, dataset, desk.passage_recipe)
        self._view = desk.indexes.view(self._kb)
        self._embedder: Embedder = desk.embedder
        ids = sorted(desk.catalog.live_ids(self._kb, self._view.edition.id))
        self._chunks = desk.catalog.live_chunks(self._kb, ids, self._view.edition.id)
        self._rows = {chunk_id: row for row, chunk_id in enumerate(ids)}
        self._vectors = self._read(desk, ids)

    def candidates(self, asked: Sequence[Asked]) -> Iterator[Candidates]:
        """Cosines are exact."""
        for each in asked:
            yield self._of(each)

    def _of(self, asked: Asked) -> Candidates:
        lexical = {hit.chunk_id: hit.score for hit in self._view.lexical().search(asked.text, ARM)}
        question = hide(asked.text, self._hidden)
        cosines = self._vectors @ self._embedder.embed_query(question)
        ids = list(self._rows)
        nearest = [ids[row] for row in np.argsort(-cosines, kind="stable")[:ARM]]
        found = sorted({*lexical, *nearest})
        passages = first_words([self._chunks[i] for i in [*lexical] or nearest])
        legible = [self._embedder.legibility(text) for text in (question, hide(passages, self._hidden))]
        return Candidates(
            asked=asked,
            documents=[self._chunks[i].source for i in found],
            lexical=[lexical.get(i) for i in found],
            dense=[round(float(cosines[self._rows[i]]), 6) for i in found],
            legible=min(legible),
        )

    def _read(self, desk: Desk, ids: Sequence[str]) -> FloatArray:
        if self._hidden:
            texts = [hide(self._chunks[i].indexed_text, self._hidden) for i in ids]
            parts = [self._embedder.embed_passages(texts[start : start + 64]) for start in range(0, len(ids), 64)]
            return np.concatenate(parts)
        known = desk.catalog.chunk_vectors(self._kb, self._view.edition.recipe.fingerprint, ids, self._view.edition.id)
        return np.stack([known[i] for i in ids])


def hide(text: str, share: float) -> str:
    """The text with this share of the Han characters, the same ones everywhere, replaced by one nobody reads."""
    return "".join(_UNREADABLE if han_share(each) and _fraction(each) < share else each for each in text)


def _fraction(character: str) -> float:
    return int(hashlib.sha256(character.encode()).hexdigest()[:8], 16) / 16**8


def questions(dataset: RetrievalSet, most: int) -> list[Asked]:
    """At most so many of the set's questions, spread evenly over it."""
    step = -(-len(dataset.queries) // most)
    return [Asked(text=query.text, grades=dict(dataset.qrels[query.id])) for query in dataset.queries[::step]]


def identifier_questions(dataset: RetrievalSet) -> list[Asked]:
    """Questions after codes, versions and names that few documents hold; those documents are relevant."""
    holders: dict[str, set[str]] = {}
    for document in dataset.documents:
        for word in {word.strip("()[]{}<>.,:;!?\"'`*=|") for word in _ASCII.findall(document.text)}:
            if 4 <= len(word) <= 30 and is_identifier(word) and not word.isdigit():
                holders.setdefault(word, set()).add(document.id)
    rare = sorted(word for word, documents in holders.items() if len(documents) <= _RARE)
    chosen = np.random.default_rng(0).permutation(len(rare))[:_IDENTIFIERS]
    shapes = _SHAPES[language_of(" ".join(query.text for query in dataset.queries[:50]))]
    return [
        Asked(text=shapes[number % len(shapes)].format(rare[at]), grades=dict.fromkeys(sorted(holders[rare[at]]), 1))
        for number, at in enumerate(chosen)
    ]


def kept(folder: Path, desk: Desk, dataset: RetrievalSet, asked: Sequence[Asked], hidden: float) -> list[Candidates]:
    """Out of ``folder``, or found now and put there."""
    told = [dataset.digest, desk.passage_recipe, desk.embedder.fingerprint, ANALYSER_VERSION, hidden, ARM]
    key = hashlib.sha256(json.dumps([*told, [each.text for each in asked]]).encode()).hexdigest()[:16]
    path = folder / f"{dataset.name}-{key}.json.gz"
    if not path.is_file():
        rows = [asdict(each) for each in Arms(desk, dataset, hidden=hidden).candidates(asked)]
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(json.dumps(rows).encode()))
    stored = json.loads(gzip.decompress(path.read_bytes()))
    return [Candidates(**{**row, "asked": Asked(**row["asked"])}) for row in stored]


def as_array(scores: Sequence[float | None]) -> NDArray[np.float64]:
    """NaN for None."""
    return np.array([np.nan if score is None else score for score in scores], dtype=np.float64)
