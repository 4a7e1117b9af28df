"""A cross-encoder on the processor: int8 on onnxruntime, or bfloat16 on OpenVINO; torch is never imported.

``rerank/pair_export.py`` makes the models.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray
from inference.batches import by_length, mask_of, padded_length, stacked
from inference.devices import cores
from inference.onnx_session import OnnxSession
from inference.openvino_request import GROUP, STEP, OpenVinoRequest
from inference.shared_forwards import SharedForwards
from rerank.pair_shape import PairShape
from rerank.pair_windows import Window
from rerank.recipes import BF16, INT8


class OnnxPairs:
    """One window a forward, on one thread; the windows of a question share the processor's cores.

    Alone for the reason that ``OnnxEncoder`` has: dynamic scales are taken over a whole batch.
    """

    suffix = f"/{INT8.name}"

    def __init__(self, model: Path, shape: PairShape, *, threads: int | None = None) -> None:
        self._path = model
        self._shape = shape
        self._threads = threads or cores()

    def logits(self, windows: Sequence[Window]) -> FloatArray:
        """Shape (n, labels), float32."""
        if not windows:
            return np.zeros((0, self._shape.labels), dtype=np.float32)
        session = self._session
        return np.concatenate(list(self._pool.map(lambda window: session(inputs([window], self._shape, 1)), windows)))

    @cached_property
    def _session(self) -> OnnxSession:
        return OnnxSession(self._path)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="pairs")


class OpenVinoPairs:
    """Up to eight windows of about one length per forward, on all threads. Forwards take turns, and windows of
    concurrent questions share them."""

    suffix = f"/{BF16.name}"

    def __init__(self, model: Path, shape: PairShape, *, threads: int | None = None) -> None:
        self._path = model
        self._shape = shape
        self._threads = threads or cores()
        self._shared: SharedForwards[Window, FloatArray] = SharedForwards(
            self._forward, most=GROUP, length=lambda window: padded_length(len(window.ids), STEP)
        )

    def logits(self, windows: Sequence[Window]) -> FloatArray:
        """Shape (n, labels), float32."""
        result = np.zeros((len(windows), self._shape.labels), dtype=np.float32)
        for group in by_length([len(window.ids) for window in windows], most=GROUP, step=STEP):
            result[group] = self._shared.read([windows[at] for at in group])
        return result

    def _forward(self, windows: Sequence[Window]) -> Sequence[FloatArray]:
        return list(self._request(inputs(windows, self._shape, STEP)))

    @cached_property
    def _request(self) -> OpenVinoRequest:
        return OpenVinoRequest(self._path, threads=self._threads)


def inputs(windows: Sequence[Window], shape: PairShape, step: int) -> Mapping[str, NDArray[np.int64]]:
    """The model's inputs by name, each of shape (n, t), where t is a multiple of ``step``."""
    ids = [window.ids for window in windows]
    width = min(padded_length(max(map(len, ids)), step), shape.limit)
    named = {"input_ids": stacked(ids, width, shape.pad), "attention_mask": mask_of(ids, width)}
    if shape.has_types:
        named["token_type_ids"] = stacked([window.types for window in windows], width)
    return named
