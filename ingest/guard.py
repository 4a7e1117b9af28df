"""What a parser's process may use: memory, processor time, file sizes, no network; and how it ends."""

import errno
import logging
import math
import os
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from core.settings import IngestSettings

try:
    import resource
except ImportError:  # Windows has no such limits; the time limit still holds there.
    resource = None  # type: ignore[assignment]

_NETWORK = frozenset(
    "socket.connect socket.bind socket.sendto socket.sendmsg socket.getaddrinfo socket.gethostbyname "
    "socket.gethostbyaddr socket.getnameinfo".split()
)
_PARENT_SECONDS = 1.0


def prepare_process(settings: IngestSettings, scratch: Path) -> None:
    """Take network, chatter and excess from this process, for good; its temporary files go below ``scratch``."""
    # What a parser has to say reaches the run as the outcome of its file.
    logging.disable(logging.ERROR)
    warnings.simplefilter("ignore")
    tempfile.tempdir = str(scratch)
    os.environ["TMPDIR"] = str(scratch)
    sys.addaudithook(_refuse_network)
    _lead_a_group()
    if hasattr(os, "nice"):
        os.nice(settings.parse_nice)
    _limit("RLIMIT_AS", settings.parse_memory_bytes)
    _limit("RLIMIT_FSIZE", settings.archive_bytes)
    _limit("RLIMIT_CORE", 0)


@contextmanager
def processor_time(seconds: int) -> Iterator[None]:
    """The system ends this process by SIGXCPU when the block uses more than that; programs that it starts too."""
    if resource is None:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_CPU)[0]
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit("RLIMIT_CPU", math.ceil(used.ru_utime + used.ru_stime + seconds))
    try:
        yield
    finally:
        # Never while a result is sent: a process that dies then leaves the pool's lock behind.
        _limit("RLIMIT_CPU", before)


def exit_reason(code: int | None, settings: IngestSettings) -> str:
    """Why a process ended by itself, in words, from its exit code (negative: a signal)."""
    if resource is not None and code == -signal.SIGXCPU:
        return f"parsing took more than {settings.parse_cpu_seconds:,} s of processor time (ingest.parse_cpu_seconds)"
    if code == -getattr(signal, "SIGKILL", 9):
        return "the system killed the parser's process, most likely for want of memory"
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"the parser crashed ({signal.Signals(-code).name})"
    return f"the parser's process ended unexpectedly (exit code {code})"


def shortage_reason(error: OSError | MemoryError, settings: IngestSettings) -> str:
    """What ran out while a file was read."""
    if isinstance(error, MemoryError) or error.errno == errno.ENOMEM:
        limit = f"{settings.parse_memory_bytes:,} bytes of memory (ingest.parse_memory_bytes)"
        return f"the file needs more than {limit}"
    if error.errno == errno.EFBIG:
        return f"parsing wrote a file of more than {settings.archive_bytes:,} bytes (ingest.archive_bytes)"
    return f"the file cannot be unpacked or parsed: {error.strerror or error}"


def _refuse_network(event: str, _arguments: object) -> None:
    if event in _NETWORK:
        raise OSError("a parser may not use the network")


def _limit(name: str, value: int) -> None:
    """Set a soft limit, where this system has it and allows it."""
    number = getattr(resource, name, None)
    if number is not None:
        with suppress(ValueError, OSError):
            resource.setrlimit(number, (value, resource.getrlimit(number)[1]))


def _lead_a_group() -> None:
    """Let the programs that this process starts end with it, and it with the run."""
    if not hasattr(os, "setpgid"):
        return
    os.setpgid(0, 0)
    ending = signal.getsignal(signal.SIGTERM)

    def end_all(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)
        if callable(ending):
            ending(number, frame)

    signal.signal(signal.SIGTERM, end_all)
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()


def _follow(parent: int) -> None:
    """A run that is killed cannot end its parsers; they see it and end themselves."""
    while os.getppid() == parent:
        time.sleep(_PARENT_SECONDS)
    os.killpg(0, signal.SIGKILL)
