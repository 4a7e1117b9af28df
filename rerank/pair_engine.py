"""Which inference engine a cross-encoder runs on, and what such an engine offers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from core.errors import DependencyMissing
from core.settings import RerankSettings
from core.types import FloatArray
from inference.choice import chosen_engine
from inference.devices import cuda_usable
from inference.model_files import ModelFiles
from rerank.pair_shape import PairShape
from rerank.pair_windows import Window


class PairEngine(Protocol):
    """Safe to share between threads. A window's logits do not depend on the windows beside it."""

    @property
    def suffix(self) -> str:
        """What the engine adds to a fingerprint: other arithmetic gives other scores."""
        ...

    def logits(self, windows: Sequence[Window]) -> FloatArray:
        """Shape (n, labels), float32."""
        ...


def log_odds(logits: FloatArray) -> FloatArray:
    """Shape (n,) for logits of shape (n, labels): the one label, or the second of two less the first."""
    return logits[:, 0] if logits.shape[1] == 1 else logits[:, 1] - logits[:, 0]


def choose_pair_engine(
    files: ModelFiles, digest: str, shape: PairShape, *, settings: RerankSettings, cache: Path | None
) -> PairEngine:
    """As ``chosen_engine``; the first use of a model exports it once. Raises ``DependencyMissing`` where the settings
    want CUDA and there is none."""
    from rerank.pair_torch import TorchPairs

    on_cuda = settings.device != "cpu" and cuda_usable()
    if settings.device == "cuda" and not on_cuda:
        raise DependencyMissing("rerank.device = 'cuda', and this torch or this machine has none; set it to 'auto'")

    def exported(cache: Path, in_bfloat16: bool) -> PairEngine:
        from inference.export_cache import exported_model
        from rerank.pair_exported import OnnxPairs, OpenVinoPairs
        from rerank.recipes import BF16, INT8

        if in_bfloat16:
            return OpenVinoPairs(exported_model(files, digest, cache, BF16), shape)
        return OnnxPairs(exported_model(files, digest, cache, INT8), shape)

    return chosen_engine(
        settings.engine,
        on_cuda=on_cuda,
        cache=cache,
        torch=lambda: TorchPairs(files, shape, on_cuda=on_cuda, most=settings.batch, tokens=settings.batch_tokens),
        exported=exported,
    )
