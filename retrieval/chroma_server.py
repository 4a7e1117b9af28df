"""The dense indexes of a home on a Chroma server that other homes may share.

Measured traps (chromadb 1.5.9): its client waits for ever, while it is made as well, and lets httpx's errors through.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import httpx

from core.errors import InvalidInput, Unavailable
from retrieval.chroma_index import ChromaIndex, ChromaStore, known_collection, mapped, new_collection

if TYPE_CHECKING:
    from chromadb.api.client import Client

# Writes, and the first reading of a graph, take this many times as long as a search may.
_UNHURRIED = 30
_REST_SECONDS = 5.0
_CONNECT_SECONDS = 2.0

_wait: ContextVar[float] = ContextVar("chroma_wait")


class ChromaServerStore:
    """Collections named ``<home>-<generation>`` at ``url``, ``http://host:port``. Raises ``InvalidInput`` for another.

    No search waits longer than ``seconds``, and while the server is down most do not wait at all. Until it answers
    again every call raises ``Unavailable``.
    """

    durable = True
    fingerprint = ChromaStore.fingerprint

    def __init__(self, url: str, *, home: str, seconds: float) -> None:
        _check(url)
        self._url = url
        self._prefix = f"{home}-"
        self._line = _Line(url, seconds)
        self._client: Client | None = None
        self._guard = threading.Lock()

    def create(self, generation: str) -> ChromaIndex:
        """A new empty collection."""
        return new_collection(self._open_client(), self._prefix + generation, self._line.call)

    def open(self, generation: str) -> ChromaIndex:
        """The collection of a generation. Raises ``DependencyError`` when the server has none."""
        return known_collection(self._open_client(), self._prefix + generation, self._line.call)

    def sweep(self, keep: Collection[str]) -> None:
        """Delete the collections of this home that no generation names."""
        client = self._open_client()
        with self._line.call("old collections"):
            for collection in client.list_collections():
                name = collection.name
                if name.startswith(self._prefix) and name.removeprefix(self._prefix) not in keep:
                    client.delete_collection(name)

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            sessions = _sessions(self._client)
            self._client.close()
            self._client = None
            for session in sessions:
                session.close()

    def _open_client(self) -> "Client":
        with self._guard:
            if self._client is None:
                with self._line.call("connecting"):
                    httpx.get(f"{self._url}/api/v2/heartbeat", timeout=_CONNECT_SECONDS).raise_for_status()
                    self._client = _within(_CONNECT_SECONDS, self._new_client)
            return self._client

    def _new_client(self) -> "Client":
        import chromadb
        from chromadb.config import Settings

        parts = urlsplit(self._url)
        made = chromadb.HttpClient(
            host=str(parts.hostname),
            port=parts.port or (443 if parts.scheme == "https" else 80),
            ssl=parts.scheme == "https",
            settings=Settings(anonymized_telemetry=False),
        )
        client = cast("Client", made)
        for session in _sessions(client):
            session.event_hooks = {"request": [_bound]}
        return client


class _Line:
    """Calls to one server: none waits for ever, and after one failed the next searches do not try."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url = url
        self._seconds = seconds
        self._rest_until = 0.0
        self._last = ""

    @contextmanager
    def call(self, what: str, *, hurried: bool = False) -> Iterator[None]:
        """Raises ``Unavailable`` where the server does not answer in time."""
        if hurried and time.monotonic() < self._rest_until:
            raise Unavailable(self._last)
        token = _wait.set(self._seconds * (1 if hurried else _UNHURRIED))
        try:
            with mapped(what):
                yield
        except (httpx.HTTPError, TimeoutError) as error:
            self._rest_until = time.monotonic() + _REST_SECONDS
            self._last = (
                f"the Chroma server at {self._url} does not answer ({what}: {type(error).__name__} {error}); see that "
                "`chroma run` runs there, or correct retrieval.chroma_url"
            )
            raise Unavailable(self._last) from error
        else:
            self._rest_until = 0.0
        finally:
            _wait.reset(token)


def _sessions(client: "Client") -> list[httpx.Client]:
    """A client's connections. Nothing public leads to them, and closing the client leaves them open."""
    parts: tuple[Any, ...] = (client, client._admin_client)
    return [part._server._session for part in parts]


def _bound(request: httpx.Request) -> None:
    """Give a request the time that its caller has."""
    seconds = _wait.get(_CONNECT_SECONDS)
    connect = min(seconds, _CONNECT_SECONDS)
    request.extensions["timeout"] = httpx.Timeout(seconds, connect=connect, pool=connect).as_dict()


def _within(seconds: float, make: "Callable[[], Client]") -> "Client":
    """What ``make`` returns or raises. Raises ``TimeoutError``; its thread then ends with the server."""
    made: list[Client] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            made.append(make())
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="chroma-connect", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not made:
        raise TimeoutError(f"no connection within {seconds:g} s")
    return made[0]


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise InvalidInput(f"retrieval.chroma_url = {url!r}; write http://host:port as `chroma run` shows it")
