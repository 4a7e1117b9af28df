"""The type on a page, as pdfium finds it: runs in the order of the file, turned as a reader sees them."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from ingest.parsers.pdf.pdfium_characters import Characters, Edges
from ingest.parsers.pdf.types import HYPHEN, Box, Page, Run, letters

# A gap this wide, in type sizes, parts two runs; a blank is a quarter of a size wide, a justified one rarely half.
_GAP = 0.6
_BLANKS = (" ", "\u00a0", "\u3000", "\t")
# A hyphen at a line end, as pdfium marks it, ends its word.
_WORD = re.compile(r"[^ \t\r\n\u00a0\u3000\x02\ufffe]+[\x02\ufffe]?|[\x02\ufffe]")
_UNREADABLE = "\ufffd"
_HALF = re.compile("[\ud800-\udfff]")
_ODD = re.compile(f"[\0\x02\ud800-\udfff{_UNREADABLE}]")
_FIRST_VISIBLE, _LAST_SIMPLE = 0x20, 0xFF


def read_page(page: Any, number: int) -> tuple[Page, int]:
    """All type of ``page``, and the quarter turns to the left that most of it has.

    Boxes are turned and moved so that the page begins at (0, 0) as its reader holds it.
    """
    reader, found = _read(page, keep_unmapped=True)
    if reader.is_gibberish:
        reader, found = _read(page, keep_unmapped=False)
    weights: Counter[int] = Counter()
    for piece in found:
        weights[piece.turns] += len(piece.text)
    turns = weights.most_common(1)[0][0] if weights else 0
    frame = visible(page)
    runs = [_run(piece, frame, turns) for piece in found]
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
        letters=sum(letters(piece.text) for piece in found),
        unmapped=reader.unmapped,
    )
    return read, turns


def _read(page: Any, *, keep_unmapped: bool) -> tuple["_Reader", list["_Piece"]]:
    characters = Characters(page)
    try:
        reader = _Reader(characters, keep_unmapped=keep_unmapped)
        return reader, list(reader.pieces())
    finally:
        characters.close()


def visible(page: Any) -> Box:
    """The part of the page that is shown, in the page's own coordinates."""
    left, bottom, right, top = page.get_bbox()
    return Box(left=left, right=right, bottom=bottom, top=top)


def upright(box: Box, frame: Box, turns: int) -> Box:
    """``box`` in the coordinates of a reader of type that is turned to the left by ``turns`` quarters."""
    left, bottom, right, top = _upright((box.left, box.bottom, box.right, box.top), frame, turns)
    return Box(left=left, right=right, bottom=bottom, top=top)


def _upright(box: Edges, frame: Box, turns: int) -> Edges:
    left, right = box[0] - frame.left, box[2] - frame.left
    bottom, top = box[1] - frame.bottom, box[3] - frame.bottom
    width, height = frame.right - frame.left, frame.top - frame.bottom
    if turns == 1:
        return bottom, width - right, top, width - left
    if turns == 2:
        return width - right, height - top, width - left, height - bottom
    if turns == 3:
        return height - top, left, height - bottom, right
    return left, bottom, right, top


def edges(box: Box) -> dict[str, Any]:
    """The four edges by name, for ``dataclasses.replace``."""
    return {"left": box.left, "right": box.right, "bottom": box.bottom, "top": box.top}


class _Piece(NamedTuple):
    """A run before it is turned: ``box`` is in the page's own coordinates, as ``starts`` are."""

    text: str
    box: Edges
    size: float
    turns: int
    bold: bool
    mono: bool
    starts: tuple[tuple[int, float], ...]


def _run(piece: _Piece, frame: Box, turns: int) -> Run:
    left, bottom, right, top = _upright(piece.box, frame, turns)
    return Run(
        text=piece.text,
        left=left,
        right=right,
        bottom=bottom,
        top=top,
        size=piece.size,
        bold=piece.bold,
        mono=piece.mono,
        aside=piece.turns != turns,
        starts=piece.starts if not turns else (),
    )


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
    """Makes words and lines of the characters of one page."""

    def __init__(self, characters: Characters, *, keep_unmapped: bool) -> None:
        self._of = characters
        self._keep_unmapped = keep_unmapped
        self._unmapped: list[str] = []
        self.characters = self.unmapped = 0

    @property
    def is_gibberish(self) -> bool:
        """Whether codes of a font without Unicode values are numbers of glyphs and no characters.

        The blank is then glyph 3, or codes are above those of a simple font; where neither is so, codes mostly are
        ASCII, as in fonts of bitmaps.
        """
        codes = [ord(character) for word in self._unmapped for character in word]
        controls = sum(code < _FIRST_VISIBLE for code in codes)
        return any(code > _LAST_SIMPLE and code != ord(HYPHEN) for code in codes) or controls > 0.04 * len(codes)

    def pieces(self) -> Iterator[_Piece]:
        """The runs of type in the order of the file."""
        for line in self._lines():
            held: list[_Word] = []
            size, turns = self._of.size_and_turns(line[0].first)
            for word in line:
                if held and _is_apart(held[-1].end, word.begin, size, turns):
                    yield self._piece(held, size, turns)
                    held, (size, turns) = [], self._of.size_and_turns(word.first)
                held.append(word)
            yield self._piece(held, size, turns)

    def _lines(self) -> Iterator[list[_Word]]:
        """The words of each line as pdfium ends it; a hyphen at a line end ends it too."""
        text = self._of.text()
        spans = [match.span() for match in _WORD.finditer(text)]
        firsts = [first for first, _ in spans]
        begins = self._of.boxes(firsts)
        ends = self._of.boxes([stop - 1 for _, stop in spans])
        unmapped = self._of.unmapped(firsts)
        is_plain = not unmapped and not _ODD.search(text)
        line: list[_Word] = []
        before = 0
        for (first, stop), begin, end in zip(spans, begins, ends, strict=True):
            gap, before = text[before:first], stop
            if line and (line[-1].text.endswith(HYPHEN) or "\n" in gap or "\r" in gap):
                yield [*line[:-1], _with_hyphen(line[-1])]
                line = []
            guessed = gap[-1:] in _BLANKS and self._of.is_generated(first - 1)
            self.characters += (1 if gap == " " else sum(map(gap.count, _BLANKS))) - guessed
            word = text[first:stop]
            if not is_plain:
                word = _characters(self._readable(word, first) if first in unmapped else word)
            if is_plain or word.strip(_UNREADABLE):
                self.characters += len(word)
                line.append(_Word(word, first, stop - 1, begin, end, guessed))
        if line:
            yield [*line[:-1], _with_hyphen(line[-1])]

    def _readable(self, word: str, first: int) -> str:
        """The word, of which no font says what it is; on a page that is gibberish otherwise, with a mark for each
        glyph whose character is not known."""
        self._unmapped.append(word)
        if self._keep_unmapped:
            return word
        unmapped = self._of.unmapped(range(first, first + len(word)))
        known = "".join(_UNREADABLE if first + n in unmapped else each for n, each in enumerate(word))
        self.unmapped += known.count(_UNREADABLE)
        return known

    def _piece(self, words: list[_Word], size: float, turns: int) -> _Piece:
        first, last = words[0].first, words[-1].last
        bold, mono = self._of.is_bold_and_mono(first)
        if last != first and (bold or mono):
            end_bold, end_mono = self._of.is_bold_and_mono(last)
            bold, mono = bold and end_bold, mono and end_mono
        text, starts = _joined(words, size, turns, mono=mono)
        lefts, bottoms, rights, tops = zip(*[box for word in words for box in (word.begin, word.end)], strict=True)
        box = min(lefts), min(bottoms), max(rights), max(tops)
        return _Piece(text, box, size, turns, bold, mono, starts)


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
    if turns == 0:
        return after[0] - before[2]
    if turns == 1:
        return after[1] - before[3]
    return before[0] - after[2] if turns == 2 else before[1] - after[3]


def _is_apart(before: Edges, after: Edges, size: float, turns: int) -> bool:
    """Whether a wide gap parts the ends of two words, or they stand on different lines."""
    apart = _distance(before, after, turns)
    if apart > _GAP * size or apart < -size:
        return True
    low, high = (0, 2) if turns % 2 else (1, 3)
    return min(before[high], after[high]) <= max(before[low], after[low])


def _joined(words: list[_Word], size: float, turns: int, *, mono: bool) -> tuple[str, tuple[tuple[int, float], ...]]:
    """The words with one blank between them, or in type of equal width with as many as there is room for.

    pdfium guesses a blank inside a word where letters drawn twice, for bold type, overlap: there is no room for one.
    """
    text, starts = words[0].text, [(0, words[0].begin[0])]
    for before, word in pairwise(words):
        if mono:
            wide = max(1.0, word.begin[2] - word.begin[0])
            text += " " * max(1, round(_distance(before.end, word.begin, turns) / wide))
        elif not word.guessed or _distance(before.end, word.begin, turns) > 0.03 * size:
            text += " "
        starts.append((len(text), word.begin[0]))
        text += word.text
    return text, tuple(starts)
