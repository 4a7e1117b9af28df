"""A Redis server that processes of one record share, and that may be away at any time.

The only file that imports ``redis``.

redis-py's own defaults wait 5 s and try ten times; a question cannot. Its older protocol is spoken, since the newer one
costs two more answers of the server for each connection.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from core.errors import DependencyMissing, InvalidInput, Unavailable
from core.settings import REDIS_SCHEMES, RedisSettings

if TYPE_CHECKING:
    from redis import ConnectionPool, Redis

T = TypeVar("T")

_PROBE_SECONDS = 60
_STEADY_SECONDS = 60.0
_LONGEST_SECONDS = 30.0

logger = logging.getLogger(__name__)


class RedisLink:
    """Asks one server with short time-outs. Once it fails it is left alone, and tried in the background until it takes
    a write again. Thread-safe.

    ``namespace`` begins every key, so that records which share a server never meet. ``retry_seconds`` pass between two
    tries; after losses that follow one another closely up to 30 s do.
    """

    def __init__(self, settings: RedisSettings, namespace: str, *, retry_seconds: float = 1.0) -> None:
        """Connects to nothing yet. Raises ``DependencyMissing`` without the extra, ``InvalidInput`` for an address that
        is none."""
        self.namespace = namespace
        self._client = _client(settings)
        self._least = self._pause = retry_seconds
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self._trouble = ""
        self._changed = float("-inf")

    @property
    def pool(self) -> "ConnectionPool":
        """For those who make a client of their own and use it within ``attempt``."""
        return self._client.connection_pool

    @property
    def is_up(self) -> bool:
        """Whether it answered when it was last asked."""
        return not self._trouble

    def attempt(self, work: "Callable[[Redis], T]", otherwise: T) -> T:
        """What ``work`` returns; ``otherwise`` where the server is away, or fails during it. Blocks for as long as the
        time-out of each command in it, and not at all while the server is known to be away."""
        if self._trouble:
            return otherwise
        try:
            return work(self._client)
        except _failures() as error:
            if str(error).startswith("WRONGTYPE"):
                logger.warning("a value in Redis is of another kind than this service writes: %s", error)
            else:
                self._lose(error)
            return otherwise

    def check(self) -> None:
        """Ask it now. Raises ``Unavailable`` with what is wrong. Blocks."""
        self.attempt(self._probe, None)
        if trouble := self._trouble:
            raise Unavailable(f"{trouble}; requests are counted by this process, and answers are not shared")

    def close(self) -> None:
        """Leave it. Whatever is attempted later is the server's loss."""
        self._closed.set()
        self._client.connection_pool.disconnect()

    def _probe(self, client: "Redis") -> None:
        # A write: a full server, or a replica, answers pings and is of no use.
        client.set(f"{self.namespace}:probe", 1, ex=_PROBE_SECONDS)

    def _lose(self, error: Exception) -> None:
        with self._guard:
            if self._trouble:
                return
            is_steady = time.monotonic() - self._changed > _STEADY_SECONDS
            self._pause = self._least if is_steady else min(2 * self._pause, _LONGEST_SECONDS)
            self._trouble = f"{type(error).__name__}: {error}"
        logger.warning("Redis is away (%s): requests are counted by this process, answers not shared", self._trouble)
        threading.Thread(target=self._await_return, name="redis-return", daemon=True).start()

    def _await_return(self) -> None:
        while not self._closed.wait(self._pause):
            try:
                self._probe(self._client)
            except _failures() as error:
                self._trouble = f"{type(error).__name__}: {error}"
                continue
            with self._guard:
                self._trouble, self._changed = "", time.monotonic()
            logger.warning("Redis answers again")
            return


def _client(settings: RedisSettings) -> "Redis":
    try:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise DependencyMissing(f"redis.url is set, and {error}; pip install 'citedesk[redis]'") from error
    try:
        return Redis.from_url(
            settings.url.get_secret_value(),
            socket_timeout=settings.seconds,
            socket_connect_timeout=settings.seconds,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,
        )
    except ValueError as error:
        # Without the value, which may hold a password.
        raise InvalidInput(f"redis.url is no address; it begins with one of {', '.join(REDIS_SCHEMES)}") from error


def _failures() -> tuple[type[Exception], ...]:
    """What a server that is down, slow, full or no Redis at all makes its client raise."""
    from redis import RedisError

    return RedisError, OSError, ValueError, TypeError, LookupError
