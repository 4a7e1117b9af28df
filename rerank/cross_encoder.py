"""A cross-encoder by setting: any sequence-classification reranker, from a local folder or the hub.

Weights are read from safetensors only and a model's own code is never run. A passage longer than the model's window
is read in overlapping windows, the best of which counts; nothing is dropped silently.
"""

import logging
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import DependencyMissing, InvalidInput, ModelRefused
from core.types import FloatArray, Hit

logger = logging.getLogger(__name__)

_SAFE = ("*.safetensors", "*.json", "*.txt", "*.model")
_OVERLAP = 32  # tokens, so that a sentence at a window's edge is whole in one of both
_UNBOUNDED = 100_000  # tokenizers without a limit of their own claim 1e30


class CrossEncoderReranker:
    """A ``Reranker`` that reads question and passage together; loaded at first use and safe to share between threads.

    ``model`` is a folder or hub name, ``batch`` counts windows. On CUDA the weights are bfloat16, elsewhere float32.
    Raises ``InvalidInput`` for an empty name, ``ModelRefused`` where the files fail their check and
    ``DependencyMissing`` where there is no such model.
    """

    def __init__(self, model: str, *, batch: int = 16) -> None:
        if not model:
            raise InvalidInput("rerank.kind = 'cross_encoder' needs rerank.model: a folder or hub name, got ''")
        self._name = model
        self._batch = batch
        self._lock = threading.RLock()

    def score(self, question: str, hits: Sequence[Hit]) -> FloatArray:
        """Probability of relevance, shape (n,), float32, 0..1: the sigmoid of one label or the second share of two."""
        if not hits:
            return np.zeros(0, dtype=np.float32)
        with self._lock:
            windows, owners = self._windows(question, [hit.chunk.indexed_text for hit in hits])
            scored = self._probabilities(windows)
        best = np.zeros(len(hits), dtype=np.float32)
        np.maximum.at(best, owners, scored)
        return best

    def _windows(self, question: str, passages: Sequence[str]) -> tuple[list[dict[str, Any]], list[int]]:
        """Model inputs, one per window, and beside each the position of its passage."""
        kept = self._fitting(question)
        room = self._limit - len(self._tokenizer(kept, "")["input_ids"])
        encoded = self._tokenizer(
            [kept] * len(passages),
            list(passages),
            truncation="only_second",
            max_length=self._limit,
            stride=min(_OVERLAP, room // 2),
            return_overflowing_tokens=True,
        )
        owners = [int(owner) for owner in encoded.pop("overflow_to_sample_mapping")]
        return [{name: column[i] for name, column in encoded.items()} for i in range(len(owners))], owners

    def _fitting(self, question: str) -> str:
        """The question, cut to half of the window where it is longer, which is logged."""
        half = self._limit // 2
        ids = self._tokenizer(question, add_special_tokens=False)["input_ids"]
        if len(ids) <= half:
            return question
        logger.warning("question of %d tokens is cut to %d for reranking by %s", len(ids), half, self._name)
        return str(self._tokenizer.decode(ids[:half]))

    def _probabilities(self, windows: Sequence[dict[str, Any]]) -> FloatArray:
        """Shape (windows,); batches hold windows of about the same length."""
        order = sorted(range(len(windows)), key=lambda i: len(windows[i]["input_ids"]))
        scored = np.zeros(len(windows), dtype=np.float32)
        for start in range(0, len(order), self._batch):
            chosen = order[start : start + self._batch]
            batch = self._tokenizer.pad([windows[i] for i in chosen], return_tensors="pt")
            scored[chosen] = self._forward(batch)
        return scored

    def _forward(self, batch: Any) -> FloatArray:
        import torch

        with torch.inference_mode():
            logits = self._model(**batch.to(self._model.device)).logits.float()
        share = logits.sigmoid()[:, 0] if logits.shape[1] == 1 else logits.softmax(dim=1)[:, 1]
        result: FloatArray = share.cpu().numpy()
        return result

    @cached_property
    def _folder(self) -> Path:
        folder = _model_folder(self._name)
        _check_folder(folder)
        return folder

    @cached_property
    def _tokenizer(self) -> Any:
        from transformers import AutoTokenizer
        from transformers.utils import logging as vendor_logging

        vendor_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # without types in transformers
        try:
            return AutoTokenizer.from_pretrained(self._folder, trust_remote_code=False, local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise ModelRefused(f"{self._folder} has no tokenizer that loads: {error}") from error

    @cached_property
    def _limit(self) -> int:
        """Tokens of a window: question, passage and marks."""
        positions = int(getattr(self._model.config, "max_position_embeddings", 512))
        stated = int(self._tokenizer.model_max_length)
        return min(stated, positions) if stated < _UNBOUNDED else min(512, positions)

    @cached_property
    def _model(self) -> Any:
        import torch
        from transformers import AutoModelForSequenceClassification
        from transformers.utils import logging as vendor_logging

        vendor_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # without types in transformers
        cuda = torch.cuda.is_available()
        try:
            model = AutoModelForSequenceClassification.from_pretrained(
                self._folder,
                trust_remote_code=False,
                local_files_only=True,
                use_safetensors=True,
                dtype=torch.bfloat16 if cuda else torch.float32,
            )
        except (OSError, ValueError, KeyError) as error:
            raise ModelRefused(f"{self._folder} does not load as a cross-encoder: {error}") from error
        if model.config.num_labels > 2:
            raise ModelRefused(f"{self._folder} has {model.config.num_labels} labels; a reranker has 1 or 2")
        return model.to("cuda" if cuda else "cpu").eval()


def _model_folder(name: str) -> Path:
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(_SAFE)))
    except (OSError, ValueError) as error:
        raise DependencyMissing(
            f"model {name!r} is no folder and cannot be fetched from the hub ({error}); give a folder that exists"
        ) from error


def _check_folder(folder: Path) -> None:
    if not any(folder.glob("*.safetensors")):
        pickled = next((path.name for path in folder.glob("*.bin")), "")
        why = f"only {pickled}, a pickle, which can run code when read; convert it" if pickled else "none"
        raise ModelRefused(f"{folder} needs its weights as .safetensors and has {why}")
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer_config.json")):
        raise ModelRefused(f"{folder} has no tokenizer.json; save the model's tokenizer into it")
