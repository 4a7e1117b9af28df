"""What goes to a parser's process, and what comes back."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from core.errors import ParseError
from core.types import Chunk, Document
from ingest.token_count import CountTokens, count_by_rule

# What stands between a container and the name of a file inside it.
MEMBER_MARK = "!/"
# The ``parser`` of a failure that says nothing about the file's bytes alone: such a file is tried again next time.
WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTask:
    """One file to parse, and the source under which its document is kept.

    ``parent`` is the source of the archive or message around it, ``depth`` counts them all. A member of one lies alone
    in a folder of its own, which is removed when it has been read. ``content_hash`` is that of the bytes when they were
    looked at, empty where they were not yet.
    """

    path: Path
    source: str
    parent: str = ""
    depth: int = 0
    content_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutter:
    """For which knowledge base a document is cut into passages, and what counts their tokens; both go to another
    process."""

    kb: str = ""
    count: CountTokens = count_by_rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one file of the run has already unpacked to, all containers in it together."""

    bytes: int = 0
    members: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What became of one file or member: a document, or else an error. ``size`` counts bytes, ``parser`` says by what.

    A container that has been unpacked has neither. A document has at least one passage, and a text key for each, in
    order; it has the id that is made of its source. ``content_hash`` is empty where the file or its process was lost.
    """

    source: str
    content_hash: str
    size: int
    document: Document | None = None
    passages: tuple[Chunk, ...] = ()
    keys: tuple[str, ...] = ()
    error: ParseError | None = None
    parser: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one task gave: the file's own verdict, the members that wait to be read, and those that will not be."""

    parsed: Parsed
    members: tuple[FileTask, ...] = ()
    refused: tuple[Parsed, ...] = ()
    spent: Spent = Spent()


def lost(task: FileTask, reason: str) -> Parsed:
    """The verdict on a file whose process gave none."""
    return Parsed(source=task.source, content_hash="", size=0, error=ParseError(reason, parser=WORKER))


def hash_file(path: Path) -> str:
    """SHA-256 of the file's bytes in hexadecimal. Raises ``OSError`` when it cannot be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
