"""A small real fake of each seam, and short ways to make documents and passages."""

import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence

import numpy as np

from answer.sentences.sentences import Sentence
from core.errors import DependencyMissing
from core.ports import IndexEntry, Message, ModelDelta, ScoredId, TokenCodes, TokenVectors
from core.text import analyse, analyse_query, count_tokens, language_of
from core.token_codes import encode
from core.types import Chunk, ChunkKind, Document, FloatArray, Hit, Outcome, Span
from store.editions import Recipe
from store.source_state import SourceState, document_id

DIMENSION = 64


class FakeEmbedder:
    """Vectors that are sums of one random direction per term: texts that share terms are close."""

    def __init__(self, fingerprint: str = "fake-1", legible: float = 1.0) -> None:
        self.fingerprint = fingerprint
        self.embedded: list[str] = []
        self._legible = legible

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        self.embedded += texts
        return np.stack([self._vector(analyse(text)) for text in texts])

    def embed_query(self, text: str) -> FloatArray:
        return self._vector(analyse_query(text))

    def encode_passages(self, texts: Sequence[str]) -> tuple[FloatArray, list[TokenCodes]]:
        return self.embed_passages(texts), [encode(tokens) for tokens in self.embed_tokens(texts)]

    def legibility(self, text: str) -> float:
        return self._legible

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return [self._tokens(analyse(text)) for text in texts]

    def _tokens(self, terms: Sequence[str]) -> TokenVectors:
        vectors = [self._vector([term]) for term in terms]
        return TokenVectors(
            ids=np.array([_seed(term) % 30_000 for term in terms], dtype=np.int64),
            vectors=np.stack(vectors) if vectors else np.zeros((0, DIMENSION), dtype=np.float32),
            known=np.ones(len(terms), dtype=np.bool_),
        )

    def _vector(self, terms: Sequence[str]) -> FloatArray:
        total = np.full(DIMENSION, 1e-3)
        for term in terms:
            total += np.random.default_rng(_seed(self.fingerprint + term)).standard_normal(DIMENSION)
        return (total / np.linalg.norm(total)).astype(np.float32)


def _seed(term: str) -> int:
    return int.from_bytes(hashlib.sha256(term.encode()).digest()[:8])


class FakeEncoders:
    """``retrieval.indexes.Encoders`` over embedders at hand; the first one is that of the settings."""

    def __init__(self, *embedders: FakeEmbedder, cut: str = "") -> None:
        self.embedders = list(embedders)
        self.cut = cut

    def recipe(self) -> Recipe:
        return Recipe(cut=self.cut, fingerprint=self.embedders[0].fingerprint)

    def of(self, recipe: Recipe) -> FakeEmbedder:
        for embedder in self.embedders:
            if embedder.fingerprint == recipe.fingerprint:
                return embedder
        raise DependencyMissing(f"no embedder {recipe.fingerprint!r}")


class FakeVectorIndex:
    """Exact search over a dictionary."""

    is_worn = False

    def __init__(self) -> None:
        self.held: dict[str, FloatArray] = {}

    def apply(self, adds: Sequence[IndexEntry], deletes: Sequence[str]) -> None:
        for chunk_id in deletes:
            self.held.pop(chunk_id, None)
        self.held |= {entry.chunk_id: entry.vector for entry in adds}

    def search(self, query: FloatArray, k: int) -> list[ScoredId]:
        scored = [ScoredId(chunk_id, float(query @ vector)) for chunk_id, vector in self.held.items()]
        return sorted(scored, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def ids(self) -> set[str]:
        return set(self.held)

    def vectors(self, ids: Sequence[str]) -> dict[str, FloatArray]:
        return {chunk_id: self.held[chunk_id] for chunk_id in ids if chunk_id in self.held}

    def close(self) -> None: ...


class FakeTokenStore:
    """Packed token vectors by the text of a passage; ``asked`` counts the passages looked up."""

    def __init__(self) -> None:
        self.by_text: dict[str, TokenCodes] = {}
        self.asked = 0

    def token_codes(self, passages: Sequence[Chunk]) -> list[TokenCodes | None]:
        self.asked += len(passages)
        return [self.by_text.get(chunk.indexed_text) for chunk in passages]


class FakeJudge:
    """Log-odds by shared terms: 4 where a sentence under what it hangs on holds all of the question's, -4 for none."""

    def log_odds(self, question: str, sentences: Sequence[Sentence]) -> FloatArray:
        asked = set(analyse_query(question))
        shares = [len(asked & set(analyse(each.in_context))) / max(1, len(asked)) for each in sentences]
        return np.array([8 * share - 4 for share in shares], dtype=np.float32)


class FakeReranker:
    """Scores by how many terms of the question a passage has."""

    def score(self, question: str, hits: Sequence[Hit]) -> FloatArray:
        asked = set(analyse_query(question))
        return np.array([len(asked & set(analyse(hit.chunk.text))) for hit in hits], dtype=np.float32)


class FakeModel:
    """An answer model that says what it was given, in pieces, then ends as it was told."""

    name = "fake"
    parameters: Mapping[str, float | int | str] = {"seed": 42}

    def __init__(self, pieces: Sequence[str], finish_reason: str | None = "stop") -> None:
        self._pieces = pieces
        self._finish_reason = finish_reason
        self.asked: list[Sequence[Message]] = []

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[ModelDelta]:
        self.asked.append(messages)
        for piece in self._pieces:
            yield ModelDelta(text=piece)
        if self._finish_reason:
            yield ModelDelta(finish_reason=self._finish_reason)


def a_document(source: str, text: str, *, kb: str = "kb", title: str = "Manual") -> Document:
    """A document without structure; its hash follows its text."""
    return Document(
        id=document_id(kb, source),
        kb=kb,
        source=source,
        title=title,
        text=text,
        blocks=(),
        language=language_of(text),
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
    )


def paragraphs_of(document: Document) -> list[Chunk]:
    """One passage per paragraph, with an id made of source and text."""
    chunks: list[Chunk] = []
    start = 0
    for part in document.text.split("\n\n"):
        span = Span(start, start + len(part))
        start = span.end + 2
        chunks.append(
            Chunk(
                id=hashlib.sha256(f"{document.kb}{document.source}{part}".encode()).hexdigest()[:24],
                document_id=document.id,
                source=document.source,
                title=document.title,
                span=span,
                text=part,
                heading_path=(),
                page=None,
                kind=ChunkKind.PROSE,
                language=language_of(part),
                token_count=count_tokens(part),
                ordinal=len(chunks),
            )
        )
    return chunks


def state_of(document: Document, outcome: Outcome = Outcome.INGESTED, reason: str = "") -> SourceState:
    """The record's view of a document's file."""
    return SourceState(
        source=document.source,
        content_hash=document.content_hash,
        pipeline="test",
        outcome=outcome,
        reason=reason,
        parser="test",
        size=len(document.text),
        mtime_ns=0,
    )
