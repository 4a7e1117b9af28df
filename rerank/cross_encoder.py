"""A cross-encoder by setting: any sequence-classification reranker, from a local folder or the hub.

Weights are read from safetensors only and a model's own code is never run. A passage longer than the model's window
is read in overlapping windows, the best of which counts; nothing is dropped silently. ``rerank/pair_engine.py`` says
what computes the scores.
"""

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from core.errors import InvalidInput
from core.settings import RerankSettings
from core.types import FloatArray, Hit
from inference.model_files import ModelFiles, check_folder, local_folder
from rerank.calibration import Platt, read_calibration
from rerank.pair_engine import PairEngine, choose_pair_engine, log_odds
from rerank.pair_shape import PairShape, read_pair_shape
from rerank.pair_windows import PairTokenizer


class CrossEncoderReranker:
    """A ``Reranker`` that reads question and passage together; loaded at first use and safe to share between threads.

    ``cache`` is where exported models and calibrations are kept. Raises ``InvalidInput`` for an empty name,
    ``ModelRefused`` where the files fail their check and ``DependencyMissing`` where there is no such model.
    """

    def __init__(self, settings: RerankSettings, cache: Path | None = None) -> None:
        if not settings.model:
            raise InvalidInput(f"rerank.kind = {settings.kind!r} needs rerank.model: a folder or hub name, got ''")
        self._settings = settings
        self._cache = cache
        self._lock = threading.RLock()

    def score(self, question: str, hits: Sequence[Hit]) -> FloatArray:
        """Calibrated probability of relevance, shape (n,), float32, 0..1."""
        if not hits:
            return np.zeros(0, dtype=np.float32)
        return self._curve.probability(self.log_odds(question, [hit.chunk.indexed_text for hit in hits]))

    def log_odds(self, question: str, passages: Sequence[str]) -> FloatArray:
        """What the model says of each passage, shape (n,), float32: that of its best window."""
        engine, tokenizer = self._ready()
        windows, owners = tokenizer.windows(question, passages)
        best = np.full(len(passages), -np.inf, dtype=np.float32)
        np.maximum.at(best, owners, log_odds(engine.logits(windows)))
        return best

    def warm(self) -> None:
        """Load everything and read a pair, so that the first question does not pay for it. Raises as ``score`` does."""
        self.log_odds("warm", ["warm"])

    @property
    def fingerprint(self) -> str:
        """SHA-256 of weights and configuration, and the engine; the first one ever for a model may export it."""
        return f"{self.digest[:32]}{self._ready()[0].suffix}"

    @cached_property
    def digest(self) -> str:
        """64 hexadecimal digits that name weights and configuration."""
        return self._files.digest()

    def _ready(self) -> tuple[PairEngine, PairTokenizer]:
        with self._lock:
            return self._engine, self._tokenizer

    @cached_property
    def _files(self) -> ModelFiles:
        files = ModelFiles(local_folder(self._settings.model))
        check_folder(files.folder)
        return files

    @cached_property
    def _shape(self) -> PairShape:
        settings = self._settings
        return read_pair_shape(self._files.folder, max_tokens=settings.max_tokens, instruction=settings.instruction)

    @cached_property
    def _tokenizer(self) -> PairTokenizer:
        return PairTokenizer(self._files.folder, self._shape)

    @cached_property
    def _engine(self) -> PairEngine:
        return choose_pair_engine(self._files, self.digest, self._shape, settings=self._settings, cache=self._cache)

    @cached_property
    def _curve(self) -> Platt:
        return read_calibration(self._cache, self.digest)
