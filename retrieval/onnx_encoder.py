"""A BERT-like mean-pooling encoder in int8 on onnxruntime; torch is never imported.

``retrieval/engine_export.py`` makes the model; ``docs/decisions/0004-onnx-int8-on-the-processor.md`` has the figures.
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray
from retrieval.recipes import INT8
from retrieval.window_encoder import WindowEncoder

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]  # onnxruntime ships no types


class OnnxEncoder(WindowEncoder):
    """An ``Engine`` that reads one window per forward, on one thread; many windows share the processor's cores.

    Dynamic quantisation scales by the largest activation of the whole batch, so a neighbour would change a text's
    vector (measured: cosine .992, down to .981). Alone, a text has the same vector to the bit wherever it stands, and
    nothing is lost: there is no padding, and threads that work on different windows never wait for each other.
    """

    suffix = f"/{INT8.name}"
    group = 1
    step = 1

    def __init__(self, model: Path, folder: Path, *, threads: int | None = None) -> None:
        super().__init__(folder, threads=threads)
        self._path = model

    def _hidden(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> FloatArray:
        (hidden,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(hidden, dtype=np.float32)

    @cached_property
    def _session(self) -> "InferenceSession":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # Patterns are remembered per input shape, and here almost every text has its own.
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self._path), options, providers=["CPUExecutionProvider"])
