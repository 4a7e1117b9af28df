"""sentence-transformers on torch: any of its models; bfloat16 on CUDA, float32 elsewhere."""

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import ModelRefused
from core.types import FloatArray
from inference.model_files import ModelFiles
from retrieval.engine import Kept, WindowTokens

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TorchEngine:
    """An ``Engine`` that is loaded at first use. Raises ``ModelRefused`` where the folder does not load.

    ``batch`` counts windows: on a processor small batches waste less padding (30 passages cost 1.2 s of one core by 8
    and 2.1 s by 32), a GPU wants 64 or more.
    """

    suffix = ""

    def __init__(self, files: ModelFiles, *, batch: int = 8) -> None:
        self._files = files
        self._batch = batch
        # The tokenizer inside sentence-transformers keeps per-call state, so one call runs at a time.
        self._lock = threading.RLock()

    @property
    def window(self) -> int:
        """From the model's own limit, less its special tokens and its longest prompt."""
        with self._lock:
            return self._window

    def vectors(self, windows: Sequence[str], *, query: bool) -> FloatArray:
        """Shape (n, dim), float32, pooled as the model says, under the prompt it has for questions or passages."""
        with self._lock:
            encode = self._model.encode_query if query else self._model.encode_document
            found = encode(list(windows), batch_size=self._batch, show_progress_bar=False, convert_to_tensor=True)
            rows = found.float().cpu().numpy().reshape(len(windows), self._model.get_embedding_dimension() or -1)
        return np.asarray(rows, dtype=np.float32)

    def tokens(self, windows: Sequence[str]) -> list[WindowTokens]:
        """The last layer, padding left out."""
        with self._lock:
            return [_window_tokens(output) for output in self._outputs(self._model.encode, windows)]

    def both(
        self, windows: Sequence[str], keep: Callable[[WindowTokens], Kept], *, query: bool
    ) -> tuple[FloatArray, list[Kept]]:
        """As ``vectors`` and ``tokens``; a model with a prompt reads each window twice, since tokens go without it."""
        with self._lock:
            if any(self._model.prompts.values()):
                return self.vectors(windows, query=query), [keep(read) for read in self.tokens(windows)]
            encode = self._model.encode_query if query else self._model.encode_document
            outputs = self._outputs(encode, windows)
            width = self._model.get_embedding_dimension() or -1
        rows = [output["sentence_embedding"].float().cpu().numpy() for output in outputs]
        kept = [keep(_window_tokens(output)) for output in outputs]
        return np.reshape(rows, (len(windows), width)).astype(np.float32), kept

    def _outputs(self, encode: Callable[..., Any], windows: Sequence[str]) -> list[dict[str, Any]]:
        return list(encode(list(windows), output_value=None, batch_size=self._batch, show_progress_bar=False))

    @cached_property
    def _window(self) -> int:
        tokenizer: Any = self._model.tokenizer
        prompts = [tokenizer(prompt)["input_ids"] for prompt in self._model.prompts.values() if prompt]
        room = (self._model.max_seq_length or 512) - int(tokenizer.num_special_tokens_to_add(pair=False))
        return max(8, room - max(map(len, prompts), default=0))

    @cached_property
    def _model(self) -> "SentenceTransformer":
        folder = self._files.verified()
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # without types in transformers
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # without types in transformers
        cuda = torch.cuda.is_available()
        try:
            return SentenceTransformer(
                str(folder),
                device="cuda" if cuda else "cpu",
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True, "dtype": torch.bfloat16 if cuda else torch.float32},
            ).eval()
        except (OSError, ValueError, KeyError) as error:
            raise ModelRefused(f"{folder} does not load as a sentence-transformers model: {error}") from error


def _window_tokens(output: dict[str, Any]) -> WindowTokens:
    kept = output["attention_mask"].cpu().numpy().astype(bool)
    ids = output["input_ids"].cpu().numpy().astype(np.int64)[kept]
    return WindowTokens(ids, output["token_embeddings"].float().cpu().numpy()[kept])
