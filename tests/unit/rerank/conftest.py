from collections.abc import Callable, Sequence

import numpy as np
import pytest
from fakes import FakeTokenStore

from core.ports import TokenVectors
from core.types import Chunk, ChunkKind, Hit, Span, Stage

MakeHit = Callable[..., Hit]
_DIMENSIONS = 64


class WordEncoder:
    """One token per word or Han character, each kind of token at right angles to all others; ``?`` is unknown."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self._ids: dict[str, int] = {}

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        self.calls.append(list(texts))
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> TokenVectors:
        spaced = "".join(f" {character} " if "一" <= character <= "鿿" else character for character in text.lower())
        words = [word.strip(".,>。，？") for word in spaced.split()]
        words = [word for word in words if word]
        ids = np.array([self._ids.setdefault(word, len(self._ids)) for word in words], dtype=np.int64)
        assert len(self._ids) <= _DIMENSIONS
        vectors = np.eye(_DIMENSIONS, dtype=np.float32)[ids]
        known = np.array([word != "?" for word in words], dtype=bool)
        return TokenVectors(ids=ids, vectors=vectors, known=known)


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def store() -> FakeTokenStore:
    return FakeTokenStore()


@pytest.fixture
def make_hit() -> MakeHit:
    def build(text: str, *, score: float = 0.0, title: str = "", **scores: float) -> Hit:
        chunk = Chunk(
            id=f"c-{text}",
            document_id="d",
            source="s.md",
            title=title,
            span=Span(0, len(text)),
            text=text,
            heading_path=(),
            page=None,
            kind=ChunkKind.PROSE,
            language="en",
            token_count=1,
            ordinal=0,
        )
        by_stage = {Stage(name): value for name, value in scores.items()}
        return Hit(chunk=chunk, score=score, stage=Stage.FUSED, scores=by_stage)

    return build
