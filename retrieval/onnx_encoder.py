"""A BERT-like mean-pooling encoder in int8 on onnxruntime; torch is never imported.

``retrieval/engine_export.py`` makes the model; ``docs/decisions/0004-onnx-int8-on-the-processor.md`` has the figures.
"""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from core.errors import ModelRefused
from core.types import FloatArray
from retrieval.engine import Kept, WindowTokens
from retrieval.model_files import module_types

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]  # onnxruntime ships no types
    from tokenizers import Tokenizer

# Raise it when the same weights would give other vectors; it is part of the fingerprint and of the cache's folder.
RECIPE = "int8-1"
_MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_TYPES = frozenset({"bert", "roberta", "xlm-roberta"})

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """``heads`` and ``width`` of every layer; ``limit`` is the most tokens read at once, special ones included."""

    heads: int
    width: int
    limit: int


class OnnxEncoder:
    """An ``Engine`` that reads one window per forward, on one thread; many windows share the processor's cores.

    Dynamic quantisation scales by the largest activation of the whole batch, so a neighbour would change a text's
    vector (measured: cosine .992, down to .981). Alone, a text has the same vector to the bit wherever it stands, and
    nothing is lost: there is no padding, and threads that work on different windows never wait for each other.
    """

    suffix = f"/{RECIPE}"

    def __init__(self, model: Path, folder: Path, *, threads: int | None = None) -> None:
        self._path = model
        self._folder = folder
        self._shape = read_shape(folder)
        self._threads = threads or _cores()

    @cached_property
    def window(self) -> int:
        """The model's limit less its special tokens."""
        return max(8, self._shape.limit - self._tokenizer.num_special_tokens_to_add(False))

    def vectors(self, windows: Sequence[str], *, query: bool) -> FloatArray:
        """Shape (n, dim), float32, rows of length 1; questions and passages are read alike."""
        if not windows:
            return np.zeros((0, self._shape.width), dtype=np.float32)
        return np.stack(self._each(lambda window: pooled(self._read(window).vectors), windows))

    def tokens(self, windows: Sequence[str]) -> list[WindowTokens]:
        """The last layer, one entry per window."""
        return self._each(self._read, windows)

    def both(
        self, windows: Sequence[str], keep: Callable[[WindowTokens], Kept], *, query: bool
    ) -> tuple[FloatArray, list[Kept]]:
        """As ``vectors`` and ``tokens``, from one forward; ``keep`` runs beside the other windows' forwards."""
        if not windows:
            return np.zeros((0, self._shape.width), dtype=np.float32), []

        def read(window: str) -> tuple[FloatArray, Kept]:
            found = self._read(window)
            return pooled(found.vectors), keep(found)

        rows, kept = zip(*self._each(read, windows), strict=True)
        return np.stack(rows), list(kept)

    def _each(self, read: Callable[[str], Result], windows: Sequence[str]) -> list[Result]:
        if len(windows) == 1:
            return [read(windows[0])]
        return list(self._pool.map(read, windows))

    def _read(self, window: str) -> WindowTokens:
        ids = np.array([self._tokenizer.encode(window).ids], dtype=np.int64)
        (hidden,) = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        return WindowTokens(ids[0], np.asarray(hidden, dtype=np.float32)[0])

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="onnx-encoder")

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        # A word cut in two may give a token more than it had; the position table ends at the limit.
        tokenizer.enable_truncation(self._shape.limit)
        return tokenizer

    @cached_property
    def _session(self) -> "InferenceSession":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # Patterns are remembered per input shape, and here almost every text has its own.
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self._path), options, providers=["CPUExecutionProvider"])


def read_shape(folder: Path) -> Shape:
    """Raises ``ModelRefused`` unless the folder is a BERT-like encoder with mean pooling and nothing else around it."""
    config = _json(folder / "config.json")
    wrapper = _json(folder / "sentence_bert_config.json")
    kinds = [kind.rsplit(".", 1)[-1] for kind in module_types(folder)]
    pooling = _json(folder / "1_Pooling" / "config.json")
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
    unfit = {
        f"model_type {config.get('model_type')!r}": config.get("model_type") not in _TYPES,
        f"modules {kinds}": kinds not in _MODULES,
        f"pooling {_pooling_modes(pooling)}": _pooling_modes(pooling) != ["mean"],
        f"prompts {prompts}": any(prompts.values()),
        "lower-casing outside the tokenizer": bool(wrapper.get("do_lower_case")),
    }
    if reasons := [reason for reason, applies in unfit.items() if applies]:
        raise ModelRefused(
            f"{folder} cannot be exported to int8: {', '.join(reasons)}; set retrieval.engine to 'torch'"
        )
    limits = (config["max_position_embeddings"], _json(folder / "tokenizer_config.json").get("model_max_length", 512))
    return Shape(
        heads=int(config["num_attention_heads"]),
        width=int(config["hidden_size"]),
        limit=int(wrapper.get("max_seq_length") or min(limits)),
    )


def _pooling_modes(config: dict[str, Any]) -> list[str]:
    """Newer folders name the mode; older ones hold a flag for each."""
    if "pooling_mode" in config:
        mode = config["pooling_mode"]
        return [mode] if isinstance(mode, str) else list(mode)
    names = {"mean_tokens": "mean", "cls_token": "cls"}
    flags = [key.removeprefix("pooling_mode_") for key, on in config.items() if on and key.startswith("pooling_mode_")]
    return [names.get(flag, flag) for flag in flags]


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def pooled(vectors: FloatArray) -> FloatArray:
    """The mean of the token vectors (t, dim), special tokens included, at length 1."""
    mean = vectors.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), dtype=np.float32)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
