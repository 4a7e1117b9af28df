"""Which inference engine reads a model on this machine, and what an engine offers."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import DependencyError, ModelRefused
from core.types import FloatArray
from inference.devices import cuda_usable, has_matrix_units
from inference.model_files import ModelFiles

EngineName: TypeAlias = Literal["auto", "openvino", "onnx", "torch"]
Kept = TypeVar("Kept")

logger = logging.getLogger(__name__)


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
    """torch on CUDA; else OpenVINO in bfloat16 where the processor has matrix units, else onnxruntime in int8.

    ``"auto"`` takes torch where ``cache`` is None or no export serves, with a warning that says why; ``"openvino"`` and
    ``"onnx"`` raise ``DependencyError`` instead. The first use of a model exports it once (10 to 30 seconds).
    """
    from retrieval.engine_torch import TorchEngine

    if engine == "torch" or (engine == "auto" and (cache is None or cuda_usable())):
        return TorchEngine(files, batch=batch)
    if cache is None:
        raise ModelRefused(f"engine {engine!r} needs a cache folder to keep the exported model in, got None")
    try:
        return _exported(files, digest, cache, engine)
    except DependencyError as error:
        if engine != "auto":
            raise
        logger.warning("torch in float32 serves, two to four times slower: %s", error)
        return TorchEngine(files, batch=batch)


def _exported(files: ModelFiles, digest: str, cache: Path, engine: EngineName) -> Engine:
    from inference.export_cache import exported_model
    from retrieval.onnx_encoder import OnnxEncoder
    from retrieval.openvino_encoder import OpenVinoEncoder
    from retrieval.recipes import BF16, INT8
    from retrieval.window_encoder import read_shape

    read_shape(files.folder)
    if engine == "openvino" or (engine == "auto" and has_matrix_units()):
        return OpenVinoEncoder(exported_model(files, digest, cache, BF16), files.folder)
    return OnnxEncoder(exported_model(files, digest, cache, INT8), files.folder)
