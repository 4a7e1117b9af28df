"""A cross-encoder on torch: any sequence-classification model; half precision on CUDA, float32 elsewhere."""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from core.errors import ModelRefused
from core.types import FloatArray
from inference.batches import within_budget
from inference.model_files import ModelFiles
from rerank.pair_exported import inputs
from rerank.pair_shape import PairShape
from rerank.pair_windows import Window

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


class TorchPairs:
    """Loaded at first use. Raises ``ModelRefused`` where the folder does not load.

    A forward holds at most ``most`` windows and ``tokens`` tokens, padding included: memory has a bound however many
    passages there are, and windows of about one length waste little of it.
    """

    suffix = ""

    def __init__(self, files: ModelFiles, shape: PairShape, *, on_cuda: bool, most: int, tokens: int) -> None:
        self._files = files
        self._shape = shape
        self._on_cuda = on_cuda
        self._most = most
        self._tokens = tokens
        self._lock = threading.RLock()

    def logits(self, windows: Sequence[Window]) -> FloatArray:
        """Shape (n, labels), float32."""
        result = np.zeros((len(windows), self._shape.labels), dtype=np.float32)
        with self._lock:
            groups = within_budget([len(each.ids) for each in windows], tokens=self._tokens, most=self._most)
            # All forwards are queued before the first result is fetched, which waits for the device.
            found = [self._forward([windows[at] for at in group]) for group in groups]
            for group, logits in zip(groups, found, strict=True):
                result[group] = logits.float().cpu().numpy()
        return result

    def _forward(self, windows: Sequence[Window]) -> "torch.Tensor":
        import torch

        named = inputs(windows, self._shape, 1)
        with torch.inference_mode():
            given = {name: torch.from_numpy(each).to(self._model.device) for name, each in named.items()}
            logits: torch.Tensor = self._model(**given).logits
        return logits

    @cached_property
    def _model(self) -> "PreTrainedModel":
        import torch

        precision = torch.float32
        if self._on_cuda:
            precision = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        model = load_classifier(self._files, precision)
        model.to(torch.device("cuda" if self._on_cuda else "cpu"))  # type: ignore[arg-type]  # a decorator hides it
        return model


def load_classifier(files: ModelFiles, precision: "torch.dtype", attention: str | None = None) -> "PreTrainedModel":
    """Ready to be asked; ``attention`` names an implementation other than the vendor's choice.

    Raises ``ModelRefused`` for weights that are not what they should be, an architecture that is not known and a head
    that is missing.
    """
    folder = files.verified()
    from transformers import AutoModelForSequenceClassification
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # without types in transformers
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # without types in transformers
    try:
        model, told = AutoModelForSequenceClassification.from_pretrained(
            folder,
            trust_remote_code=False,
            local_files_only=True,
            use_safetensors=True,
            dtype=precision,
            attn_implementation=attention,
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelRefused(f"{folder} does not load as a cross-encoder: {error}") from error
    if missing := sorted(told["missing_keys"]):
        # The vendor fills them with random numbers.
        raise ModelRefused(f"{folder} has no weights for {missing[0]!r} and {len(missing) - 1} more; save it whole")
    ready: PreTrainedModel = model.eval()
    return ready
