"""The plain way to run a model on a processor: sentence-transformers on torch in float32, as its own pages show it."""

import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from core.types import FloatArray

_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json")


class PlainEmbedder:
    """What this benchmark asks of an embedder, by ``SentenceTransformer.encode``; loaded at first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Shape (n, dim), rows of length 1."""
        found = self._model.encode(list(texts), show_progress_bar=False, normalize_embeddings=True)
        return np.asarray(found, dtype=np.float32)

    def embed_query(self, text: str) -> FloatArray:
        """Shape (dim,), length 1."""
        vector: FloatArray = self.embed_passages([text])[0]
        return vector

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)


class PlainReranker:
    """``CrossEncoder.predict``; loaded at first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def log_odds(self, question: str, passages: Sequence[str]) -> FloatArray:
        """Shape (n,): the model's own scores, without an activation."""
        import torch

        pairs = [(question, passage) for passage in passages]
        found = self._model.predict(pairs, show_progress_bar=False, activation_fn=torch.nn.Identity())
        return np.asarray(found, dtype=np.float32).reshape(len(pairs))

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import CrossEncoder

        return CrossEncoder(str(self._folder), device="cpu", local_files_only=True)


def save_random_reranker(folder: Path, encoder: Path) -> Path:
    """A cross-encoder of the size of the encoder, with its tokenizer and random weights: its scores mean nothing, and
    it takes as long as any other of its size."""
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    config = AutoConfig.from_pretrained(encoder, local_files_only=True)
    config.num_labels = 1
    config.initializer_range = 0.05  # far enough from nothing that scores differ
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_config(config)  # type: ignore[no-untyped-call]  # no types there
    model.save_pretrained(folder)
    for name in _TOKENIZER:
        if (encoder / name).is_file():
            shutil.copy(encoder / name, folder / name)
    return folder
