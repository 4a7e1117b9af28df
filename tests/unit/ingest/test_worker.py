import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from core.errors import ParseError
from core.settings import IngestSettings
from ingest import worker
from ingest.task import WORKER, FileTask, Parsed, Reading, Spent
from ingest.worker import parse_all

SETTINGS = IngestSettings(
    workers=2, parse_seconds=60, parse_cpu_seconds=1, parse_memory_bytes=2_000_000_000, archive_bytes=1_000_000
)


def parsed(source: str, said: str = "fine") -> Reading:
    return Reading(parsed=Parsed(source=source, content_hash="h", size=1, error=ParseError(said, parser="test")))


def hang(_scratch: Path) -> None:
    time.sleep(60)


def hang_in_c(_scratch: Path) -> None:
    # Holds the interpreter's lock: no Python code runs, no signal is handled.
    ctypes.PyDLL(None).sleep(60)


def spin(_scratch: Path) -> None:
    while True:
        pass


def crash(_scratch: Path) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(_scratch: Path) -> None:
    os._exit(9)


def fill_memory(_scratch: Path) -> None:
    bytearray(10**12)


def fill_disk(scratch: Path) -> None:
    (scratch / "big").write_bytes(bytes(1_000_001))


MISBEHAVIOUR: dict[str, tuple[Callable[[Path], None], str]] = {
    "hang": (hang, "parsing took longer than 3 s (ingest.parse_seconds) and was stopped"),
    "hang in C": (hang_in_c, "parsing took longer than 3 s (ingest.parse_seconds) and was stopped"),
    "spin": (spin, "parsing took more than 1 s of processor time (ingest.parse_cpu_seconds)"),
    "crash": (crash, "the parser crashed (SIGSEGV)"),
    "leave": (leave, "the parser's process ended unexpectedly (exit code 9)"),
    "memory": (fill_memory, "the file needs more than 2,000,000,000 bytes of memory (ingest.parse_memory_bytes)"),
    "disk": (fill_disk, "parsing wrote a file of more than 1,000,000 bytes (ingest.archive_bytes)"),
}


def misbehave(task: FileTask, settings: IngestSettings, scratch: Path, _spent: Spent) -> Reading:
    """Stands in for a parser; runs in another process."""
    from ingest.guard import processor_time, shortage_reason

    if task.source in MISBEHAVIOUR:
        try:
            with processor_time(settings.parse_cpu_seconds):
                MISBEHAVIOUR[task.source][0](scratch)
        except OSError as error:
            return parsed(task.source, shortage_reason(error, settings))
    return parsed(task.source)


def tasks(*sources: str) -> list[FileTask]:
    return [FileTask(path=Path(source), source=source) for source in sources]


def reasons(work: Iterable[FileTask], settings: IngestSettings, read: worker.Read) -> dict[str, str]:
    """What was said of each file; each is told once."""
    found: dict[str, str] = {}
    for delivery in parse_all(work, settings, read=read):
        for result in delivery.results:
            assert result.source not in found
            assert result.error is not None
            found[result.source] = result.error.reason
    return found


@pytest.mark.parametrize(
    ("names", "seconds"), [(["hang", "hang in C"], 3), (["spin", "crash", "leave", "memory", "disk"], 60)]
)
def test_whatever_a_parser_does_costs_one_file_and_the_reason_names_the_limit(names: list[str], seconds: float) -> None:
    began = time.monotonic()
    settings = SETTINGS.model_copy(update={"parse_seconds": seconds})
    found = reasons(tasks("a", *names, "b"), settings, misbehave)
    assert found == {"a": "fine", "b": "fine"} | {name: MISBEHAVIOUR[name][1] for name in names}
    assert time.monotonic() - began < 50


def test_no_task_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker._Workers, "_start", None)
    assert list(parse_all([], SETTINGS)) == []


def try_the_network(task: FileTask, _settings: IngestSettings, _scratch: Path, _spent: Spent) -> Reading:
    refused = []
    for name, attempt in {
        "connect": lambda: socket.socket().connect(("127.0.0.1", 9)),
        "connect_ex": lambda: socket.socket().connect_ex(("127.0.0.1", 9)),
        "datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
        "local": lambda: socket.socket(socket.AF_UNIX).connect("/run/any"),
        "name": lambda: socket.getaddrinfo("localhost", 80),
        "create": lambda: socket.create_connection(("127.0.0.1", 9)),
        "listen": lambda: socket.socket().bind(("127.0.0.1", 0)),
    }.items():
        try:
            attempt()
        except OSError as error:
            if str(error) == "a parser may not use the network":
                refused.append(name)
    return parsed(task.source, " ".join(refused))


def test_no_way_leads_to_the_network() -> None:
    found = reasons(tasks("a"), SETTINGS, try_the_network)
    assert found == {"a": "connect connect_ex datagram local name create listen"}


def tell_process(task: FileTask, _settings: IngestSettings, _scratch: Path, _spent: Spent) -> Reading:
    return parsed(task.source, str(os.getpid()))


def test_processes_are_replaced_and_no_file_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_FILES_PER_PROCESS", 3)
    sources = [str(number) for number in range(10)]
    found = reasons(tasks(*sources), SETTINGS, tell_process)
    assert sorted(found) == sorted(sources)
    assert len(set(found.values())) >= 4


def start_a_program(task: FileTask, _settings: IngestSettings, scratch: Path, _spent: Spent) -> Reading:
    with subprocess.Popen(["sleep", "60"]) as program:
        Path(task.source).write_text(f"{os.getpid()} {program.pid}")
    return parsed(task.source)


def is_alive(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def gone_within(seconds: float, processes: Sequence[int]) -> bool:
    until = time.monotonic() + seconds
    while any(map(is_alive, processes)):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
def test_what_a_parser_started_ends_with_it(tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"parse_seconds": 2.0})
    note = tmp_path / "note"
    assert "longer than 2 s" in reasons(tasks(str(note)), settings, start_a_program)[str(note)]
    assert gone_within(5, [int(process) for process in note.read_text().split()])


RUN = """
import sys
sys.path[:0] = sys.argv[2:]
from test_worker import SETTINGS, parse_all, start_a_program, tasks
if __name__ == "__main__":
    list(parse_all(tasks(sys.argv[1]), SETTINGS.model_copy(update={"parse_seconds": 60.0}), read=start_a_program))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
def test_a_killed_run_leaves_no_process_behind(tmp_path: Path) -> None:
    note, script = tmp_path / "note", tmp_path / "run.py"
    script.write_text(RUN)
    here = Path(__file__).parent
    run = subprocess.Popen([sys.executable, script, note, here, here.parents[2]])
    try:
        while not note.exists() or " " not in note.read_text():
            assert run.poll() is None
            time.sleep(0.05)
    finally:
        run.kill()
        run.wait()
    assert gone_within(10, [int(process) for process in note.read_text().split()])


def channel() -> Any:
    """The pipe that the processes of a pool share, from inside one of them."""
    frame: FrameType | None = sys._getframe()
    while frame and "channel" not in frame.f_locals:
        frame = frame.f_back
    assert frame
    return frame.f_locals["channel"]


def upset_the_pool(task: FileTask, _settings: IngestSettings, _scratch: Path, _spent: Spent) -> Reading:
    if task.source in {"die locked", "hang locked"}:
        channel().mutex.writer_mutex.acquire()
    if task.source == "die locked":
        os.kill(os.getpid(), signal.SIGKILL)
    if task.source == "hang locked":
        time.sleep(60)
    if task.source == "die later":
        threading.Timer(0.2, os._exit, (1,)).start()
    return parsed(task.source)


def test_a_pool_that_a_file_jams_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_STUCK_SECONDS", 0.5)
    settings = SETTINGS.model_copy(update={"parse_seconds": 2.0, "workers": 1})
    killed = "the system killed the parser's process, most likely for want of memory"
    assert reasons(tasks("die locked", "a"), settings, upset_the_pool) == {"die locked": killed, "a": "fine"}


def test_a_file_that_jams_every_pool_is_told_after_three_and_tried_again_another_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "_STUCK_SECONDS", 0.5)
    settings = SETTINGS.model_copy(update={"parse_seconds": 1.0, "workers": 1})
    (delivery,) = parse_all(tasks("hang locked"), settings, read=upset_the_pool)
    error = delivery.results[0].error
    assert error is not None
    assert (error.reason, error.parser) == ("the parser's processes broke 3 times before the file was read", WORKER)


def test_a_process_that_dies_between_two_files_costs_none() -> None:
    def slowly() -> Iterator[FileTask]:
        yield from tasks("die later")
        yield from tasks(*"abcd")
        time.sleep(1.5)
        yield from tasks(*"efgh")

    settings = SETTINGS.model_copy(update={"workers": 1})
    assert reasons(slowly(), settings, upset_the_pool) == dict.fromkeys(["die later", *"abcdefgh"], "fine")


def test_a_run_that_is_stopped_ends_at_once() -> None:
    began = time.monotonic()

    def check() -> None:
        if time.monotonic() - began > 1.5:
            raise InterruptedError("stopped")

    with pytest.raises(InterruptedError, match="stopped"):
        list(parse_all(tasks("hang", "hang too"), SETTINGS, read=misbehave, check=check))
    assert time.monotonic() - began < 20
