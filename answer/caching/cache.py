"""Answers that were made before, by everything that decides them: an exact cache in memory, bounded by bytes.

Answers are kept as JSON, never pickled, so that another store may hold them one day.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from core.types import Answer, AnswerStatus

# What a key and the dictionary's entry take beside the answer.
_OVERHEAD = 300


def digest(parts: object) -> str:
    """Names a value of dataclasses, mappings, sequences, text, numbers and dates: SHA-256 in hexadecimal."""
    return hashlib.sha256(json.dumps(_plain(parts), sort_keys=True).encode()).hexdigest()


def is_lasting(answer: Answer) -> bool:
    """Whether the same would be answered again: nothing was down, and no budget made it shorter."""
    return answer.status is not AnswerStatus.UNAVAILABLE and not answer.degraded and answer.max_tokens is None


class AnswerCache:
    """The answers that were used last, at most ``most_bytes`` of them as JSON. Thread-safe."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._guard = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """How much is kept now."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Answer | None:
        """The answer of that key."""
        with self._guard:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
        return _adapter().validate_json(found)

    def put(self, key: str, answer: Answer) -> None:
        """Keep it where it lasts and fits; those that were not used for longest go."""
        if not is_lasting(answer):
            return
        document = json.dumps(_plain(answer), ensure_ascii=False, allow_nan=False).encode()
        if len(document) + _OVERHEAD > self._most_bytes:
            return
        with self._guard:
            self._forget(key)
            self._kept[key] = document
            self._bytes += len(document) + _OVERHEAD
            while self._bytes > self._most_bytes:
                self._forget(next(iter(self._kept)))

    def _forget(self, key: str) -> None:
        document = self._kept.pop(key, None)
        if document is not None:
            self._bytes -= len(document) + _OVERHEAD


@cache
def _adapter() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(held) for name, held in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(held) for held in value]
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    # Scores come as NumPy's floats, which json does not know.
    return value.item() if hasattr(value, "item") else value
