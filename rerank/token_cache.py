"""Token vectors of the texts that were asked for last: popular passages come up for question after question."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from core.ports import TokenEmbedder, TokenVectors


@dataclass(frozen=True, slots=True)
class _Kept:
    """Half the bytes of ``TokenVectors``; the rounding moves a cosine by less than 0.001."""

    ids: NDArray[np.int64]
    vectors: NDArray[np.float16]
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, tokens: TokenVectors) -> "_Kept":
        return cls(tokens.ids, tokens.vectors.astype(np.float16), tokens.known)

    def restored(self) -> TokenVectors:
        return TokenVectors(ids=self.ids, vectors=self.vectors.astype(np.float32), known=self.known)


class RememberedTokens:
    """A ``TokenEmbedder`` that encodes a text once while it is among the last ``limit`` texts used. Thread-safe."""

    def __init__(self, encoder: TokenEmbedder, *, limit: int) -> None:
        self._encoder = encoder
        self._limit = limit
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """As the encoder's, rounded to half precision whether remembered or new."""
        wanted = list(dict.fromkeys(texts))
        with self._lock:
            found = {text: self._kept[text] for text in wanted if text in self._kept}
        missing = [text for text in wanted if text not in found]
        # Encoding runs outside the lock: two threads may do the same text twice, none waits for the other's.
        new = self._encoder.embed_tokens(missing) if missing else []
        found |= {text: _Kept.of(tokens) for text, tokens in zip(missing, new, strict=True)}
        self._keep(found)
        return [found[text].restored() for text in texts]

    def _keep(self, used: dict[str, _Kept]) -> None:
        with self._lock:
            for text, kept in used.items():
                self._kept[text] = kept
                self._kept.move_to_end(text)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
