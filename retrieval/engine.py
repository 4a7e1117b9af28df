"""Which inference engine reads a model on this machine, and what an engine offers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray
from inference.choice import EngineName, chosen_engine
from inference.devices import cuda_usable
from inference.model_files import ModelFiles

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class WindowTokens:
    """One window as the model read it, special tokens included: ``ids`` (t,), ``vectors`` (t, dim) as they came."""

    ids: NDArray[np.int64]
    vectors: FloatArray


class Engine(Protocol):
    """Reads texts that fit the model's window. Safe to share between threads."""

    @property
    def suffix(self) -> str:
        """What the engine adds to a fingerprint: other arithmetic gives other vectors."""
        ...

    @property
    def window(self) -> int:
        """Most tokens of a text that are read at once, without special tokens and prompts."""
        ...

    def vectors(self, windows: Sequence[str], *, query: bool) -> FloatArray:
        """One pooled vector per window, shape (n, dim), float32."""
        ...

    def tokens(self, windows: Sequence[str]) -> list[WindowTokens]:
        """The last layer, one entry per window."""
        ...

    def both(
        self, windows: Sequence[str], keep: Callable[[WindowTokens], Kept], *, query: bool
    ) -> tuple[FloatArray, list[Kept]]:
        """``vectors`` and what ``keep`` makes of each entry of ``tokens``, from one forward where the model allows it.

        ``keep`` may run in several threads at once.
        """
        ...


def choose_engine(
    files: ModelFiles, digest: str, *, engine: EngineName, cache: Path | None = None, batch: int = 8
) -> Engine:
    """As ``chosen_engine``; the first use of a model exports it once (10 to 30 seconds)."""
    from retrieval.engine_torch import TorchEngine

    def exported(cache: Path, in_bfloat16: bool) -> Engine:
        from inference.export_cache import exported_model
        from retrieval.onnx_encoder import OnnxEncoder
        from retrieval.openvino_encoder import OpenVinoEncoder
        from retrieval.recipes import BF16, INT8
        from retrieval.window_encoder import read_shape

        read_shape(files.folder)
        if in_bfloat16:
            return OpenVinoEncoder(exported_model(files, digest, cache, BF16), files.folder)
        return OnnxEncoder(exported_model(files, digest, cache, INT8), files.folder)

    return chosen_engine(
        engine,
        on_cuda=cuda_usable(),
        cache=cache,
        torch=lambda: TorchEngine(files, batch=batch),
        exported=exported,
    )
