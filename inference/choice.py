"""Which inference engine computes a model on this machine: torch, or an export for the processor."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

from core.errors import DependencyError, ModelRefused
from inference.devices import has_matrix_units

EngineName: TypeAlias = Literal["auto", "openvino", "onnx", "torch"]
Engine = TypeVar("Engine")

logger = logging.getLogger(__name__)


def chosen_engine(
    wanted: EngineName,
    *,
    on_cuda: bool,
    cache: Path | None,
    torch: Callable[[], Engine],
    exported: Callable[[Path, bool], Engine],
) -> Engine:
    """torch on CUDA; else OpenVINO in bfloat16 where the processor has matrix units, else onnxruntime in int8.

    ``"auto"`` takes torch where ``cache`` is None or no export serves, with a warning that says why; ``"openvino"`` and
    ``"onnx"`` raise ``DependencyError`` instead. ``exported`` makes an engine of an export in the cache: that in
    bfloat16 where it is told True, else that in int8.
    """
    if wanted == "torch" or (wanted == "auto" and (cache is None or on_cuda)):
        return torch()
    if cache is None:
        raise ModelRefused(f"engine {wanted!r} needs a cache folder to keep the exported model in, got None")
    try:
        return exported(cache, wanted == "openvino" or (wanted == "auto" and has_matrix_units()))
    except DependencyError as error:
        if wanted != "auto":
            raise
        logger.warning("torch in float32 takes its place, two to four times slower: %s", error)
        return torch()
