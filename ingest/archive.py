"""ZIP, TAR and compressed files: their members, one by one, into an ``Intake``.

Nothing is taken from what an archive says about itself: names are checked, sizes counted while unpacking, and links and
devices are not made.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import ParseError
from core.types import Outcome
from ingest.intake import PARSER, Intake, damaged
from ingest.names import decode_names
from ingest.sniff import FileKind
from ingest.tar_archive import unpack_compressed, unpack_tar

_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_LOCAL_HEADER = 30
_UNICODE_PATH = 0x7075
_METHODS = {1: "shrink", 6: "implode", 9: "deflate64", 93: "zstandard", 95: "xz", 98: "ppmd", 99: "AES"}
_CLUTTER = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})


def unpack(path: Path, kind: FileKind, intake: Intake) -> None:
    """Every member of the archive at ``path``, taken or refused.

    Raises ``ParseError`` where the archive as a whole breaks a limit (``too_large``) or is damaged (``failed``: what
    was read before the damage stays taken), and ``OSError`` where members cannot be written.
    """
    if kind is FileKind.ZIP:
        _unpack_zip(path, intake)
    elif kind is FileKind.TAR:
        unpack_tar(path, intake)
    else:
        unpack_compressed(path, intake)


def _unpack_zip(path: Path, intake: Intake) -> None:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        raise damaged(error) from error
    size = path.stat().st_size
    with archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        intake.limits.check_members(len(members))
        _refuse_overlaps(members)
        for info, name in zip(members, _names(members), strict=True):
            if not _CLUTTER.intersection(name.split("/")):
                _take(archive, info, name, min(info.compress_size, size), intake)


def _take(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, packed: int, intake: Intake) -> None:
    try:
        _check(info)
        stream = archive.open(info)
    except ParseError as error:
        intake.refuse(name, error)
    except NotImplementedError:
        method = _METHODS.get(info.compress_type, str(info.compress_type))
        reason = f"compressed by {method}, which cannot be read; pack it by deflate"
        intake.refuse(name, ParseError(reason, outcome=Outcome.UNSUPPORTED, parser=PARSER))
    except (zipfile.BadZipFile, EOFError, ValueError, RuntimeError, struct.error) as error:
        intake.refuse(name, damaged(error))
    else:
        with stream:
            intake.take(name, stream, packed)


def _check(info: zipfile.ZipInfo) -> None:
    """Raises ``ParseError`` for a member that is encrypted or no file."""
    if info.flag_bits & _ENCRYPTED:
        reason = "protected by a password; pack it without one"
        raise ParseError(reason, outcome=Outcome.ENCRYPTED, parser=PARSER)
    kind = stat.S_IFMT(info.external_attr >> 16)
    # The upper half holds a Unix mode only where the archive was made on such a system; elsewhere it is 0.
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        reason = "a link or device inside an archive is not followed"
        raise ParseError(reason, outcome=Outcome.UNSUPPORTED, parser=PARSER)


def _refuse_overlaps(members: Sequence[zipfile.ZipInfo]) -> None:
    """Raises ``ParseError`` where two members share bytes: only bombs do (https://www.bamsoftware.com/hacks/zipbomb)."""
    end, before = 0, ""
    for info in sorted(members, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise damaged(f"members {before!r} and {info.filename!r} overlap, as in a zip bomb")
        end, before = info.header_offset + _LOCAL_HEADER + info.compress_size, info.filename


def _names(members: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names with ``/`` between folders, however the archive writes them."""
    raw = [_raw_name(info) for info in members]
    unsaid = [name for name in raw if isinstance(name, bytes)]
    decoded = iter(decode_names(unsaid))
    names = (next(decoded) if isinstance(name, bytes) else name for name in raw)
    return [name.replace("\\", "/").removeprefix("./") for name in names]


def _raw_name(info: zipfile.ZipInfo) -> bytes | str:
    """Bytes where the archive does not say in which encoding. ``zipfile`` cuts names at NUL; the original tells."""
    if info.flag_bits & _UTF8_NAME:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437")
    return next(_unicode_paths(info.extra, raw), raw)


def _unicode_paths(extra: bytes, raw: bytes) -> Iterator[str]:
    """The name in UTF-8 that Info-ZIP keeps beside one in another encoding (APPNOTE 4.6.9), if it is of this name."""
    while len(extra) >= 4:
        identity, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if identity == _UNICODE_PATH and len(field) > 5 and field[1:5] == struct.pack("<L", zlib.crc32(raw)):
            yield field[5:].decode("utf-8", "replace")
