"""A BERT-like mean-pooling encoder in int8 on onnxruntime; torch is never imported.

``retrieval/engine_export.py`` makes the model; ``docs/decisions/0004-onnx-int8-on-the-processor.md`` has the figures.
"""

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray
from inference.onnx_session import OnnxSession
from retrieval.recipes import INT8
from retrieval.window_encoder import WindowEncoder


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
        return self._session({"input_ids": ids, "attention_mask": mask})

    @cached_property
    def _session(self) -> OnnxSession:
        return OnnxSession(self._path)
