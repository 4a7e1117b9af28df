"""The type on a page, as pdfium finds it: runs in the order of the file, turned as a reader sees them."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from ctypes import byref, c_int, create_string_buffer
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from ingest.parsers.pdf.types import HYPHEN, Box, Page, Run, letters

Edges: TypeAlias = tuple[float, float, float, float]

# A gap this wide, in type sizes, parts two runs; a blank is a quarter of a size wide, a justified one rarely half.
_GAP = 0.6
_BOLD_WEIGHT = 650
_FIXED_PITCH, _FORCE_BOLD = 1, 1 << 18
_BOLD_NAMES = (b"bold", b"black", b"heavy")
_MONO_NAMES = (b"mono", b"courier", b"consol", b"menlo", b"typewriter", b"inconsolata", b"cmtt")
_BLANKS = (" ", "\u00a0", "\u3000", "\t")
# A hyphen at a line end, as pdfium marks it, ends its word.
_WORD = re.compile(r"[^ \t\r\n\u00a0\u3000\x02\ufffe]+[\x02\ufffe]?|[\x02\ufffe]")
_HALF = re.compile("[\ud800-\udfff]")
_LATIN_END = 0x250
_FIRST_VISIBLE, _LAST_SIMPLE = 0x20, 0xFF
_UNREADABLE = "\ufffd"


def read_page(page: Any, number: int) -> tuple[Page, int]:
    """All type of ``page``, and the quarter turns to the left that most of it has.

    Boxes are turned and moved so that the page begins at (0, 0) as its reader holds it.
    """
    reader, found = _read(page, keep_unmapped=True)
    if reader.is_gibberish:
        reader, found = _read(page, keep_unmapped=False)
    weights: Counter[int] = Counter()
    for run, turns in found:
        weights[turns] += len(run.text)
    turns = weights.most_common(1)[0][0] if weights else 0
    frame = visible(page)
    runs = [
        replace(run, aside=own != turns, **edges(upright(run, frame, turns)), starts=run.starts if not turns else ())
        for run, own in found
    ]
    width, height = frame.right - frame.left, frame.top - frame.bottom
    size = (height, width) if turns % 2 else (width, height)
    shown = Box(left=0, right=size[0], bottom=0, top=size[1])
    read = Page(
        number=number,
        width=size[0],
        height=size[1],
        # A page can be the half of a sheet: the type of the other half is in its file, and on the next page.
        runs=tuple(run for run in runs if shown.holds(run)),
        characters=reader.characters,
        letters=sum(letters(run.text) for run, _ in found),
        unmapped=reader.unmapped,
    )
    return read, turns


def _read(page: Any, *, keep_unmapped: bool) -> tuple["_Reader", list[tuple[Run, int]]]:
    reader = _Reader(page, keep_unmapped=keep_unmapped)
    try:
        return reader, list(reader.runs())
    finally:
        reader.close()


def visible(page: Any) -> Box:
    """The part of the page that is shown, in the page's own coordinates."""
    left, bottom, right, top = page.get_bbox()
    return Box(left=left, right=right, bottom=bottom, top=top)


def upright(box: Box, frame: Box, turns: int) -> Box:
    """``box`` in the coordinates of a reader of type that is turned to the left by ``turns`` quarters."""
    left, right = box.left - frame.left, box.right - frame.left
    bottom, top = box.bottom - frame.bottom, box.top - frame.bottom
    width, height = frame.right - frame.left, frame.top - frame.bottom
    if turns == 1:
        return Box(left=bottom, right=top, bottom=width - right, top=width - left)
    if turns == 2:
        return Box(left=width - right, right=width - left, bottom=height - top, top=height - bottom)
    if turns == 3:
        return Box(left=height - top, right=height - bottom, bottom=left, top=right)
    return Box(left=left, right=right, bottom=bottom, top=top)


def edges(box: Box) -> dict[str, Any]:
    """The four edges by name, for ``dataclasses.replace``."""
    return {"left": box.left, "right": box.right, "bottom": box.bottom, "top": box.top}


class _Word(NamedTuple):
    """``first`` and ``last`` are indices of characters, ``begin`` and ``end`` their boxes (left, bottom, right, top).

    ``guessed`` says that the blank before the word is not in the file but in pdfium's view of the distance.
    """

    text: str
    first: int
    last: int
    begin: Edges
    end: Edges
    guessed: bool


class _Reader:
    """Reads one page character by character: pdfium's text of a page leaves characters out, so that its offsets are
    not those of the boxes."""

    def __init__(self, page: Any, *, keep_unmapped: bool) -> None:
        import pypdfium2.raw as raw

        self._raw = raw
        self._text_page = page.get_textpage()
        # The wrapper converts itself at every call; the plain handle is three times as fast.
        self._handle = self._text_page.raw
        self._rectangle = raw.FS_RECTF()
        self._matrix = raw.FS_MATRIX()
        self._keep_unmapped = keep_unmapped
        self._unmapped: list[str] = []
        self.characters = self.unmapped = 0

    def close(self) -> None:
        self._text_page.close()

    @property
    def is_gibberish(self) -> bool:
        """Whether codes of a font without Unicode values are numbers of glyphs and no characters.

        The blank is then glyph 3, or codes are above those of a simple font; where neither is so, codes mostly are
        ASCII, as in fonts of bitmaps.
        """
        codes = [ord(character) for word in self._unmapped for character in word]
        controls = sum(code < _FIRST_VISIBLE for code in codes)
        return any(code > _LAST_SIMPLE and code != ord(HYPHEN) for code in codes) or controls > 0.04 * len(codes)

    def runs(self) -> Iterator[tuple[Run, int]]:
        """Each run with its quarter turns; boxes in the page's own coordinates."""
        for line in self._lines():
            held: list[_Word] = []
            size, turns = self._size_and_turns(line[0].first)
            for word in line:
                if held and _is_apart(held[-1], word, size, turns):
                    yield self._run(held, size, turns), turns
                    held, (size, turns) = [], self._size_and_turns(word.first)
                held.append(word)
            yield self._run(held, size, turns), turns

    def _lines(self) -> Iterator[list[_Word]]:
        """The words of each line as pdfium ends it; a hyphen at a line end ends it too."""
        unicode_at, handle = self._raw.FPDFText_GetUnicode, self._handle
        count = self._text_page.count_chars()
        text = "".join([chr(unicode_at(handle, index)) for index in range(count)])
        line: list[_Word] = []
        end = 0
        for match in _WORD.finditer(text):
            gap = text[end : match.start()]
            end = match.end()
            if line and (line[-1].text.endswith(HYPHEN) or "\n" in gap or "\r" in gap):
                yield [*line[:-1], _with_hyphen(line[-1])]
                line = []
            guessed = gap[-1:] in _BLANKS and bool(self._raw.FPDFText_IsGenerated(handle, match.start() - 1))
            self.characters += (1 if gap == " " else sum(map(gap.count, _BLANKS))) - guessed
            word = _characters(self._readable(match.group(), match.start()))
            if word.strip(_UNREADABLE):
                self.characters += len(word)
                line.append(self._word(word, match.start(), end - 1, guessed))
        if line:
            yield [*line[:-1], _with_hyphen(line[-1])]

    def _readable(self, word: str, first: int) -> str:
        """The word; on a page that is gibberish otherwise, with a mark for each glyph whose character is not known."""
        if not self._is_unmapped(first):
            return word
        self._unmapped.append(word)
        if self._keep_unmapped:
            return word
        known = "".join(_UNREADABLE if self._is_unmapped(first + n) else each for n, each in enumerate(word))
        self.unmapped += known.count(_UNREADABLE)
        return known

    def _is_unmapped(self, index: int) -> bool:
        return bool(self._raw.FPDFText_HasUnicodeMapError(self._handle, index) == 1)

    def _word(self, text: str, first: int, last: int, guessed: bool) -> _Word:
        begin = self._box(first)
        return _Word(text, first, last, begin, self._box(last) if last != first else begin, guessed)

    def _run(self, words: list[_Word], size: float, turns: int) -> Run:
        first, last = words[0].first, words[-1].last
        bold, mono = self._style(first)
        if last != first and (bold or mono):
            end_bold, end_mono = self._style(last)
            bold, mono = bold and end_bold, mono and end_mono
        text, starts = _joined(words, size, turns, mono=mono)
        lefts, bottoms, rights, tops = zip(*(box for word in words for box in (word.begin, word.end)), strict=True)
        return Run(
            text=text,
            size=size,
            bold=bold,
            mono=mono,
            starts=starts,
            left=min(lefts),
            right=max(rights),
            bottom=min(bottoms),
            top=max(tops),
        )

    def _box(self, index: int) -> Edges:
        box = self._rectangle
        self._raw.FPDFText_GetLooseCharBox(self._handle, index, byref(box))
        left, bottom = box.left, box.bottom
        # A font that states no height gives a flat box.
        return left, bottom, max(box.right, left), max(box.top, bottom + 1)

    def _size_and_turns(self, index: int) -> tuple[float, int]:
        """Points as seen on the page (some files keep size 1 and scale by the matrix), and quarter turns."""
        size, matrix = self._raw.FPDFText_GetFontSize(self._handle, index), self._matrix
        if not self._raw.FPDFText_GetMatrix(self._handle, index, byref(matrix)):
            return max(1.0, float(size)), 0
        size *= math.hypot(matrix.c, matrix.d) or 1.0
        turns = round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4
        return max(1.0, float(size)), turns

    def _style(self, index: int) -> tuple[bool, bool]:
        """Whether the type is bold, and whether it is monospaced."""
        name, flags = create_string_buffer(128), c_int()
        self._raw.FPDFText_GetFontInfo(self._handle, index, name, 128, byref(flags))
        lower = name.value.lower()
        # Chinese fonts are called fixed pitch for their equally wide characters.
        latin = self._raw.FPDFText_GetUnicode(self._handle, index) < _LATIN_END
        mono = latin and (bool(flags.value & _FIXED_PITCH) or any(word in lower for word in _MONO_NAMES))
        if any(word in lower for word in _BOLD_NAMES) or flags.value & _FORCE_BOLD:
            return True, mono
        return bool(self._raw.FPDFText_GetFontWeight(self._handle, index) >= _BOLD_WEIGHT), mono


def _with_hyphen(word: _Word) -> _Word:
    """The last word of a line: programs that part words write one of these at its end."""
    if len(word.text) > 1 and word.text[-1] in "\u00ad\u2010" and word.text[-2].isalpha():
        return word._replace(text=word.text[:-1] + HYPHEN)
    return word


def _characters(codes: str) -> str:
    """Without glyphs that have no Unicode value (0), hyphens as ``HYPHEN``, halves of characters put together."""
    word = codes.replace("\0", "").replace("\x02", HYPHEN)
    return word.encode("utf-16", "surrogatepass").decode("utf-16", "ignore") if _HALF.search(word) else word


def _distance(before: Edges, after: Edges, turns: int) -> float:
    """From the end of one letter to the begin of the next, in the direction of the type."""
    if turns == 1:
        return after[1] - before[3]
    if turns == 2:
        return before[0] - after[2]
    return before[1] - after[3] if turns == 3 else after[0] - before[2]


def _is_apart(before: _Word, after: _Word, size: float, turns: int) -> bool:
    """Whether a wide gap parts the words, or they stand on different lines."""
    a, b = before.end, after.begin
    apart = _distance(a, b, turns)
    if apart > _GAP * size or apart < -size:
        return True
    low, high = (0, 2) if turns % 2 else (1, 3)
    return min(a[high], b[high]) <= max(a[low], b[low])


def _joined(words: list[_Word], size: float, turns: int, *, mono: bool) -> tuple[str, tuple[tuple[int, float], ...]]:
    """The words with one blank between them, or in type of equal width with as many as there is room for.

    pdfium guesses a blank inside a word where letters drawn twice, for bold type, overlap: there is no room for one.
    """
    text, starts = "", []
    for before, word in zip([None, *words], words, strict=False):
        if before is not None:
            apart = _distance(before.end, word.begin, turns)
            wide = max(1.0, word.begin[2] - word.begin[0])
            if mono:
                text += " " * max(1, round(apart / wide))
            elif not word.guessed or apart > 0.03 * size:
                text += " "
        starts.append((len(text), word.begin[0]))
        text += word.text
    return text, tuple(starts)
