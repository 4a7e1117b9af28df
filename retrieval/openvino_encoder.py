"""A BERT-like mean-pooling encoder in bfloat16 on OpenVINO, for processors with matrix units (AMX).

``retrieval/engine_export.py`` makes the model; ``docs/decisions/0014-bfloat16-where-the-processor-has-it.md`` has the
figures.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray
from inference.batches import padded_length
from inference.openvino_request import GROUP, STEP, OpenVinoRequest
from inference.shared_forwards import SharedForwards
from retrieval.recipes import BF16
from retrieval.window_encoder import WindowEncoder


class OpenVinoEncoder(WindowEncoder):
    """An ``Engine`` that reads up to eight windows of about one length per forward, on all of its threads.

    Forwards take turns, and windows of concurrent callers share them.
    """

    suffix = f"/{BF16.name}"
    group = GROUP
    step = STEP

    def __init__(self, model: Path, folder: Path, *, threads: int | None = None) -> None:
        super().__init__(folder, threads=threads)
        self._path = model
        self._shared: SharedForwards[NDArray[np.int64], FloatArray] = SharedForwards(
            super()._forward, most=GROUP, length=lambda ids: padded_length(len(ids), STEP)
        )

    def _forward(self, ids: Sequence[NDArray[np.int64]]) -> Sequence[FloatArray]:
        return self._shared.read(ids)

    def _hidden(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> FloatArray:
        return self._request({"input_ids": ids, "attention_mask": mask})

    @cached_property
    def _request(self) -> OpenVinoRequest:
        return OpenVinoRequest(self._path, threads=self._threads)
