"""The seams: what a stage needs from a part that can be exchanged. Each has a small real fake in ``tests/fakes.py``."""

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.explanation import TermShare
from core.types import Chunk, FloatArray, Hit, ParsedDocument, Stage, Usage


class Embedder(Protocol):
    """Text to vectors that are comparable by dot product."""

    @property
    def fingerprint(self) -> str:
        """Names weights and settings; equal fingerprints give equal vectors."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Shape (n, dim), float32, rows of length 1."""
        ...

    def embed_query(self, text: str) -> FloatArray:
        """Shape (dim,), float32, length 1."""
        ...

    def legibility(self, text: str) -> float:
        """Share of the text, 0 to 1, that the model's vocabulary can read; an English model reads little Chinese."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenVectors:
    """The tokens of one text: ``ids`` of shape (t,), ``vectors`` of shape (t, dim) with rows of length 1.

    Special tokens are left out. A token that the vocabulary does not know has ``known`` False.
    """

    ids: NDArray[np.int64]
    vectors: FloatArray
    known: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TokenCodes:
    """The known tokens of one text as ``core.token_codes`` packs them: ``rows`` of shape (t, bytes per token)."""

    rows: NDArray[np.uint8]


class TokenEmbedder(Protocol):
    """Text to one vector per token, for late interaction."""

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """One entry per text, in order; an empty text gives zero tokens."""
        ...


class PassageEncoder(Embedder, Protocol):
    """An embedder that reads a passage once for both of its forms."""

    def encode_passages(self, texts: Sequence[str]) -> tuple[FloatArray, list[TokenCodes]]:
        """The rows of ``embed_passages`` and, from the same forward, the packed token vectors of each text."""
        ...


@runtime_checkable
class TokenCounter(Protocol):
    """An embedder that tells what a text costs it."""

    @property
    def vocabulary(self) -> str:
        """Names what counts, in few characters: equal names count alike."""
        ...

    @property
    def token_counter(self) -> Callable[[Sequence[str]], list[int]]:
        """Tokens of each text, in order, without the special ones around it. A value that can be pickled: files are
        cut into passages in other processes."""
        ...


class TokenStore(Protocol):
    """Packed token vectors of passages that were read before."""

    def token_codes(self, passages: Sequence[Chunk]) -> list[TokenCodes | None]:
        """In the order of ``passages``; None where one has none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """A passage as an index takes it. ``vector`` has shape (dim,) and length 1."""

    chunk_id: str
    text: str
    vector: FloatArray


@dataclass(frozen=True, slots=True)
class ScoredId:
    """A passage id with an index's own score, higher is better."""

    chunk_id: str
    score: float


Query = TypeVar("Query", contravariant=True)


class ChunkIndex(Protocol[Query]):
    """A disposable index over the passages of one knowledge base."""

    @property
    def is_worn(self) -> bool:
        """Whether so much was deleted from it that it had better be built anew."""
        ...

    def apply(self, adds: Sequence[IndexEntry], deletes: Sequence[str]) -> None:
        """Make the changes durable; applying the same changes again changes nothing."""
        ...

    def search(self, query: Query, k: int) -> list[ScoredId]:
        """At most ``k`` ids, best first, ties broken by id."""
        ...

    def ids(self) -> set[str]:
        """Every id that the index holds, for comparison with the record."""
        ...

    def close(self) -> None:
        """Give back files and memory; the index is not used afterwards."""
        ...


@runtime_checkable
class PacedIndex(Protocol):
    """An index that holds up questions while it takes in changes, so that it takes them in little by little."""

    def expect(self, adds: Sequence[IndexEntry]) -> None:
        """Searches of this process find these from now on; ``apply`` brings them."""
        ...

    def portion(self, waiting: int) -> int:
        """How many of so many waiting changes to apply now; 0: later."""
        ...


class VectorIndex(ChunkIndex[FloatArray], Protocol):
    """An index by vectors, which can also give them back."""

    def vectors(self, ids: Sequence[str]) -> Mapping[str, FloatArray]:
        """Those that it holds of these passages, each of shape (dim,), for comparison with the record."""
        ...


class LexicalIndex(ChunkIndex[str], Protocol):
    """An index by words, which can also look at some passages only. ``also`` are phrases that mean the same as one in
    the query; their terms count less (``core.text.query_weights``)."""

    def search(self, query: str, k: int, also: Collection[str] = ()) -> list[ScoredId]:
        """At most ``k`` ids, best first, ties broken by id."""
        ...

    def search_within(self, query: str, k: int, ids: Collection[str], also: Collection[str] = ()) -> list[ScoredId]:
        """As ``search``, of these passages; scores are those that they have among all."""
        ...

    def shares(self, query: str, ids: Sequence[str], also: Collection[str] = ()) -> Mapping[str, tuple[TermShare, ...]]:
        """What each term of the query gives these passages, the weightiest first; they add up to the score."""
        ...


class Reranker(Protocol):
    """A better order for a few candidates."""

    def score(self, question: str, hits: Sequence[Hit]) -> FloatArray:
        """Shape (n,), float32, higher is better, in the order of ``hits``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """``scores`` as a reranker gives them, and those of each of its steps: shape (n,), NaN where a step read nothing.

    ``degraded`` names steps that were down and were done without.
    """

    scores: FloatArray
    steps: Mapping[Stage, FloatArray]
    degraded: tuple[str, ...] = ()


@runtime_checkable
class SteppingReranker(Reranker, Protocol):
    """A reranker of several steps that tells what each of them said."""

    def rank(self, question: str, hits: Sequence[Hit]) -> Ranked:
        """In the order of ``hits``; ``scores`` are those of ``score``."""
        ...


@runtime_checkable
class Warmable(Protocol):
    """A part whose first use takes long."""

    def warm(self) -> None:
        """Pay for that now. Raises what the first use would."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to an answer model. ``plain`` takes the place of ``content`` for a server that takes no JSON schema;
    empty where it is the same."""

    role: Literal["system", "user", "assistant"]
    content: str
    plain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDelta:
    """A piece of a streamed completion. Only the last one carries ``finish_reason``; a stream that ends without
    ``finish_reason == "stop"`` was cut and is not an answer."""

    text: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None


class AnswerModel(Protocol):
    """A chat model behind the OpenAI protocol or anything else that streams text."""

    @property
    def name(self) -> str:
        """As its server knows it."""
        ...

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """What a completion depends on besides the messages, such as temperature and seed."""
        ...

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[ModelDelta]:
        """Raises ``Unavailable`` when the server is down, answers nonsense, or stalls."""
        ...


class Parser(Protocol):
    """One way to read a file."""

    def parse(self, path: Path) -> ParsedDocument:
        """Raises ``ParseError`` with an outcome and a reason; never returns a document without text."""
        ...
