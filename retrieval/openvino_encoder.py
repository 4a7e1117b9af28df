"""A BERT-like mean-pooling encoder in bfloat16 on OpenVINO, for processors with matrix units (AMX).

``retrieval/engine_export.py`` makes the model; ``docs/decisions/0014-bfloat16-where-the-processor-has-it.md`` has the
figures.
"""

import importlib.util
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray
from retrieval.recipes import BF16
from retrieval.window_encoder import WindowEncoder

if TYPE_CHECKING:
    from openvino import InferRequest  # type: ignore[import-untyped]  # openvino ships no types


class OpenVinoEncoder(WindowEncoder):
    """An ``Engine`` that reads up to eight windows of about one length per forward, on all of its threads.

    A row of a batch has the same bits as alone (tested); padding to steps keeps the number of shapes small, because
    the first forward of each shape costs 5 ms. Forwards take turns: two Python threads inside OpenVINO's bindings at
    once can wait for each other for ever (2026.4.1: one holds the interpreter's lock, the other the request's).
    """

    suffix = f"/{BF16.name}"
    group = 8
    step = 16

    def __init__(self, model: Path, folder: Path, *, threads: int | None = None) -> None:
        super().__init__(folder, threads=threads)
        self._path = model
        self._turn = threading.Lock()

    def _hidden(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> FloatArray:
        with self._turn:
            results = self._request.infer({"input_ids": ids, "attention_mask": mask})
            # The request keeps its output buffer; the next forward would write into it.
            return np.array(next(iter(results.values())), dtype=np.float32)

    @cached_property
    def _request(self) -> "InferRequest":
        return compiled(self._path, INFERENCE_PRECISION_HINT="bf16", INFERENCE_NUM_THREADS=self._threads, NUM_STREAMS=1)


def compiled(model: Path, **options: str | int) -> "InferRequest":
    """A request to a model on this processor, made by a thread that ends.

    OpenVINO gives the thread that begins a core a stack for signals of its own and frees it with the core, whichever
    thread does that (2026.4.1). If it were the main thread's, the next Ctrl-C would be a segmentation fault.
    """

    def make() -> "InferRequest":
        import openvino

        return openvino.Core().compile_model(model, "CPU", options).create_infer_request()

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="openvino") as beginner:
        return beginner.submit(make).result()


def is_worth_it() -> bool:
    """Whether OpenVINO is installed and this processor multiplies bfloat16 matrices in hardware.

    Without that, int8 on onnxruntime is faster. Told from ``/proc/cpuinfo``; False where there is none.
    """
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return " amx_bf16" in flags and importlib.util.find_spec("openvino") is not None
