"""The service process: a desk, the app around it, and uvicorn in front."""

import logging
import socket
from collections.abc import Callable

import uvicorn

from answer.guard.redacting import RedactingFilter
from answer.workplace import WorkingDesk
from api.app import create_app
from core.errors import DependencyError
from core.settings import Settings


def run(settings: Settings, note: Callable[[str], None]) -> None:
    """Serve until a signal ends it. Raises ``DependencyError`` for a taken port or home."""
    listener = _listen(settings.service.host, settings.service.port)
    host, port = listener.getsockname()[:2]
    address = f"http://{'[' + host + ']' if ':' in host else host}:{port}"
    desk = WorkingDesk(settings)
    desk.own(address=address)  # fail now, with one clear line, rather than inside the server's start
    note(f"citedesk listens on {address}, home {settings.home}; Ctrl+C ends it")
    _log_to_stderr()
    config = uvicorn.Config(
        create_app(desk, settings.service, settings.answer),
        log_level="warning",
        access_log=False,  # the app writes one structured line per request itself
        lifespan="on",
        ws="none",
        timeout_graceful_shutdown=10,  # an open stream would otherwise hold the end back without limit
    )
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        desk.close()


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.addFilter(RedactingFilter())
    for name in ("citedesk.access", "api"):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), reuse_port=False)
    except OSError as error:
        raise DependencyError(f"cannot listen on {host}:{port}: {error}; choose another --port") from error
