"""Vectors for passages: what the record knows is taken from there, the rest is embedded in full batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from core.ports import Embedder
from core.types import Chunk, Document, FloatArray
from store.source_state import SourceState, text_key

# Stored vectors by text key, for a fingerprint; unknown keys are absent.
KnownVectors: TypeAlias = Callable[[str, Sequence[str]], dict[str, FloatArray]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A document whose passages have no vectors yet."""

    document: Document
    passages: tuple[Chunk, ...]
    state: SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A document that can be stored: one vector of shape (dim,) per passage, in order."""

    document: Document
    passages: tuple[Chunk, ...]
    vectors: tuple[FloatArray, ...]
    state: SourceState


class EmbeddingQueue:
    """Holds documents until their new texts fill a batch; small files then cost no more than large ones."""

    def __init__(self, known: KnownVectors, embedder: Embedder, batch: int) -> None:
        self.embedded = 0
        self._known = known
        self._embedder = embedder
        self._batch = batch
        self._waiting: list[Waiting] = []
        self._vectors: dict[str, FloatArray] = {}
        self._new: dict[str, str] = {}

    def add(self, waiting: Waiting) -> list[Ready]:
        """Queue one document; returns all that wait once a batch is full, else nothing."""
        texts = {text_key(chunk): chunk.indexed_text for chunk in waiting.passages}
        self._vectors |= self._known(self._embedder.fingerprint, list(texts))
        self._new |= {key: text for key, text in texts.items() if key not in self._vectors}
        self._waiting.append(waiting)
        return self.flush() if len(self._new) >= self._batch else []

    def flush(self) -> list[Ready]:
        """Embed what is queued and return every waiting document, oldest first."""
        keys = list(self._new)
        for start in range(0, len(keys), self._batch):
            part = keys[start : start + self._batch]
            vectors = self._embedder.embed_passages([self._new[key] for key in part])
            self._vectors |= dict(zip(part, vectors, strict=True))
        self.embedded += len(keys)
        ready = [self._ready(waiting) for waiting in self._waiting]
        self._waiting, self._vectors, self._new = [], {}, {}
        return ready

    def _ready(self, waiting: Waiting) -> Ready:
        vectors = tuple(self._vectors[text_key(chunk)] for chunk in waiting.passages)
        return Ready(document=waiting.document, passages=waiting.passages, vectors=vectors, state=waiting.state)
