"""The folders and processes of a kill trial."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent
PATIENCE_SECONDS = 300.0


class Place:
    """The folders of a trial and the environment of its processes."""

    def __init__(self, folder: Path, *, real: bool = False, models: Path | None = None) -> None:
        self.docs, self.home, self.journal = folder / "docs", folder / "home", folder / "journal"
        self.log = folder / "log"
        self.real = real
        (folder / "tmp").mkdir()
        self.environment = {
            **os.environ,
            "PYTHONPATH": f"{TESTS.parent.parent}:{TESTS.parent}:{TESTS}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            "TMPDIR": str(folder / "tmp"),
            "CITEDESK_HOME": str(self.home),
            "CITEDESK_INGEST__WORKERS": "1",
            "CITEDESK_INGEST__EMBED_BATCH": "8",
            "CITEDESK_RETRIEVAL__CATCH_UP_SECONDS": "0.05",
            "CITEDESK_JOBS__ATTEMPTS": "8",
            "CITEDESK_JOBS__RETRY_SECONDS": "0.1",
        }
        if models is not None:
            self.environment["CITEDESK_RETRIEVAL__MODEL_CACHE"] = str(models)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A process with a session of its own, by which those that it starts are known."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self.environment,
                start_new_session=True,
                bufsize=0,  # a line that waits in a buffer is not seen by select
            )


class Child:
    """A ``dying`` process."""

    def __init__(self, place: Place) -> None:
        code = (
            f"from pathlib import Path; from dying import obey; obey(Path({str(place.journal)!r}), real={place.real})"
        )
        self._process = place.start("-c", code)

    @property
    def pid(self) -> int:
        return self._process.pid

    def order(self, die: int = 0, **words: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"die": die, **words}).encode() + b"\n")
        self._process.stdin.flush()

    def answer(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any] | None:
        """The next line; None when the process has ended or says nothing for so long."""
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            return None
        line = self._process.stdout.readline()
        return json.loads(line) if line else None

    def rest(self) -> Iterator[dict[str, Any]]:
        """What it still says when nothing more is asked of it."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        while answer := self.answer():
            yield answer

    def end(self) -> int:
        """How it ended: -9 where it was killed, as it is now if it goes on."""
        assert self._process.stdout is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE_SECONDS)
        self.kill()
        self._process.stdout.close()
        return self._process.returncode

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()


def sessions() -> set[int]:
    """The session of every process that is no zombie."""
    found: set[int] = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, session, *_ = stat.read_text().rpartition(")")[2].split()
            if state != "Z":
                found.add(int(session))
    return found
