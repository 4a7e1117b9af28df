import errno
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from read_here import verdicts

from core.settings import IngestSettings
from core.types import Outcome
from ingest import parse, reading
from ingest.chunk import chunk_document
from ingest.document import build_document
from ingest.reading import read_task
from ingest.task import WORKER, Cutter, FileTask, Spent, hash_file
from ingest.worker import parse_all
from store.source_state import text_key

SETTINGS = IngestSettings()
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


SAMPLE = Path(__file__).parents[3] / "data/sample/documents"


def lengths(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def count_for_ever(texts: Sequence[str]) -> list[int]:
    while True:
        time.sleep(1)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def read(path: Path, scratch: Path, **settings: Any) -> reading.Reading:
    task = FileTask(path=path, source=f"in/{path.name}")
    return read_task(task, SETTINGS.model_copy(update=settings), scratch, Spent())


def test_attachments_wait_to_be_read_under_their_messages_name(tmp_path: Path) -> None:
    path = write(tmp_path / "mail.eml", MAIL)
    found = read(path, tmp_path)
    assert [task.source for task in found.members] == ["in/mail.eml!/prices.csv", "in/mail.eml!/film.mp3"]
    assert [task.path.name for task in found.members] == ["prices.csv", "film.mp3"]
    assert found.parsed.content_hash == hash_file(path)
    assert found.parsed.document is not None


def test_a_message_and_its_attachments_each_have_a_verdict(tmp_path: Path) -> None:
    found = verdicts(write(tmp_path / "mail.eml", MAIL), SETTINGS, tmp_path)
    assert found["mail.eml!/prices.csv"][0] is Outcome.INGESTED
    assert found["mail.eml!/film.mp3"][0] is Outcome.UNSUPPORTED
    assert list(found)[-1] == "mail.eml"


@pytest.mark.parametrize("name", ["../../etc/passwd.txt", "a" * 300 + ".txt", "/.txt", "价" * 200 + ".csv"])
def test_a_hostile_attachment_name_goes_nowhere(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "mail.eml", MAIL.replace(b"prices.csv", name.encode()))
    found = read(path, tmp_path / "scratch") if (tmp_path / "scratch").mkdir() is None else None
    assert found is not None
    assert all(task.path.is_relative_to(tmp_path / "scratch") for task in found.members)
    assert len(found.members) + len(found.refused) == 2


def test_attachments_past_the_depth_are_told_and_the_message_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "mail.eml", MAIL)
    task = FileTask(path=path, source="m", depth=2)
    found = read_task(task, SETTINGS.model_copy(update={"archive_depth": 2}), tmp_path, Spent())
    assert found.parsed.document is not None
    assert [(each.source, each.error.outcome) for each in found.refused if each.error] == [
        ("m!/prices.csv", Outcome.TOO_LARGE),
        ("m!/film.mp3", Outcome.TOO_LARGE),
    ]


def test_a_file_that_cannot_be_read_is_a_verdict(tmp_path: Path) -> None:
    error = read(tmp_path / "gone.md", tmp_path).parsed.error
    assert error is not None
    assert (error.reason, error.parser) == ("the file cannot be read: No such file or directory", "sniff")


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (MemoryError(), "the file needs more than 4,000,000,000 bytes of memory (ingest.parse_memory_bytes)"),
        (OSError(errno.EFBIG, "x"), "parsing wrote a file of more than 2,000,000,000 bytes (ingest.archive_bytes)"),
        (OSError(errno.ENOSPC, "No space left"), "the file cannot be unpacked or parsed: No space left"),
    ],
)
def test_a_shortage_of_the_machine_says_nothing_final_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, reason: str
) -> None:
    def run_short(_path: Path) -> None:
        raise raised

    monkeypatch.setitem(parse._CHAINS, parse.FileKind.TEXT, (run_short,))
    error = read(write(tmp_path / "a.txt", b"x"), tmp_path).parsed.error
    assert error is not None
    assert (error.reason, error.parser) == (reason, WORKER)


def test_every_verdict_names_who_said_so(tmp_path: Path) -> None:
    said = {}
    for name, content in {"a.pdf": b"%PDF-1.4 broken", "b.bin": bytes(range(256)) * 9, "c.docx": b"PK\3\4 cut"}.items():
        error = read(write(tmp_path / name, content), tmp_path).parsed.error
        assert error is not None
        said[name] = error.parser.split()[0]
    assert said == {"a.pdf": "pypdfium2", "b.bin": "sniff", "c.docx": "archive"}


def test_passages_that_are_cut_beside_the_parser_are_those_that_are_cut_here(tmp_path: Path) -> None:
    files = [path for name in ("en", "zh") for path in sorted((SAMPLE / name).rglob("*.md"))[:10]]
    assert len(files) == 20
    tasks = [FileTask(path=path, source=str(path.relative_to(SAMPLE))) for path in files]
    read = partial(read_task, cutter=Cutter(kb="客服", count=lengths))
    found = {each.source: each for delivery in parse_all(tasks, SETTINGS, read=read) for each in delivery.results}
    for task in tasks:
        there = found[task.source]
        document = build_document(
            parse.parse_file(task.path), kb="客服", source=task.source, content_hash=hash_file(task.path)
        )
        assert there.document == document
        assert list(there.passages) == chunk_document(document, SETTINGS, lengths)
        assert list(there.keys) == [text_key(chunk) for chunk in there.passages]


def test_cutting_is_within_the_limits_of_its_file(tmp_path: Path) -> None:
    task = FileTask(path=write(tmp_path / "a.md", "Words. 文字。".encode()), source="a.md")
    settings = SETTINGS.model_copy(update={"parse_seconds": 2.0, "workers": 1})
    read = partial(read_task, cutter=Cutter(count=count_for_ever))
    (delivery,) = parse_all([task], settings, read=read)
    error = delivery.results[0].error
    assert error is not None
    assert error.reason == "parsing took longer than 2 s (ingest.parse_seconds) and was stopped"


def test_marks_without_a_word_are_no_document(tmp_path: Path) -> None:
    found = read(write(tmp_path / "a.md", "***\n\n！！！\n".encode()), tmp_path).parsed
    assert found.document is None
    assert found.error is not None
    assert (found.error.outcome, found.error.reason) == (Outcome.EMPTY, "the text holds no word, only marks")


def test_the_hash_is_of_the_bytes_that_were_looked_at(tmp_path: Path) -> None:
    task = FileTask(path=write(tmp_path / "a.md", b"Words."), source="a.md", content_hash="before")
    parsed = read_task(task, SETTINGS, tmp_path, Spent()).parsed
    assert parsed.document is not None
    assert parsed.content_hash == parsed.document.content_hash == "before"
