"""A page of a PDF as a picture, with the places of words on it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

from core.errors import NotFound, ParseError
from ingest.page_match import Words, find_words
from ingest.parsers.pdf.pdfium_characters import Characters

# Left, top, right and bottom in pixels.
Box: TypeAlias = tuple[float, float, float, float]

_MOST_PIXELS = 6_000_000
# Of a line's height: letters that stand further apart are marked apart.
_GAP = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOrder:
    """Page ``page``, counted from 1, of the file with these bytes (SHA-256 in hexadecimal), ``width`` pixels wide, and
    which of its words to look for."""

    path: Path
    content_hash: str
    page: int
    width: int
    words: Sequence[Words] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePicture:
    """``png`` shows the page; ``boxes`` are the words, line by line: left, top, width and height as shares of it,
    0 to 1.

    ``pages`` counts those of the file.
    """

    png: bytes
    pages: int
    boxes: Sequence[tuple[float, float, float, float]]


def draw_page(order: PageOrder) -> PagePicture:
    """Draw it; a very long page is drawn smaller. Raises ``NotFound`` for another file or a page that is none, and
    ``ParseError`` where it cannot be drawn."""
    import pypdfium2 as pdfium

    content = _content(order)
    try:
        with pdfium.PdfDocument(content) as pdf:
            pdf.init_forms()
            return _drawn(pdf, order)
    except pdfium.PdfiumError as error:
        raise ParseError(f"page {order.page} cannot be drawn: {error}") from error


def _content(order: PageOrder) -> bytes:
    try:
        content = order.path.read_bytes()
    except OSError as error:
        raise NotFound(f"the file cannot be read: {error.strerror}") from error
    # What is shown must be what was read, or marks would lie.
    if hashlib.sha256(content).hexdigest() != order.content_hash:
        raise NotFound("the file has changed since it was read; ingest it again")
    return content


def _drawn(pdf: Any, order: PageOrder) -> PagePicture:
    if order.page > len(pdf):
        raise NotFound(f"the document has {len(pdf)} pages; there is no page {order.page}")
    page = pdf[order.page - 1]
    width, height = page.get_size()
    scale = min(order.width / width, (_MOST_PIXELS / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale)
    picture = bitmap.to_pil()
    buffer = BytesIO()
    picture.convert("RGB").save(buffer, "PNG")
    boxes = list(_lines(page, bitmap.get_posconv(page), order.words)) if order.words else []
    wide, high = picture.size
    shares = [(left / wide, top / high, (right - left) / wide, (low - top) / high) for left, top, right, low in boxes]
    return PagePicture(png=buffer.getvalue(), pages=len(pdf), boxes=shares)


def _lines(page: Any, place: Any, words: Sequence[Words]) -> Iterator[Box]:
    characters = Characters(page)
    try:
        for offsets in find_words(characters.text(), words):
            yield from _joined([_pixels(place, edges) for edges in characters.boxes(offsets)])
    finally:
        characters.close()


def _pixels(place: Any, edges: tuple[float, float, float, float]) -> Box:
    """Of a turned page the corners are others than they were."""
    left, bottom, right, top = edges
    (x, y), (other_x, other_y) = place.to_bitmap(left, bottom), place.to_bitmap(right, top)
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)


def _joined(boxes: Sequence[Box]) -> Iterator[Box]:
    """One box for what stands side by side."""
    line: Box | None = None
    for box in boxes:
        if line is not None and _goes_on(line, box):
            line = (min(line[0], box[0]), min(line[1], box[1]), max(line[2], box[2]), max(line[3], box[3]))
            continue
        if line is not None:
            yield line
        line = box
    if line is not None:
        yield line


def _goes_on(line: Box, box: Box) -> bool:
    middle, reach = (box[1] + box[3]) / 2, _GAP * (line[3] - line[1])
    return line[1] <= middle <= line[3] and line[0] - reach <= box[0] <= line[2] + reach
