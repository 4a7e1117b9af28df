"""What a BERT-like mean-pooling encoder is around its arithmetic: tokens in, one vector per window out; no vendor."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelRefused
from core.types import FloatArray
from inference.batches import by_length, mask_of, padded_length, stacked
from inference.devices import cores
from inference.model_files import module_types, read_config
from retrieval.engine import Kept, WindowTokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_TYPES = frozenset({"bert", "roberta", "xlm-roberta"})

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """``heads`` and ``width`` of every layer; ``limit`` is the most tokens read at once, special ones included."""

    heads: int
    width: int
    limit: int


class WindowEncoder(ABC):
    """An ``Engine`` whose vectors of a text never depend on the texts beside it, to the bit.

    Windows of one padded length share a forward where ``group`` is above 1, and forwards share the processor's cores.
    """

    suffix: ClassVar[str]
    group: ClassVar[int]
    """Windows in one forward at most."""
    step: ClassVar[int]
    """Windows are padded to the next multiple of so many tokens."""

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        self._folder = folder
        self._shape = read_shape(folder)
        self._threads = threads or cores()

    @abstractmethod
    def _hidden(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> FloatArray:
        """The last layer, shape (b, t, dim), for ids and mask of shape (b, t). Called from several threads at once."""

    @cached_property
    def window(self) -> int:
        """The model's limit less its special tokens."""
        return max(8, self._shape.limit - self._tokenizer.num_special_tokens_to_add(False))

    def vectors(self, windows: Sequence[str], *, query: bool) -> FloatArray:
        """Shape (n, dim), float32, rows of length 1; questions and passages are read alike."""
        if not windows:
            return np.zeros((0, self._shape.width), dtype=np.float32)
        return np.stack(self._each(lambda read: pooled(read.vectors), windows))

    def tokens(self, windows: Sequence[str]) -> list[WindowTokens]:
        """The last layer, one entry per window."""
        return self._each(lambda read: read, windows)

    def both(
        self, windows: Sequence[str], keep: Callable[[WindowTokens], Kept], *, query: bool
    ) -> tuple[FloatArray, list[Kept]]:
        """As ``vectors`` and ``tokens``, from one forward; ``keep`` runs beside the other windows' forwards."""
        if not windows:
            return np.zeros((0, self._shape.width), dtype=np.float32), []
        rows, kept = zip(*self._each(lambda read: (pooled(read.vectors), keep(read)), windows), strict=True)
        return np.stack(rows), list(kept)

    def _each(self, use: Callable[[WindowTokens], Result], windows: Sequence[str]) -> list[Result]:
        """What ``use`` makes of every window, in order."""
        ids = [np.array(self._tokenizer.encode(window).ids, dtype=np.int64) for window in windows]
        groups = by_length([len(each) for each in ids], most=self.group, step=self.step)

        def read(group: list[int]) -> list[Result]:
            return [use(window) for window in self._read([ids[at] for at in group])]

        found = [read(groups[0])] if len(groups) == 1 else self._pool.map(read, groups)
        by_place = {
            at: result
            for group, results in zip(groups, found, strict=True)
            for at, result in zip(group, results, strict=True)
        }
        return [by_place[at] for at in range(len(windows))]

    def _read(self, ids: Sequence[NDArray[np.int64]]) -> list[WindowTokens]:
        hidden = self._forward(ids)
        return [WindowTokens(each, rows[: len(each)]) for each, rows in zip(ids, hidden, strict=True)]

    def _forward(self, ids: Sequence[NDArray[np.int64]]) -> Sequence[FloatArray]:
        """The last layer of each window, padding included."""
        width = padded_length(max(map(len, ids)), self.step)
        return list(self._hidden(stacked(ids, width), mask_of(ids, width)))

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="encoder")

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        # A word cut in two may give a token more than it had; the position table ends at the limit.
        tokenizer.enable_truncation(self._shape.limit)
        return tokenizer


def read_shape(folder: Path) -> Shape:
    """Raises ``ModelRefused`` unless the folder is a BERT-like encoder with mean pooling and nothing else around it."""
    config = read_config(folder / "config.json")
    wrapper = read_config(folder / "sentence_bert_config.json")
    kinds = [kind.rsplit(".", 1)[-1] for kind in module_types(folder)]
    pooling = read_config(folder / "1_Pooling" / "config.json")
    prompts = read_config(folder / "config_sentence_transformers.json").get("prompts") or {}
    unfit = {
        f"model_type {config.get('model_type')!r}": config.get("model_type") not in _TYPES,
        f"modules {kinds}": kinds not in _MODULES,
        f"pooling {_pooling_modes(pooling)}": _pooling_modes(pooling) != ["mean"],
        f"prompts {prompts}": any(prompts.values()),
        "lower-casing outside the tokenizer": bool(wrapper.get("do_lower_case")),
    }
    if reasons := [reason for reason, applies in unfit.items() if applies]:
        raise ModelRefused(f"{folder} cannot be exported: {', '.join(reasons)}; set retrieval.engine to 'torch'")
    limits = (
        config["max_position_embeddings"],
        read_config(folder / "tokenizer_config.json").get("model_max_length", 512),
    )
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


def pooled(vectors: FloatArray) -> FloatArray:
    """The mean of the token vectors (t, dim), special tokens included, at length 1."""
    mean = vectors.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), dtype=np.float32)
