"""Question and passage as a cross-encoder reads them: windows of tokens, several for a long passage."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelRefused
from rerank.pair_shape import PairShape

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

logger = logging.getLogger(__name__)

_OVERLAP = 32  # tokens, so that a sentence at a window's edge is whole in one of both


@dataclass(frozen=True, slots=True)
class Window:
    """One input of the model: ``ids`` and ``types`` of shape (t,); a type tells question (0) from passage (1)."""

    ids: NDArray[np.int64]
    types: NDArray[np.int64]


class PairTokenizer:
    """Safe to share between threads. Raises ``ModelRefused`` for a tokenizer that does not load."""

    def __init__(self, folder: Path, shape: PairShape) -> None:
        self._name = folder.name
        self._half = shape.limit // 2
        self._instruction = shape.instruction
        self._alone = _load(folder / "tokenizer.json")
        self._alone.no_truncation()
        self._pairs = _load(folder / "tokenizer.json")
        room = shape.limit - self._half - self._pairs.num_special_tokens_to_add(True)
        if room < 2:
            raise ModelRefused(f"{folder} reads {shape.limit} tokens, too few for a question and a passage")
        self._pairs.enable_truncation(shape.limit, stride=min(_OVERLAP, room // 2), strategy="only_second")

    def windows(self, question: str, passages: Sequence[str]) -> tuple[list[Window], list[int]]:
        """Every window of every passage, and beside it the position of its passage.

        A question of more than half of the limit is cut to that, which is logged.
        """
        kept = self._fitting(self._instruction + question)
        read = self._pairs.encode_batch([(kept, passage) for passage in passages])
        found = [[encoding, *encoding.overflowing] for encoding in read]
        owners = [owner for owner, windows in enumerate(found) for _ in windows]
        return [_window(each) for windows in found for each in windows], owners

    def _fitting(self, question: str) -> str:
        offsets = self._alone.encode(question, add_special_tokens=False).offsets
        if len(offsets) <= self._half:
            return question
        logger.warning("question of %d tokens is cut to %d for reranking by %s", len(offsets), self._half, self._name)
        return question[: offsets[self._half - 1][1]]


def _load(path: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise ModelRefused(f"{path} does not load as a tokenizer: {error}") from error
    tokenizer.no_padding()
    return tokenizer


def _window(encoding: "Encoding") -> Window:
    return Window(np.array(encoding.ids, dtype=np.int64), np.array(encoding.type_ids, dtype=np.int64))
