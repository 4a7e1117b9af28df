"""A PostgreSQL server of its own on a free loopback port, for as long as a test needs it."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_INSTALL = Path(__file__).parents[1] / "scripts" / "install-test-servers.sh"


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of an empty database. Skips the test, with the reason, where Debian's server is not and cannot be."""
    programs = _programs()
    # The server refuses to run as root; Debian's package brings an account for it.
    account = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="citedesk-pg-", ignore_cleanup_errors=True) as folder:
        if account:
            shutil.chown(folder, **account)
        data, port = Path(folder, "data"), _free_port()
        _run([programs / "initdb", "-D", data, "-U", "citedesk", "-A", "trust", "-E", "UTF8", "--no-sync"], account)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        _run([programs / "pg_ctl", "-D", data, "-w", "-l", Path(folder, "log"), "-o", options, "start"], account)
        try:
            yield f"postgresql+psycopg://citedesk@127.0.0.1:{port}/postgres"
        finally:
            _run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], account)


def _programs() -> Path:
    if not (found := _installed()):
        done = subprocess.run([_INSTALL, "postgresql"], capture_output=True, text=True, check=False)
        found = _installed()
        if done.returncode or not found:
            pytest.skip(f"no PostgreSQL here: {done.stderr.strip()}")
    return found


def _installed() -> Path | None:
    """The newest version's programs; Debian keeps them off the path."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


def _run(command: list[str | Path], account: dict[str, str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60, **account)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
