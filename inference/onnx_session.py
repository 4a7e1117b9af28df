"""A model on onnxruntime, ready to be asked."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray


class OnnxSession:
    """One thread a forward; safe to call from several threads, which share the processor's cores. Loaded at once."""

    def __init__(self, model: Path) -> None:
        import onnxruntime  # type: ignore[import-untyped]  # onnxruntime ships no types

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # Patterns are remembered per input shape, and here almost every text has its own.
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._names = {each.name for each in self._session.get_inputs()}

    def __call__(self, inputs: Mapping[str, NDArray[np.int64]]) -> FloatArray:
        """The first output; inputs that the model does not have are left out."""
        kept = {name: value for name, value in inputs.items() if name in self._names}
        return np.asarray(self._session.run(None, kept)[0], dtype=np.float32)
