"""Vectors for passages: what the record knows is taken from there, the rest is embedded in full batches.

With a place for them, token vectors come from the same reading of a passage as its vector. The embedder works in a
thread of its own, so that the next documents are read and the last ones written meanwhile.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from core.ports import PassageEncoder, TokenCodes
from core.types import Chunk, Document, FloatArray
from store.put import NewVersion
from store.source_state import SourceState

# Stored vectors by text key, for a fingerprint; unknown keys are absent.
KnownVectors: TypeAlias = Callable[[str, Sequence[str]], dict[str, FloatArray]]

# Loads that wait for the embedder at most: enough that it never waits for the next, few enough for memory.
_LOADS_AHEAD = 2
# A load is also full when it holds so many batches of passages that need not be read.
_BATCHES_KNOWN = 8


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
    """A document whose passages have no vectors yet; ``keys`` are their text keys, in order."""

    document: Document
    passages: tuple[Chunk, ...]
    keys: tuple[str, ...]
    state: SourceState


@dataclass(frozen=True, slots=True)
class _Read:
    """What the embedder made of texts, by key."""

    vectors: Mapping[str, FloatArray]
    tokens: Mapping[str, TokenCodes]


@dataclass(slots=True, kw_only=True)
class _Load:
    """Documents that are embedded together: ``texts`` are to be read, ``vectors`` are in the record, and what a load
    before this one reads is ``borrowed`` from it."""

    documents: list[Waiting] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    vectors: dict[str, FloatArray] = field(default_factory=dict)
    borrowed: dict[str, "_Load"] = field(default_factory=dict)
    passages: int = 0
    read: Future[_Read] = field(default_factory=Future)


class EmbeddingQueue:
    """Holds documents until their new texts fill a batch; small files then cost no more than large ones.

    Documents come out in the order in which they went in. How many passages are held is bounded: ``add`` waits for the
    embedder where it is behind. Without ``token_record`` no token vectors are made. The thread ends with the ``with``
    block.
    """

    def __init__(
        self, known: KnownVectors, embedder: PassageEncoder, batch: int, token_record: TokenRecord | None = None
    ) -> None:
        self.embedded = 0
        self._known = known
        self._embedder = embedder
        self._batch = batch
        self._token_record = token_record
        self._fingerprint = embedder.fingerprint
        self._unsorted: list[Waiting] = []
        self._next = _Load()
        self._loads: deque[_Load] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedding")

    def add(self, waiting: Waiting) -> Iterator[list[NewVersion]]:
        """Queue one document. Gives those that can be stored, and raises what the embedder raised."""
        self._unsorted.append(waiting)
        if sum(len(each.passages) for each in self._unsorted) >= self._batch:
            self._sort()
        if len(self._next.texts) >= self._batch or self._next.passages >= _BATCHES_KNOWN * self._batch:
            self._send()
        return self._taken(_LOADS_AHEAD)

    def ready(self) -> Iterator[list[NewVersion]]:
        """Those that can be stored now; waits for nothing."""
        return self._taken(len(self._loads))

    def flush(self) -> Iterator[list[NewVersion]]:
        """Embed what is queued and give every waiting document, oldest first."""
        self._sort()
        self._send()
        return self._taken(0)

    def __enter__(self) -> "EmbeddingQueue":
        return self

    def __exit__(self, *_error: object) -> None:
        # What waits is forgotten; the batch at hand ends first.
        self._thread.shutdown(cancel_futures=True)

    def settle(self) -> Iterator[list[NewVersion]]:
        """What has been read, where nothing more is to be; the batch at hand ends first."""
        for load in reversed(self._loads):
            load.read.cancel()
        while self._loads and not self._loads[0].read.cancelled() and self._loads[0].read.exception() is None:
            yield self._first()

    def fill(self, kb: str) -> None:
        """Token vectors for the passages of earlier runs that have none: they came without, or by another embedder."""
        if self._token_record is None:
            return
        for texts in self._token_record.missing(kb, self._batch):
            _, codes = self._embedder.encode_passages(list(texts.values()))
            self._token_record.put(dict(zip(texts, codes, strict=True)))
            self.embedded += len(texts)

    def _sort(self) -> None:
        """Tell apart what is to be read and what is known, for several documents at once."""
        load = self._next
        texts = {
            key: chunk.indexed_text
            for each in self._unsorted
            for key, chunk in zip(each.keys, each.passages, strict=True)
            if key not in load.texts
        }
        load.vectors |= self._known(self._fingerprint, list(texts))
        read = load.vectors.keys() if self._token_record is None else self._token_record.known(list(texts))
        for key, text in texts.items():
            lender = next((each for each in self._loads if key in each.texts), None)
            if lender is not None:
                load.borrowed[key] = lender
            elif key not in load.vectors or key not in read:
                load.texts[key] = text
        load.documents += self._unsorted
        load.passages += sum(len(each.passages) for each in self._unsorted)
        self._unsorted = []

    def _send(self) -> None:
        if self._next.documents:
            self._next.read = self._thread.submit(self._read, self._next.texts)
            self._loads.append(self._next)
            self._next = _Load()

    def _taken(self, held: int) -> Iterator[list[NewVersion]]:
        """The documents of each load that is done, and of whatever else is more than ``held`` loads."""
        while self._loads and (len(self._loads) > held or self._loads[0].read.done()):
            yield self._first()

    def _first(self) -> list[NewVersion]:
        load = self._loads[0]
        taken = [_version(each, load) for each in load.documents]
        self._loads.popleft()
        self.embedded += len(load.texts)
        load.borrowed.clear()  # else every load would keep the one before it
        return taken

    def _read(self, texts: Mapping[str, str]) -> _Read:
        """Runs in the embedder's thread."""
        vectors: dict[str, FloatArray] = {}
        tokens: dict[str, TokenCodes] = {}
        for keys in _parts(list(texts), self._batch):
            part = [texts[key] for key in keys]
            if self._token_record is None:
                vectors |= zip(keys, self._embedder.embed_passages(part), strict=True)
            else:
                rows, codes = self._embedder.encode_passages(part)
                vectors |= zip(keys, rows, strict=True)
                tokens |= zip(keys, codes, strict=True)
        return _Read(vectors, tokens)


def _parts(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _version(waiting: Waiting, load: _Load) -> NewVersion:
    read = load.read.result()
    return NewVersion(
        document=waiting.document,
        passages=waiting.passages,
        keys=waiting.keys,
        vectors=[_vector(key, load) for key in waiting.keys],
        state=waiting.state,
        tokens={key: read.tokens[key] for key in waiting.keys if key in read.tokens},
    )


def _vector(key: str, load: _Load) -> FloatArray:
    if key in load.vectors:
        return load.vectors[key]  # a stored one stays: the indexes hold it
    return load.borrowed[key].read.result().vectors[key] if key in load.borrowed else load.read.result().vectors[key]
