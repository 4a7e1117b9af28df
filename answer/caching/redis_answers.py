"""Answers that all processes of one record share: JSON in Redis, sealed, so that nobody else's words pass for proven.

Each key names the shape of an answer and the secret: releases side by side do not read one another's.
"""

import hashlib
import hmac
import json
import logging
from functools import cached_property

from answer.caching.cache import answer_adapter, read_answer, written
from answer.caching.redis_link import RedisLink
from core.types import Answer

logger = logging.getLogger(__name__)


class RedisAnswers:
    """Kept for ``seconds``, or until Redis needs their room. ``secret`` is known to the record's processes only. Keys
    begin with the tenant. Every call blocks; while Redis is away nothing is found and nothing kept. Thread-safe."""

    def __init__(self, link: RedisLink, secret: bytes, seconds: int) -> None:
        self._link = link
        self._secret = secret
        self._seconds = seconds

    def get(self, key: str) -> Answer | None:
        """The answer of that key. A value that this service did not write is none, and is named in the log."""
        name = self._name(key)
        held = self._link.attempt(lambda client: client.get(name), None)
        return None if held is None else self._opened(name, held)

    def put(self, key: str, answer: Answer) -> None:
        """Keep it where it lasts."""
        document = written(answer)
        if document is not None:
            name = self._name(key)
            value = self._seal(name, document) + b"\n" + document
            self._link.attempt(lambda client: client.set(name, value, ex=self._seconds), None)

    def _opened(self, name: str, held: object) -> Answer | None:
        seal, _, document = held.partition(b"\n") if isinstance(held, bytes) else (b"", b"", b"")
        if not hmac.compare_digest(seal, self._seal(name, document)):
            logger.warning("%s in Redis is damaged, or somebody else's; the answer is made anew", name)
            return None
        try:
            return read_answer(document)
        except ValueError:
            logger.warning("%s in Redis is no answer; it is made anew", name)
            return None

    def _name(self, key: str) -> str:
        return f"{self._link.namespace}:answers:{self._shape}:{key}"

    def _seal(self, name: str, document: bytes) -> bytes:
        """Over the key too: what is moved to another tenant's key does not open."""
        return hmac.new(self._secret, name.encode() + b"\n" + document, hashlib.sha256).hexdigest().encode()

    @cached_property
    def _shape(self) -> str:
        schema = json.dumps(answer_adapter().json_schema(), sort_keys=True)
        return hmac.new(self._secret, schema.encode(), hashlib.sha256).hexdigest()[:12]
