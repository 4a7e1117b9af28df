import os
import time
from pathlib import Path

import pytest

from core.errors import ParseError
from core.settings import IngestSettings
from core.types import Outcome
from ingest.worker import WORKER, FileTask, Parsed, hash_file, parse_all, parse_task

MAIL = b"""From: a@b.example
Subject: Files
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

See attached.
--b
Content-Disposition: attachment; filename="prices.csv"

Plan,Price
Team,12
--b
Content-Disposition: attachment; filename="film.mp3"

ID3 noise
--b--
"""


def misbehave(task: FileTask) -> list[Parsed]:
    """Stands in for a parser; runs in another process."""
    if task.source == "hang":
        time.sleep(60)
    if task.source == "crash":
        os._exit(9)
    if task.source == "memory":
        bytearray(10**12)
    if task.source == "network":
        import socket

        socket.create_connection(("192.0.2.1", 80))
    return [Parsed(source=task.source, content_hash="h", size=1, error=ParseError("fine"))]


def test_a_hang_a_crash_and_a_memory_hog_cost_one_file_each() -> None:
    settings = IngestSettings(workers=2, parse_seconds=2, parse_memory_bytes=2_000_000_000)
    tasks = [FileTask(path=Path(name), source=name) for name in ("a", "hang", "crash", "memory", "network", "b")]
    reasons = {}
    began = time.monotonic()
    for task, results in parse_all(tasks, settings, parse=misbehave):
        assert results[0].error is not None
        reasons[task.source] = (results[0].error.reason, results[0].error.parser)
    assert time.monotonic() - began < 20
    assert reasons == {
        "a": ("fine", ""),
        "b": ("fine", ""),
        "hang": ("parsing took longer than 2 s and was stopped", WORKER),
        "crash": ("the parser's process ended unexpectedly (exit code 9)", WORKER),
        "memory": ("the file needs more than 2,000,000,000 bytes of memory", WORKER),
        "network": ("the parser failed: OSError: a parser may not use the network", WORKER),
    }


def test_no_task_starts_no_process() -> None:
    assert list(parse_all([], IngestSettings())) == []


def test_attachments_follow_their_message_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(MAIL)
    results = parse_task(FileTask(path=path, source="in/mail.eml"))
    assert [each.source for each in results] == [
        "in/mail.eml",
        "in/mail.eml!/prices.csv",
        "in/mail.eml!/film.mp3",
    ]
    assert results[0].content_hash == hash_file(path)
    assert results[1].document is not None
    assert results[1].document.text == "| Plan | Price |\n| --- | --- |\n| Team | 12 |"
    assert results[2].error is not None
    assert results[2].error.outcome is Outcome.UNSUPPORTED


@pytest.mark.parametrize("name", ["../../etc/passwd.txt", "a" * 300 + ".txt", "/.txt"])
def test_a_hostile_attachment_name_goes_nowhere(tmp_path: Path, name: str) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(MAIL.replace(b"prices.csv", name.encode()))
    assert len(parse_task(FileTask(path=path, source="m"))) == 3


def test_a_file_that_cannot_be_read_is_a_result(tmp_path: Path) -> None:
    (result,) = parse_task(FileTask(path=tmp_path / "gone.md", source="gone.md"))
    assert result.error is not None
    assert "No such file" in result.error.reason
