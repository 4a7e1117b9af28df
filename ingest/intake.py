"""Members of one container, written to a staging folder one by one under limits that no declared size can move."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.errors import ParseError
from core.settings import IngestSettings
from core.types import Outcome
from ingest.names import shown, why_refused
from ingest.task import MEMBER_MARK, FileTask, Parsed, Spent

PARSER = "archive 1"
_PIECE = 1 << 20
# Below this a high ratio is no danger: a page of blanks compresses a thousandfold.
_RATIO_FLOOR = 10_000_000
_NAME_BYTES = 120


class Readable(Protocol):
    """The bytes of one member as they are unpacked."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the containers of one file may unpack to: the settings, less what has been ``spent``."""

    settings: IngestSettings
    spent: Spent

    def check_bytes(self, unpacked: int) -> None:
        """Raises ``ParseError`` with ``too_large``."""
        limit = self.settings.archive_bytes
        if self.spent.bytes + unpacked > limit:
            raise too_large(f"the archive unpacks to more than ingest.archive_bytes allows ({limit:,})")

    def check_members(self, count: int) -> None:
        """Raises ``ParseError`` with ``too_large``."""
        limit = self.settings.archive_members
        if self.spent.members + count > limit:
            raise too_large(f"the archive holds more members than ingest.archive_members allows ({limit:,})")

    def check_depth(self, depth: int) -> None:
        """Raises ``ParseError`` with ``too_large`` for a container with ``depth`` others around it."""
        limit = self.settings.archive_depth
        if depth >= limit:
            raise too_large(f"archives and messages are nested deeper than ingest.archive_depth allows ({limit})")

    def check_ratio(self, unpacked: int, packed: int) -> None:
        """Raises ``ParseError`` with ``too_large``."""
        limit = self.settings.archive_ratio
        if unpacked > max(_RATIO_FLOOR, limit * packed):
            raise too_large(f"{packed:,} bytes unpack to more than {limit} times as many (ingest.archive_ratio)")


def too_large(reason: str) -> ParseError:
    """A limit was passed."""
    return ParseError(reason, outcome=Outcome.TOO_LARGE, parser=PARSER)


def damaged(reason: object) -> ParseError:
    """What was written is not what is there."""
    return ParseError(f"damaged or cut off: {reason}", parser=PARSER)


class Intake:
    """Takes the members of one container; ``members`` and ``refused`` hold what became of each."""

    def __init__(self, task: FileTask, folder: Path, limits: Limits) -> None:
        self.limits = limits
        self.members: dict[str, FileTask] = {}
        self.refused: dict[str, Parsed] = {}
        self._task = task
        self._folder = folder
        self._bytes = 0

    @property
    def spent(self) -> Spent:
        """By this container alone."""
        return Spent(bytes=self._bytes, members=len(self.members) + len(self.refused))

    def take(self, name: str, stream: Readable, packed: int | None = None) -> None:
        """Write one member, or refuse it where its name or its content is off. ``packed`` counts its bytes in the
        archive where they are its own.

        Raises ``ParseError`` where a limit of the whole container is passed and ``OSError`` where it cannot be written.
        """
        reason = why_refused(name)
        if reason:
            self.refuse(name, ParseError(reason, outcome=Outcome.UNSUPPORTED, parser=PARSER))
        elif self._is_new(name):
            path = Path(tempfile.mkdtemp(dir=self._folder)) / _file_name(name)
            try:
                self._write(stream, path, packed)
            except Exception as error:
                shutil.rmtree(path.parent, ignore_errors=True)
                if not isinstance(error, _MemberError):
                    raise
                self.refuse(name, error.why)
            else:
                self.members[name] = FileTask(
                    path=path, source=self._source(name), parent=self._task.source, depth=self._task.depth + 1
                )

    def refuse(self, name: str, error: ParseError) -> None:
        """Record a member that is not read."""
        source = self._source(name)
        self.refused[name] = Parsed(source=source, content_hash="", size=0, error=error)

    def discard(self) -> None:
        """Forget the members, and their files with them."""
        for task in self.members.values():
            shutil.rmtree(task.path.parent, ignore_errors=True)
        self.members.clear()
        self.refused.clear()

    def _is_new(self, name: str) -> bool:
        """Whether no other member has this name. Where two have, none is read: which one was meant is not known."""
        twin = self.members.pop(name, None)
        if twin:
            shutil.rmtree(twin.path.parent, ignore_errors=True)
        if twin or name in self.refused:
            self.refuse(
                name, ParseError("several members have this name; which one is meant is unknown", parser=PARSER)
            )
            return False
        self.limits.check_members(self.spent.members + 1)
        return True

    def _write(self, stream: Readable, path: Path, packed: int | None) -> None:
        size, limit = 0, self.limits.settings.max_file_bytes
        with path.open("wb") as target:
            while piece := _read(stream):
                size += len(piece)
                self._bytes += len(piece)
                self.limits.check_bytes(self._bytes)
                if size > limit:
                    raise _MemberError(too_large(f"more bytes than ingest.max_file_bytes allows ({limit:,})"))
                if packed is not None:
                    self._check_ratio(size, packed)
                target.write(piece)

    def _check_ratio(self, size: int, packed: int) -> None:
        try:
            self.limits.check_ratio(size, packed)
        except ParseError as error:
            raise _MemberError(error) from error

    def _source(self, name: str) -> str:
        return f"{self._task.source}{MEMBER_MARK}{shown(name)}"


class _MemberError(Exception):
    """One member cannot be read; the others may."""

    def __init__(self, why: ParseError) -> None:
        super().__init__(why.reason)
        self.why = why


def _read(stream: Readable) -> bytes:
    try:
        return stream.read(_PIECE)
    except (ParseError, MemoryError):
        raise
    except Exception as error:
        # Every format has its own errors (zlib, lzma, tar, zip); all of them say that the bytes are not right.
        raise _MemberError(damaged(error or type(error).__name__)) from error


def _file_name(name: str) -> str:
    """A safe name on disk that keeps what a parser goes by: the stem for a title, the extension for ties."""
    given = Path(name.rpartition("/")[2])
    suffix = given.suffix[:20]
    stem = given.name.removesuffix(given.suffix).encode()[:_NAME_BYTES].decode(errors="ignore")
    return f"{stem or 'member'}{suffix}"
