"""API keys as the service checks them: read from the record, and believed for two seconds."""

import logging
import time
from collections.abc import Callable

from api.operator_token import is_operator_token
from store.key import ApiKey, digest_of, fits, prefix_of
from store.keys import Keys

logger = logging.getLogger(__name__)

BELIEVED_SECONDS = 2.0
_KEPT = 10_000


class KeyRing:
    """Thread-safe. What another process revokes is refused after ``BELIEVED_SECONDS`` at most.

    ``clock`` gives monotonic seconds, ``now`` seconds since 1970.
    """

    def __init__(
        self,
        keys: Keys,
        pepper: bytes,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.keys = keys
        self._pepper = pepper
        self._clock = clock
        self._now = now
        self._known: dict[str, tuple[float, ApiKey]] = {}
        self._used: dict[str, float] = {}
        self._required = False
        self._asked_at = -BELIEVED_SECONDS
        self._origins: frozenset[str] = frozenset()
        self._origins_read_at = -BELIEVED_SECONDS

    def required(self) -> bool:
        """Whether a key was ever made. Once seen, that stays so while the process runs. Blocks."""
        if not self._required and self._clock() - self._asked_at >= BELIEVED_SECONDS:
            self._required, self._asked_at = self.keys.any(), self._clock()
        return self._required

    def origins(self) -> frozenset[str]:
        """Of the pages that any key is for. Blocks."""
        if self._clock() - self._origins_read_at >= BELIEVED_SECONDS:
            self._origins_read_at, self._origins = self._clock(), self.keys.origins()
        return self._origins

    def is_operator(self, token: str) -> bool:
        """Whether a command of this home made the token within the last minute."""
        return is_operator_token(self._pepper, token, self._now())

    def holder(self, token: str) -> ApiKey | None:
        """The key of a token, whatever its state; None for a token of none. Blocks."""
        prefix = prefix_of(token)
        key = self._find(prefix) if prefix else None
        return key if fits(key, digest_of(self._pepper, token)) else None

    def opens(self, key: ApiKey) -> bool:
        """Whether the key is neither revoked nor expired; noted as used now."""
        if key.state(self._now()) != "active":
            return False
        self._used[key.prefix] = self._now()
        return True

    def flush(self) -> None:
        """Write down which keys were used since the last time. Blocks, also on other writers of the record."""
        used, self._used = self._used, {}
        if not used:
            return
        try:
            self.keys.note_used(used)
        except Exception:
            # Only the column "last used" would be older than it could be; questions go on.
            logger.warning("when keys were last used could not be written down", exc_info=True)

    def _find(self, prefix: str) -> ApiKey | None:
        read_at, key = self._known.get(prefix, (0.0, None))
        if key is not None and self._clock() - read_at < BELIEVED_SECONDS:
            return key
        read_at, key = self._clock(), self.keys.find(prefix)
        if len(self._known) >= _KEPT:
            self._known.clear()
        if key is not None:
            self._known[prefix] = (read_at, key)
        return key
