"""TAR and compressed files, read as streams: every unpacked byte is counted, those of skipped members too."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from core.errors import ParseError
from core.types import Outcome
from ingest.intake import PARSER, Intake, Limits, Readable, damaged
from ingest.names import decode_names

_BLOCK = tarfile.BLOCKSIZE
_SUFFIXES = {
    ".gz": "", ".bz2": "", ".xz": "", ".zst": "", ".tgz": ".tar", ".tbz": ".tar", ".tbz2": ".tar", ".txz": ".tar",
}  # fmt: skip
_MAX_WINDOW = 1 << 27
# What ``tarfile`` raises at the mark that ends an archive; its name is all that is public of it.
_END = "EOFHeaderError"


def is_tar(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a TAR archive: its first header has the right checksum."""
    try:
        tarfile.TarInfo.frombuf(head[:_BLOCK], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def unpack_tar(path: Path, intake: Intake) -> None:
    """Raises as ``archive.unpack`` does."""
    with path.open("rb") as stream:
        _unpack_stream(stream, intake)


def unpack_compressed(path: Path, intake: Intake) -> None:
    """A compressed TAR, or a single file under the archive's own name. Raises as ``archive.unpack`` does."""
    with _decompressed(path) as stream:
        counted = _Counted(stream, intake.limits, path.stat().st_size)
        head = counted.peek()
        if is_tar(head):
            _unpack_stream(counted, intake)
        else:
            intake.take(_inner_name(path), counted)


@contextmanager
def _decompressed(path: Path) -> Iterator[Readable]:
    with path.open("rb") as packed:
        magic = packed.read(4)
        packed.seek(0)
        with _opened(packed, magic) as stream:
            yield stream


def _opened(packed: IO[bytes], magic: bytes) -> io.BufferedIOBase:
    if magic.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=packed)
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(packed)
    if magic.startswith(b"\xfd7zX"):
        return lzma.LZMAFile(packed)
    import zstandard

    reader = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW).stream_reader(packed, read_across_frames=True)
    return io.BufferedReader(reader)


class _Counted:
    """An unpacked stream that ends at the limits."""

    def __init__(self, stream: Readable, limits: Limits, packed: int) -> None:
        self._stream = stream
        self._limits = limits
        self._packed = packed
        self._unpacked = 0
        self._head = b""

    def peek(self) -> bytes:
        """The first block, which ``read`` gives again. Raises ``ParseError`` where nothing can be unpacked."""
        try:
            while len(self._head) < _BLOCK and (piece := self._stream.read(_BLOCK - len(self._head))):
                self._head += piece
        except (ParseError, MemoryError):
            raise
        except Exception as error:
            raise damaged(error) from error
        return self._head

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes. Raises ``ParseError`` past a limit and the format's own errors."""
        data, self._head = self._head[:size], self._head[size:]
        data = data or self._stream.read(size)
        self._unpacked += len(data)
        self._limits.check_bytes(self._unpacked)
        self._limits.check_ratio(self._unpacked, self._packed)
        return data


class _Header(tarfile.TarInfo):
    """A header that does not pass for the end of the archive when it is damaged, as it does in ``tarfile``."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> "_Header":
        try:
            return super().fromtarfile(archive)
        except tarfile.HeaderError as error:
            if type(error).__name__ == _END:
                raise
            raise tarfile.ReadError(f"{error} at byte {archive.offset:,}") from error


def _unpack_stream(stream: Readable, intake: Intake) -> None:
    try:
        # In stream mode nothing but ``read`` is called.
        file = cast("IO[bytes]", stream)
        with tarfile.open(fileobj=file, mode="r|", tarinfo=_Header, errors="surrogateescape") as archive:
            for info in archive:
                _take(archive, info, intake)
    except (ParseError, MemoryError):
        raise
    except OSError as error:
        if error.errno is not None:
            raise
        raise damaged(error) from error
    except Exception as error:
        # Each compression has errors of its own; all of them say that the bytes are not right.
        raise damaged(error) from error


def _take(archive: tarfile.TarFile, info: tarfile.TarInfo, intake: Intake) -> None:
    if info.isdir():
        return
    intake.limits.check_members(intake.spent.members + 1)
    raw = info.name.encode("utf-8", "surrogateescape")
    name = decode_names([raw])[0].removeprefix("./")
    if not info.isreg():
        reason = "a link or device inside an archive is not followed"
        intake.refuse(name, ParseError(reason, outcome=Outcome.UNSUPPORTED, parser=PARSER))
        return
    stream = archive.extractfile(info)
    if stream is not None:
        intake.take(name, stream)


def _inner_name(path: Path) -> str:
    """``guide.md`` for ``guide.md.gz``."""
    known = _SUFFIXES.get(path.suffix.lower())
    return path.name if known is None else f"{path.stem}{known}"
