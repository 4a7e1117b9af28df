"""A real server in a thread of the tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from waiting import until


@contextmanager
def listening(app: FastAPI) -> Iterator[int]:
    """The port of 127.0.0.1 on which the application answers; it has ended when the block has."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_config=None, access_log=False, ws="websockets-sansio", lifespan="on")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started or not thread.is_alive())
    assert thread.is_alive(), "the server did not start"
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=20)
    assert not thread.is_alive(), "the server did not stop"
