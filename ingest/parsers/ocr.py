"""Text of pictures by the tesseract program, where it is installed."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from core.errors import ParseError
from core.types import BlockKind, Outcome, ParsedDocument
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.text_parser import text_blocks

VERSION = "tesseract"
HINT = "install tesseract with the language data eng and chi_sim to read it"
_LANGUAGES = ("chi_sim", "chi_tra", "eng")
_PAGE_SECONDS = 60


def is_available() -> bool:
    """Whether a program ``tesseract`` is on the path."""
    return shutil.which("tesseract") is not None


def parse_image(path: Path) -> ParsedDocument:
    """The text in a picture. Raises ``ParseError`` (``unsupported``) without tesseract, (``empty``) without text."""
    if not is_available():
        raise ParseError(f"a picture has no text layer; {HINT}", outcome=Outcome.UNSUPPORTED, parser=VERSION)
    builder = DocumentBuilder()
    text_blocks(builder, read_picture(path.read_bytes()))
    if not builder.text:
        raise ParseError("tesseract found no text in the picture", outcome=Outcome.EMPTY, parser=VERSION)
    return builder.build(title=path.stem, parser=VERSION)


def ocr_blocks(builder: DocumentBuilder, picture: bytes, page: int) -> None:
    """Append what tesseract reads on one page."""
    read = DocumentBuilder()
    text_blocks(read, read_picture(picture))
    if read.text:
        builder.add(BlockKind.PARAGRAPH, read.text, page=page)


def read_picture(picture: bytes) -> str:
    """The text in an encoded picture (PNG, JPEG, TIFF ...). Raises ``ParseError`` when tesseract fails or hangs."""
    command = ["tesseract", "stdin", "stdout", "-l", "+".join(_languages()), "--dpi", "200"]
    try:
        done = subprocess.run(command, input=picture, capture_output=True, timeout=_PAGE_SECONDS, check=True)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise ParseError(f"tesseract took more than {_PAGE_SECONDS} s for one page", parser=VERSION) from error
    except subprocess.CalledProcessError as error:
        raise ParseError(f"tesseract failed: {error.stderr.decode(errors='replace')[:200]}", parser=VERSION) from error
    return done.stdout.decode("utf-8", "replace")


@cache
def _languages() -> tuple[str, ...]:
    command = ["tesseract", "--list-langs"]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=_PAGE_SECONDS, check=True)  # noqa: S603
    present = set(listed.stdout.split())
    return tuple(language for language in _LANGUAGES if language in present) or ("eng",)
