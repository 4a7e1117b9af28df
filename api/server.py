"""The service process: a desk, the app around it, and uvicorn in front."""

import logging
import socket
from collections.abc import Callable
from contextlib import closing
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI

from answer.guard.redacting import RedactingFilter
from answer.workplace import WorkingDesk
from api.app import create_app
from api.auth import Door
from api.key_ring import KeyRing
from api.limits.limits import limits_of
from api.telemetry import spans_to
from api.watch import Watch
from core.errors import DependencyError, InvalidInput
from core.settings import Settings
from store.keys import Keys
from store.pepper import read_pepper

# The command line lets errors pass only; who looks after a service wants to know what it does without.
_ROOMS = ("answer", "inference", "ingest", "rerank", "retrieval", "store")
_LOGGED = {"citedesk.access": logging.INFO, "api": logging.INFO} | dict.fromkeys(_ROOMS, logging.WARNING)


def run(settings: Settings, note: Callable[[str], None]) -> None:
    """Serve until a signal ends it.

    Raises ``DependencyError`` for a taken port or home, ``InvalidInput`` for an address that others reach where there
    is no key to keep them out.
    """
    with (
        closing(_listen(settings.service.host, settings.service.port)) as listener,
        closing(WorkingDesk(settings)) as desk,
    ):
        host, port = listener.getsockname()[:2]
        address = f"http://{'[' + host + ']' if ':' in host else host}:{port}"
        door = _door(desk, host)
        spans = spans_to(settings.service.otlp_url, settings.llm.model)
        desk.own(address=address)  # fail now, with one clear line, rather than inside the server's start
        note(f"citedesk listens on {address}, home {settings.home}; Ctrl+C ends it")
        _log_to_stderr()
        service = settings.service.model_copy(
            update={"evaluations": settings.service.evaluations or settings.home / "runs"}
        )
        _server(create_app(desk, service, settings.answer, door, limits_of(desk), spans, settings.ingest)).run(
            sockets=[listener]
        )


class Server(uvicorn.Server):
    """Tells the application when it begins to end, so that open answers end with a word before they are cut off."""

    def __init__(self, config: uvicorn.Config, watch: Watch) -> None:
        super().__init__(config)
        self._watch = watch

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more requests, and wait for those on their way."""
        self._watch.drain.begin()
        await super().shutdown(sockets)


def _server(app: FastAPI) -> Server:
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # the app writes one structured line per request itself
        lifespan="on",
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # a compressor for each connection costs more memory than its answers
        ws_max_size=app.state.service.max_body_bytes,
        timeout_graceful_shutdown=10,  # an open stream would otherwise hold the end back without limit
    )
    return Server(config, app.state.watch)


def _door(desk: WorkingDesk, host: str) -> Door:
    pepper = read_pepper(desk.settings.home)
    ring = KeyRing(Keys(desk.catalog, pepper), pepper)
    loopback = ip_address(host.partition("%")[0]).is_loopback
    if not loopback and not ring.required():
        raise InvalidInput(
            f"other machines reach {host}, and there is no API key to keep anybody out; make one with `citedesk keys "
            "create`, or serve on 127.0.0.1"
        )
    return Door(ring, loopback=loopback)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.addFilter(RedactingFilter())
    for name, level in _LOGGED.items():
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), reuse_port=False)
    except OSError as error:
        raise DependencyError(f"cannot listen on {host}:{port}: {error}; choose another --port") from error
