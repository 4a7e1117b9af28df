"""The words that tesseract finds in a picture become the runs of a page."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, median

from ingest.parsers.pdf.join import HAN
from ingest.parsers.pdf.order import by_place
from ingest.parsers.pdf.types import Box, Page, Run, bounds

_WORD_LEVEL = "5"
_COLUMNS = 12
# Marks that tesseract sees in specks and lines come with little confidence.
_NOISE = 40.0
_GAP = 1.0
# What a page is mostly set in counts as this size, in points: scans of one document come in different scales.
_BODY = 10.0
_SAME_SIZE = (0.7, 1.16)
_WIDE, _MUCH_LARGER = 0.5, 1.5
# Heights in type sizes: of small letters, of capitals, and how far letters reach down.
_SMALL, _CAPITAL, _DOWN = 0.5, 0.72, 0.21
_REACHES_UP = re.compile(r"[A-Z0-9bdfhklti(/|]")
_REACHES_DOWN = re.compile(r"[gjpqy(,;/|]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word(Box):
    """A word in pixels from the upper left corner: ``bottom`` is its upper edge, the lesser number.

    ``line`` is what tesseract calls the line that it stands on."""

    text: str
    line: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What tesseract read, in its order; ``confidence`` is the mean over the letters, 0 to 100."""

    texts: tuple[Word, ...]
    confidence: float


def words_of(tsv: str) -> Words:
    """tesseract's ``tsv`` output: level, page, block, paragraph, line, word, left, top, width, height, conf, text."""
    words, weights = [], []
    for row in csv.reader(tsv.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if len(row) != _COLUMNS or row[0] != _WORD_LEVEL or not row[-1].strip():
            continue
        confidence, text = float(row[10]), row[-1].strip()
        if confidence < _NOISE and not any(character.isalnum() for character in text):
            continue
        left, top, width, height = (float(value) for value in row[6:10])
        words.append(Word(text=text, line=tuple(row[1:5]), left=left, right=left + width, bottom=top, top=top + height))
        weights += [confidence] * len(text)
    return Words(texts=tuple(words), confidence=fmean(weights) if weights else 0.0)


def page_of(words: Words, number: int, size: tuple[int, int], scale: float) -> Page:
    """The page of a picture of ``size`` in pixels, ``scale`` points each."""
    width, height = size
    lines = [list(line) for _, line in groupby(words.texts, key=lambda word: word.line)]
    sizes = [_type_size(line) for line in lines]
    usual = median(sizes) if sizes else 1.0
    runs = []
    for line, own in zip(lines, sizes, strict=True):
        type_size = round(_BODY * _relative(own / usual, bounds(line), width), 1)
        runs += [_run(piece, scale, height, type_size) for piece in _pieces(line, own)]
    # tesseract takes the columns of a table one after the other, as if they were prose.
    ordered = tuple(by_place(runs, width * scale))
    return Page(number=number, width=width * scale, height=height * scale, runs=ordered)


def _relative(size: float, line: Box, width: float) -> float:
    """1 where the type is about as large as usual: a line across half of the page is hardly a heading."""
    is_wide = line.right - line.left > _WIDE * width
    return 1.0 if _SAME_SIZE[0] < size < (_MUCH_LARGER if is_wide else _SAME_SIZE[1]) else size


def _type_size(line: Sequence[Word]) -> float:
    """In pixels: Chinese characters are as wide as their size; of other words the middle one's height counts, since
    specks beside a word make its box too tall."""
    text = "".join(word.text for word in line)
    chinese = len(HAN.findall(text))
    if 2 * chinese > len(text) > 1:
        box = bounds(line)
        return (box.right - box.left) / (chinese + (len(text) - chinese) / 2)
    words = [word for word in line if any(character.isalnum() for character in word.text)]
    return median(_word_size(word) for word in words or line)


def _word_size(word: Word) -> float:
    """From the height of the word and from what reaches up and down in it."""
    up = _CAPITAL if _REACHES_UP.search(word.text) else _SMALL
    return (word.top - word.bottom) / (up + _DOWN * bool(_REACHES_DOWN.search(word.text)))


def _pieces(line: Sequence[Word], size: float) -> Iterator[list[Word]]:
    """The words of a line parted at wide gaps."""
    piece: list[Word] = []
    for word in line:
        if piece and word.left - piece[-1].right > _GAP * size:
            yield piece
            piece = []
        piece.append(word)
    yield piece


def _run(words: Sequence[Word], scale: float, height: int, size: float) -> Run:
    text, starts = "", []
    for before, word in zip([None, *words], words, strict=False):
        if before is not None and not _is_close(before, word):
            text += " "
        starts.append((len(text), word.left * scale))
        text += word.text
    box = bounds(words)
    return Run(
        text=text,
        left=box.left * scale,
        right=box.right * scale,
        bottom=(height - box.top) * scale,
        top=(height - box.bottom) * scale,
        size=size,
        starts=tuple(starts),
    )


def _is_close(before: Word, after: Word) -> bool:
    """Chinese characters stand side by side, and so do they and marks; what gap there is is part of them."""
    last, first = before.text[-1], after.text[0]
    is_chinese = HAN.match(last) or HAN.match(first)
    apart = after.left - before.right > 1.2 * (before.top - before.bottom)
    return bool(is_chinese) and not apart and not (last.isascii() or first.isascii())
