"""The generated corpus: documents of ten passages, every other one Chinese, ten documents a topic.

The same arguments give the same corpus, and a smaller one is the beginning of a larger one.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.types import Chunk, ChunkKind, Document, FloatArray, Language, Span
from eval.bench.scale.vectors import passage_vectors, question_vectors
from eval.bench.scale.words import Ids, Vocabulary
from store.source_state import document_id

PER_DOCUMENT = 10
_PER_TOPIC = 100
BATCH = 1_000
"""Passages that are made at once: a corpus holds a multiple of it."""
_QUESTION_WORDS = 10
_ASKED = 0.5  # share of a question's words that its passage has
_GAP = "\n\n"
AREAS = {"half": 0.5, "tenth": 0.1, "hundredth": 0.01, "thousandth": 0.001}
"""What filters ask for: metadata by name, and the share of the documents that has it."""


@dataclass(frozen=True, slots=True)
class Made:
    """One document with its passages and their vectors, shape (passages, dim)."""

    document: Document
    passages: tuple[Chunk, ...]
    vectors: FloatArray


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its vector, shape (dim,)."""

    text: str
    vector: FloatArray


class Corpus:
    """Documents of the knowledge base ``kb``, and questions to them."""

    def __init__(self, kb: str, train: Path) -> None:
        self._kb = kb
        self._words = {language: Vocabulary(language, train) for language in ("en", "zh")}

    def documents(self, passages: int, *, first: int = 0) -> Iterator[Made]:
        """Those of the passages ``first`` to ``passages``, both multiples of 1,000."""
        for batch in range(first // BATCH, passages // BATCH):
            words, vectors = self._batch(batch)
            for at in range(0, BATCH, PER_DOCUMENT):
                number = (batch * BATCH + at) // PER_DOCUMENT
                yield self._document(number, words[at : at + PER_DOCUMENT], vectors[at : at + PER_DOCUMENT])

    def vectors(self, passages: int) -> Iterator[tuple[list[str], FloatArray]]:
        """Ids and vectors, shape (1000, dim), of each thousand passages."""
        for batch in range(passages // BATCH):
            places = range(batch * BATCH, (batch + 1) * BATCH)
            ids = [passage_id(source_of(place // PER_DOCUMENT), place % PER_DOCUMENT) for place in places]
            yield ids, _vectors(np.random.default_rng([7, batch]), batch)

    def questions(self, passages: int, count: int, *, seed: int = 0) -> list[Asked]:
        """Of a corpus of this size, the languages in turn."""
        random = np.random.default_rng([9, seed])
        return [self._question(random, passages, _language(number)) for number in range(count)]

    def _question(self, random: np.random.Generator, passages: int, language: Language) -> Asked:
        documents = passages // PER_DOCUMENT // 2
        number = 2 * int(random.integers(documents)) + (language == "zh")
        place = number * PER_DOCUMENT + int(random.integers(PER_DOCUMENT))
        words, vectors = self._batch(place // BATCH)
        near = words[place % BATCH]
        vocabulary = self._words[language]
        kept = near[random.integers(len(near), size=_QUESTION_WORDS)]
        other = vocabulary.draw(random, _QUESTION_WORDS)
        text = vocabulary.written(np.where(random.random(_QUESTION_WORDS) < _ASKED, kept, other))
        return Asked(text, question_vectors(random, vectors[None, place % BATCH])[0])

    def _batch(self, batch: int) -> tuple[list[Ids], FloatArray]:
        """Words and vectors of a thousand passages."""
        random = np.random.default_rng([7, batch])
        vectors = _vectors(random, batch)
        documents = np.arange(batch * BATCH, (batch + 1) * BATCH) // PER_DOCUMENT
        topics = documents * PER_DOCUMENT // _PER_TOPIC
        words: dict[int, Ids] = {}
        for language, parity in (("en", 0), ("zh", 1)):
            mine = np.flatnonzero(documents % 2 == parity)
            words |= zip(mine.tolist(), self._words[language].passages(random, topics[mine].tolist()), strict=True)
        return [words[at] for at in range(BATCH)], vectors

    def _document(self, number: int, words: list[Ids], vectors: FloatArray) -> Made:
        language = _language(number)
        vocabulary = self._words[language]
        texts = [vocabulary.written(each) for each in words]
        source = source_of(number)
        topic = vocabulary.topic(number * PER_DOCUMENT // _PER_TOPIC)
        document = Document(
            id=document_id(self._kb, source),
            kb=self._kb,
            source=source,
            title=f"{vocabulary.written(topic[:4])} {number}",
            text=_GAP.join(texts),
            blocks=(),
            language=language,
            content_hash=hashlib.sha256(source.encode()).hexdigest(),
            metadata={area: "yes" if is_in(area, number) else "no" for area in AREAS},
        )
        return Made(document, tuple(_chunks(document, texts)), vectors)


def source_of(number: int) -> str:
    """The source of a document."""
    return f"{number:07d}.md"


def passage_id(source: str, ordinal: int) -> str:
    """The id of a passage."""
    return hashlib.sha256(f"{source} {ordinal}".encode()).hexdigest()[:32]


def is_in(area: str, number: int) -> bool:
    """Whether a document belongs to an area; each holds its share of them, whatever their topics."""
    drawn = np.random.default_rng([8, number]).random(len(AREAS))
    return bool(drawn[[*AREAS].index(area)] < AREAS[area])


def _vectors(random: np.random.Generator, batch: int) -> FloatArray:
    places = np.arange(batch * BATCH, (batch + 1) * BATCH)
    return passage_vectors(random, places // _PER_TOPIC, places // PER_DOCUMENT)


def _language(number: int) -> Language:
    return "zh" if number % 2 else "en"


def _chunks(document: Document, texts: list[str]) -> Iterator[Chunk]:
    start = 0
    for ordinal, text in enumerate(texts):
        yield Chunk(
            id=passage_id(document.source, ordinal),
            document_id=document.id,
            source=document.source,
            title=document.title,
            span=Span(start, start + len(text)),
            text=text,
            heading_path=(),
            page=None,
            kind=ChunkKind.PROSE,
            language=document.language,
            token_count=len(text) // 4,
            ordinal=ordinal,
        )
        start += len(text) + len(_GAP)
