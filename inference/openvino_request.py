"""A model on OpenVINO, ready to be asked."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray

if TYPE_CHECKING:
    from openvino import InferRequest  # type: ignore[import-untyped]  # openvino ships no types

# A row of a batch has the same bits as alone (tested), and up to eight are faster together.
GROUP = 8
# Padding to steps keeps the number of shapes small: the first forward of each costs 5 ms.
STEP = 16


class OpenVinoRequest:
    """One request in bfloat16 on all ``threads``, compiled at once. Not safe to share: forwards take turns.

    Two Python threads inside OpenVINO's bindings at once can wait for each other for ever (2026.4.1: one holds the
    interpreter's lock, the other the request's).
    """

    def __init__(self, model: Path, *, threads: int) -> None:
        self._request = compiled(model, INFERENCE_PRECISION_HINT="bf16", INFERENCE_NUM_THREADS=threads, NUM_STREAMS=1)
        self._names = {port.get_any_name() for port in self._request.model_inputs}

    def __call__(self, inputs: Mapping[str, NDArray[np.int64]]) -> FloatArray:
        """The first output; inputs that the model does not have are left out."""
        results = self._request.infer({name: value for name, value in inputs.items() if name in self._names})
        # The request keeps its output buffer; the next forward would write into it.
        return np.array(next(iter(results.values())), dtype=np.float32)


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
