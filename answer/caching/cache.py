"""Answers that were made before, by everything that decides them: an exact cache in memory, bounded by bytes.

Answers are kept as JSON, never pickled, so that ``redis_answers.py`` may hold them too.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from functools import cache
from typing import Protocol

from pydantic import TypeAdapter

from core.as_json import as_json
from core.types import Answer, AnswerStatus

# What a key and the dictionary's entry take beside the answer.
_OVERHEAD = 300


def digest(parts: object) -> str:
    """Names a value of dataclasses, mappings, sequences, text, numbers and dates: SHA-256 in hexadecimal."""
    return hashlib.sha256(json.dumps(as_json(parts), sort_keys=True).encode()).hexdigest()


def is_lasting(answer: Answer) -> bool:
    """Whether the same would be answered again: nothing was down, and no budget made it shorter."""
    return answer.status is not AnswerStatus.UNAVAILABLE and not answer.degraded and answer.max_tokens is None


def written(answer: Answer) -> bytes | None:
    """The answer as JSON; None where it would not last."""
    return json.dumps(as_json(answer), ensure_ascii=False, allow_nan=False).encode() if is_lasting(answer) else None


def read_answer(document: bytes) -> Answer:
    """What ``written`` wrote. Raises ``ValueError`` for anything else."""
    return answer_adapter().validate_json(document)


@cache
def answer_adapter() -> TypeAdapter[Answer]:
    """The shape of an answer; made once, in a quarter of a second."""
    return TypeAdapter(Answer)


class Answers(Protocol):
    """Keeps answers by their keys. Thread-safe; every call may block."""

    def get(self, key: str) -> Answer | None:
        """The answer of that key."""
        ...

    def put(self, key: str, answer: Answer) -> None:
        """Keep it where it lasts."""
        ...


class LayeredAnswers:
    """``near`` is asked first, and learns what ``far`` knows."""

    def __init__(self, near: Answers, far: Answers) -> None:
        self._near = near
        self._far = far

    def get(self, key: str) -> Answer | None:
        """The answer of that key from either."""
        found = self._near.get(key)
        if found is None and (found := self._far.get(key)) is not None:
            self._near.put(key, found)
        return found

    def put(self, key: str, answer: Answer) -> None:
        """Keep it in both."""
        self._near.put(key, answer)
        self._far.put(key, answer)


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
        return read_answer(found)

    def put(self, key: str, answer: Answer) -> None:
        """Keep it where it lasts and fits; those that were not used for longest go."""
        document = written(answer)
        if document is None or len(document) + _OVERHEAD > self._most_bytes:
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
