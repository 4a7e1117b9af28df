"""Text of pictures by the tesseract program, where it is installed.

tesseract says where each word stands, so that a scanned page goes the same way as a printed one: columns, tables and
paragraphs come out alike.
"""

import io
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from core.errors import ParseError
from core.types import Outcome, ParsedDocument
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.pdf.reading import read
from ingest.parsers.pdf.scanned import Words, page_of, words_of
from ingest.parsers.pdf.types import Page

VERSION = "tesseract"
HINT = "install tesseract with the language data eng and chi_sim to read it"
DPI = 200
# The first one's rules decide about blanks: with eng first, Chinese characters come apart.
_LANGUAGES = ("chi_sim", "chi_tra", "eng")
_PAGE_SECONDS = 60.0
# Below the default limit of a file, so that what was read is kept where not all can be.
_FILE_SECONDS = 90.0
_LEAST_SECONDS = 2.0
_MAX_PIXELS = 250_000_000
_LONGEST, _SHORTEST = 4_000, 1_000
_MAX_FRAMES = 500
# Below this mean confidence, 0 to 100, the picture may lie on its side.
_DOUBTFUL = 55.0
# Below this one, what was read is noise: 32 for vertical Japanese without its data, 78 and more for what can be read.
_ILLEGIBLE = 45.0


def is_available() -> bool:
    """Whether a program ``tesseract`` is on the path."""
    return shutil.which("tesseract") is not None


@dataclass(frozen=True, slots=True)
class Clock:
    """The time that all pictures of one file may take together."""

    ends: float = field(default_factory=lambda: time.monotonic() + _FILE_SECONDS)

    @property
    def seconds(self) -> float:
        """What is left for the next picture; 0 where that is too little to read one."""
        left = min(_PAGE_SECONDS, self.ends - time.monotonic())
        return left if left >= _LEAST_SECONDS else 0.0


def parse_image(path: Path) -> ParsedDocument:
    """The text in a picture, and in each page of a TIFF.

    Raises ``ParseError``: ``unsupported`` without tesseract or for a format that cannot be opened, ``too_large``,
    ``empty`` without text, ``failed``.
    """
    if not is_available():
        raise ParseError(f"a picture has no text layer; {HINT}", outcome=Outcome.UNSUPPORTED, parser=VERSION)
    clock = Clock()
    pages, unread = [], []
    for number, picture in enumerate(_frames(path), 1):
        if clock.seconds:
            pages.append(read_picture(picture, number, clock))
        else:
            unread.append(number)
    builder = DocumentBuilder()
    for paragraph in read(pages, {}):
        builder.add(paragraph.kind, paragraph.text, level=paragraph.level, page=paragraph.page)
    return builder.build(
        title=builder.first_heading() or path.stem,
        parser=VERSION,
        metadata={"pages_not_read_in_time": ", ".join(map(str, unread))} if unread else {},
        empty_reason="tesseract found no text in the picture that it could make out",
    )


def read_picture(picture: Any, number: int, clock: Clock) -> Page:
    """What tesseract reads in a ``PIL.Image.Image``, as page ``number``; nothing where it only guesses.

    Raises ``ParseError`` when it fails or hangs.
    """
    fitted = _fitted(picture)
    words = _words(fitted, clock.seconds)
    if words.texts and words.confidence < _DOUBTFUL and clock.seconds and (turn := _turn(fitted, clock.seconds)):
        turned = fitted.rotate(-turn, expand=True)
        again = _words(turned, clock.seconds)
        fitted, words = (turned, again) if again.confidence > words.confidence else (fitted, words)
    legible = words if words.confidence >= _ILLEGIBLE else Words(texts=(), confidence=0)
    return page_of(legible, number, fitted.size, 72 / DPI)


def _frames(path: Path) -> Iterator[Any]:
    """The pages of a picture; of a moving one only the first."""
    from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(path) as picture:
            _check_size(picture.size)
            count = _MAX_FRAMES if picture.format == "TIFF" else 1
            for frame in islice(ImageSequence.Iterator(picture), count):
                _check_size(frame.size)
                yield ImageOps.exif_transpose(frame)
    except UnidentifiedImageError as error:
        reason = "this kind of picture cannot be opened (HEIC is one); save it as JPEG or PNG"
        raise ParseError(reason, outcome=Outcome.UNSUPPORTED, parser=VERSION) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise ParseError(f"the picture is damaged: {error}", parser=VERSION) from error


def _check_size(size: tuple[int, int]) -> None:
    if size[0] * size[1] > _MAX_PIXELS:
        reason = f"the picture has {size[0]:,} x {size[1]:,} pixels, more than {_MAX_PIXELS:,}; save it smaller"
        raise ParseError(reason, outcome=Outcome.TOO_LARGE, parser=VERSION)


def _fitted(picture: Any) -> Any:
    """Grey on white, neither larger than needed nor too small to read."""
    from PIL import Image

    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        picture = Image.new("RGBA", layer.size, "white")
        picture.alpha_composite(layer)
    grey = picture.convert("L")
    longest = max(grey.size)
    if longest > _LONGEST:
        grey.thumbnail((_LONGEST, _LONGEST))
    elif longest < _SHORTEST:
        grey = grey.resize((2 * grey.width, 2 * grey.height), Image.Resampling.LANCZOS)
    return grey


def _words(picture: Any, seconds: float) -> Words:
    return words_of(_run(picture, seconds, "-l", "+".join(_languages()), "tsv"))


def _turn(picture: Any, seconds: float) -> int:
    """By how many degrees to the right the picture has to be turned; 0 where tesseract cannot say."""
    try:
        said = _run(picture, seconds, "--psm", "0", "-l", "osd")
    except ParseError:
        return 0
    degrees = [line.split(":")[1].strip() for line in said.splitlines() if line.startswith("Rotate:")]
    return int(degrees[0]) if degrees and degrees[0].isdigit() else 0


def _run(picture: Any, seconds: float, *options: str) -> str:
    stream = io.BytesIO()
    picture.save(stream, format="PNG", compress_level=1)
    command = ["tesseract", "stdin", "stdout", "--dpi", str(DPI), *options]
    # More threads of one tesseract make it slower, and files are read side by side.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(  # noqa: S603
            command, input=stream.getvalue(), capture_output=True, timeout=seconds, check=True, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise ParseError(f"tesseract took more than {seconds:.0f} s for one page", parser=VERSION) from error
    except subprocess.CalledProcessError as error:
        raise ParseError(f"tesseract failed: {error.stderr.decode(errors='replace')[:200]}", parser=VERSION) from error
    return done.stdout.decode("utf-8", "replace")


@cache
def _languages() -> tuple[str, ...]:
    command = ["tesseract", "--list-langs"]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=_PAGE_SECONDS, check=True)  # noqa: S603
    present = set(listed.stdout.split())
    return tuple(language for language in _LANGUAGES if language in present) or ("eng",)
