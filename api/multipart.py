"""Files out of a multipart body, written down as they come in: neither the body nor a file is ever held in memory."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import BinaryIO

from anyio import to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.errors import InvalidField, unsupported_media_type
from core.errors import InvalidInput, Unavailable
from ingest.names import decode_names, shown
from ingest.uploads import Upload

FIELD = "files"
MAX_FILES = 1_000
_TYPE = "multipart/form-data"
_MAX_BOUNDARY = 70  # RFC 2046, section 5.1.1


def boundary_of(content_type: str) -> bytes:
    """What stands between the parts. Raises ``HTTPException`` (415) for another type of body, or ``InvalidField``."""
    kind, options = parse_options_header(content_type)
    if kind.decode("latin-1") != _TYPE:
        raise unsupported_media_type(content_type, wanted=_TYPE)
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= _MAX_BOUNDARY:
        raise InvalidField("#", f"the Content-Type names no usable boundary; send {_TYPE} as a form does")
    return boundary


async def receive_files(chunks: AsyncIterator[bytes], boundary: bytes, upload: Upload) -> bytes:
    """Write every file of the body into ``upload``. Returns a digest of their names and bytes, in order.

    Raises ``InvalidInput`` for a body or a name that cannot be used, ``Unavailable`` where the disk takes no more.
    """
    with ExitStack() as opened:
        parts = _Parts(boundary, upload, opened)
        async for chunk in chunks:
            await to_thread.run_sync(parts.write, chunk)
        return parts.finish()


class _Parts:
    """Follows the parser from part to part. Blocks while it writes."""

    def __init__(self, boundary: bytes, upload: Upload, opened: ExitStack) -> None:
        self._upload = upload
        self._opened = opened
        self._digest = hashlib.sha256()
        self._of_file = hashlib.sha256()
        self._header = self._value = b""
        self._disposition = b""
        self._file: BinaryIO | None = None
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._take_name,
                "on_header_value": self._take_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._take,
                "on_part_end": self._close,
                "on_end": self._end,
            },
        )

    def write(self, chunk: bytes) -> None:
        """The next piece of the body, in whatever sizes they come."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise InvalidField("#", f"the body is no {_TYPE}: {error}") from error
        except OSError as error:
            raise Unavailable(f"the upload cannot be stored: {error.strerror or error}") from error

    def finish(self) -> bytes:
        """The digest, once the last boundary was there."""
        if not self._ended:
            raise InvalidField("#", "the body ends in the middle of a part; send all of it")
        if not self._upload.count:
            raise InvalidField(f"#/{FIELD}", f"no file came; send each as a part named {FIELD!r}")
        return self._digest.digest()

    def _begin(self) -> None:
        self._disposition = b""
        if self._upload.count >= MAX_FILES:
            raise InvalidField(f"#/{FIELD}", f"more than {MAX_FILES:,} files; send them in several uploads")

    def _take_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        field, name = options.get(b"name", b""), options.get(b"filename")
        if field != FIELD.encode() or name is None:
            raise InvalidField(
                "#",
                f"the part {shown(_text(field))[:80]!r} is no file; send files only, each as a part named {FIELD!r}",
            )
        try:
            source, path = self._upload.file(_text(name))
        except InvalidInput as error:
            raise InvalidField(f"#/{FIELD}/{self._upload.count}", str(error)) from error
        self._file = self._opened.enter_context(path.open("xb"))
        self._of_file = hashlib.sha256(source.encode() + b"\0")

    def _take(self, data: bytes, start: int, end: int) -> None:
        piece = memoryview(data)[start:end]
        self._of_file.update(piece)
        if self._file is not None:
            self._file.write(piece)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
        self._digest.update(self._of_file.digest())

    def _end(self) -> None:
        self._ended = True


def _text(name: bytes) -> str:
    """Browsers send UTF-8 and escape what would end the header; older tools send the code page of their machine."""
    (decoded,) = decode_names([name])
    return decoded.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
