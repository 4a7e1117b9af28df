"""Parsing in processes of their own: a crash, a hang or a memory hog costs one file, never the run."""

import hashlib
import multiprocessing
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from core.errors import ParseError
from core.settings import IngestSettings
from core.types import Attachment, Outcome, ParsedDocument

# Parsers leak; a process is replaced after this many files.
_FILES_PER_PROCESS = 200
_WAITING_PER_PROCESS = 4
_ATTACHMENT_DEPTH = 3
# The ``parser`` of a failure that says nothing about the file's bytes alone: such a file is tried again next time.
WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTask:
    """One file to parse, and the source under which its document is kept."""

    path: Path
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What became of one file or attachment: a document, or else an error. ``size`` counts bytes.

    ``content_hash`` is empty where the file or its process was lost.
    """

    source: str
    content_hash: str
    size: int
    document: ParsedDocument | None = None
    error: ParseError | None = None


ParseTask: TypeAlias = Callable[[FileTask], list[Parsed]]


def parse_task(task: FileTask) -> list[Parsed]:
    """The file, then its attachments and theirs, three levels deep, as sources ``parent!/name``. Never raises."""
    return list(_parse_nested(task.path, task.source, _ATTACHMENT_DEPTH))


def _parse_nested(path: Path, source: str, depth: int) -> Iterator[Parsed]:
    from ingest.parse import parse_file

    try:
        document = parse_file(path)
    except ParseError as error:
        yield _parsed(path, source, None, error)
        return
    except MemoryError:
        yield _parsed(path, source, None, ParseError("the file needs more memory than a parser may use", parser=WORKER))
        return
    empty = None
    if not document.text.strip():
        empty = ParseError("the message holds only attachments", outcome=Outcome.EMPTY, parser=document.parser)
    yield _parsed(path, source, None if empty else document, empty)
    for attachment in document.attachments if depth else ():
        yield from _parse_attachment(attachment, f"{source}!/{attachment.name}", depth - 1)


def _parse_attachment(attachment: Attachment, source: str, depth: int) -> Iterator[Parsed]:
    with tempfile.TemporaryDirectory(prefix="citedesk-") as folder:
        # The given name may be hostile or too long; only its extension matters to a parser.
        name = Path(attachment.name)
        path = Path(folder) / f"{name.stem[:60].replace(chr(0), '') or 'attachment'}{name.suffix[:20]}"
        path.write_bytes(attachment.content)
        yield from _parse_nested(path, source, depth)


def _parsed(path: Path, source: str, document: ParsedDocument | None, error: ParseError | None) -> Parsed:
    try:
        size, content_hash = path.stat().st_size, hash_file(path)
    except OSError:
        size, content_hash = 0, ""
    return Parsed(source=source, content_hash=content_hash, size=size, document=document, error=error)


def hash_file(path: Path) -> str:
    """SHA-256 of the file's bytes in hexadecimal. Raises ``OSError`` when it cannot be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def parse_all(
    tasks: Iterable[FileTask], settings: IngestSettings, *, parse: ParseTask = parse_task
) -> Iterator[tuple[FileTask, list[Parsed]]]:
    """Results as they come, each with its task; ``parse`` runs in up to ``settings.workers`` processes.

    A file that takes longer than ``settings.parse_seconds`` or ends its process gives a ``failed`` result.
    """
    from pebble import ProcessPool

    remaining = iter(tasks)
    running: dict[Future[list[Parsed]], FileTask] = {}
    with ProcessPool(
        max_workers=settings.workers,
        max_tasks=_FILES_PER_PROCESS,
        initializer=prepare_process,
        initargs=(settings.parse_memory_bytes,),
        context=multiprocessing.get_context("spawn"),
    ) as pool:
        try:
            while True:
                room = _WAITING_PER_PROCESS * settings.workers - len(running)
                for task in islice(remaining, room):
                    running[pool.schedule(parse, args=(task,), timeout=settings.parse_seconds)] = task
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    task = running.pop(future)
                    yield task, _result(future, task, settings)
        finally:
            # Reached early when the caller stops or fails: what still waits is not parsed.
            for future in running:
                future.cancel()


def _result(future: Future[list[Parsed]], task: FileTask, settings: IngestSettings) -> list[Parsed]:
    from pebble import ProcessExpired

    try:
        return future.result()
    except TimeoutError:
        return [_lost(task, f"parsing took longer than {settings.parse_seconds:g} s and was stopped")]
    except ProcessExpired as error:
        return [_lost(task, f"the parser's process ended unexpectedly (exit code {error.exitcode})")]
    except MemoryError:
        return [_lost(task, f"the file needs more than {settings.parse_memory_bytes:,} bytes of memory")]
    except Exception as error:
        return [_lost(task, f"the parser failed: {type(error).__name__}: {error}")]


def _lost(task: FileTask, reason: str) -> Parsed:
    return Parsed(source=task.source, content_hash="", size=0, document=None, error=ParseError(reason, parser=WORKER))


def prepare_process(memory_bytes: int) -> None:
    """Limit the address space of this process, where the system can, and take network and chatter away from it."""
    import logging
    import socket

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise OSError("a parser may not use the network")

    # What a parser has to say reaches the run as the outcome of its file.
    logging.disable(logging.ERROR)
    socket.getaddrinfo = refuse  # type: ignore[assignment]
    socket.create_connection = refuse  # type: ignore[assignment]
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, ValueError, OSError):
        # Windows has no such limit and some systems refuse it; the time limit still holds.
        return
