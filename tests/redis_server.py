"""A Redis server of its own on a free loopback port, for as long as a test needs it."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from core.settings import RedisSettings

if TYPE_CHECKING:
    from redis import Redis

PASSWORD = "geheim-密码"
_INSTALL = Path(__file__).parents[1] / "scripts" / "install-test-servers.sh"
_START_SECONDS = 30


class RedisServer:
    """Keeps nothing on disk; it can be stopped, started again at its address, and suspended."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._suspended = False

    @property
    def settings(self) -> RedisSettings:
        return redis_settings(f"redis://:geheim-%E5%AF%86%E7%A0%81@127.0.0.1:{self.port}/0")

    @property
    def client(self) -> "Redis":
        """One of the test's own, to look into the server and to spoil what is there."""
        from redis import Redis  # not before it is used: every test loads this file

        return Redis(port=self.port, password=PASSWORD)

    def start(self) -> None:
        # The program goes by its first argument, see the script that installs it.
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", PASSWORD]
        options = ["--save", "", "--dir", str(self._folder), "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]
        self._process = subprocess.Popen([*command, *options], executable=_program(), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise TimeoutError(f"no Redis on port {self.port} within {_START_SECONDS} s")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process, self._suspended = None, False

    def suspend(self) -> None:
        """It takes connections and answers none of them."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        self._suspended = True

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
        self._suspended = False

    def renew(self) -> None:
        if self._process is None:
            self.start()
        if self._suspended:
            self.resume()
        with self.client as client:
            client.flushall()

    def __enter__(self) -> "RedisServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def redis_settings(url: str, **more: object) -> RedisSettings:
    return RedisSettings.model_validate({"url": SecretStr(url), **more})


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _program() -> str:
    if not (found := shutil.which("redis-check-rdb")):
        done = subprocess.run([_INSTALL, "redis"], capture_output=True, text=True, check=False)
        found = shutil.which("redis-check-rdb")
        if done.returncode or not found:
            pytest.skip(f"no Redis here: {done.stderr.strip()}")
    return found
