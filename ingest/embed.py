"""Vectors for passages: what the record knows is taken from there, the rest is embedded in full batches.

With a place for them, token vectors come from the same reading of a passage as its vector.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from core.ports import PassageEncoder, TokenCodes
from core.types import Chunk, Document, FloatArray
from ingest.token_count import CountTokens, counter_of
from store.source_state import SourceState, text_key

# Stored vectors by text key, for a fingerprint; unknown keys are absent.
KnownVectors: TypeAlias = Callable[[str, Sequence[str]], dict[str, FloatArray]]


class TokenRecord(Protocol):
    """Where packed token vectors are kept, by text key."""

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that have them."""
        ...

    def missing(self, kb: str, batch: int) -> Iterator[Mapping[str, str]]:
        """Texts of live passages that have none by their keys, at most ``batch`` at a time."""
        ...

    def put(self, by_key: Mapping[str, TokenCodes]) -> None:
        """Keep those of texts that are still there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A document whose passages have no vectors yet."""

    document: Document
    passages: tuple[Chunk, ...]
    state: SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A document that can be stored: one vector of shape (dim,) per passage, in order.

    ``tokens`` has the token vectors, by text key, of the texts that were read for it.
    """

    document: Document
    passages: tuple[Chunk, ...]
    vectors: tuple[FloatArray, ...]
    tokens: Mapping[str, TokenCodes]
    state: SourceState


class EmbeddingQueue:
    """Holds documents until their new texts fill a batch; small files then cost no more than large ones.

    Without ``token_record`` no token vectors are made.
    """

    def __init__(
        self, known: KnownVectors, embedder: PassageEncoder, batch: int, token_record: TokenRecord | None = None
    ) -> None:
        self.embedded = 0
        self._known = known
        self._embedder = embedder
        self._batch = batch
        self._token_record = token_record
        self._waiting: list[Waiting] = []
        self._vectors: dict[str, FloatArray] = {}
        self._tokens: dict[str, TokenCodes] = {}
        self._new: dict[str, str] = {}

    @property
    def count(self) -> CountTokens:
        """What a text costs of a passage's budget, as the embedder reads it."""
        return counter_of(self._embedder)

    def add(self, waiting: Waiting) -> list[Ready]:
        """Queue one document; returns all that wait once a batch is full, else nothing."""
        texts = {text_key(chunk): chunk.indexed_text for chunk in waiting.passages}
        self._vectors |= self._known(self._embedder.fingerprint, list(texts))
        read = self._vectors.keys() if self._token_record is None else self._token_record.known(list(texts))
        self._new |= {key: text for key, text in texts.items() if key not in self._vectors or key not in read}
        self._waiting.append(waiting)
        return self.flush() if len(self._new) >= self._batch else []

    def flush(self) -> list[Ready]:
        """Embed what is queued and return every waiting document, oldest first."""
        keys = list(self._new)
        for start in range(0, len(keys), self._batch):
            self._read(keys[start : start + self._batch])
        self.embedded += len(keys)
        ready = [self._ready(waiting) for waiting in self._waiting]
        self._waiting, self._vectors, self._tokens, self._new = [], {}, {}, {}
        return ready

    def fill(self, kb: str) -> None:
        """Token vectors for the passages of earlier runs that have none: they came without, or by another embedder."""
        if self._token_record is None:
            return
        for texts in self._token_record.missing(kb, self._batch):
            _, codes = self._embedder.encode_passages(list(texts.values()))
            self._token_record.put(dict(zip(texts, codes, strict=True)))
            self.embedded += len(texts)

    def _read(self, keys: Sequence[str]) -> None:
        texts = [self._new[key] for key in keys]
        if self._token_record is None:
            self._vectors |= zip(keys, self._embedder.embed_passages(texts), strict=True)
            return
        vectors, codes = self._embedder.encode_passages(texts)
        for key, vector in zip(keys, vectors, strict=True):
            self._vectors.setdefault(key, vector)  # a stored one stays: the indexes hold it
        self._tokens |= zip(keys, codes, strict=True)

    def _ready(self, waiting: Waiting) -> Ready:
        keys = [text_key(chunk) for chunk in waiting.passages]
        return Ready(
            document=waiting.document,
            passages=waiting.passages,
            vectors=tuple(self._vectors[key] for key in keys),
            tokens={key: self._tokens[key] for key in keys if key in self._tokens},
            state=waiting.state,
        )
