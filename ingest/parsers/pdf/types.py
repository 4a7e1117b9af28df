"""What stands on a page, before it is text: runs of type and drawn rules, as values without a vendor.

Lengths are in points. Coordinates are those of a reader: the page is turned so that most of its type runs from left to
right, the origin is the lower left corner and ``bottom`` and ``top`` grow upwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

# Where pdfium found a word that is hyphenated at a line end.
HYPHEN = "\ufffe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle, ``left <= right`` and ``bottom <= top``."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def middle(self) -> float:
        """Half way between ``bottom`` and ``top``."""
        return (self.bottom + self.top) / 2

    def holds(self, other: "Box") -> bool:
        """Whether the centre of ``other`` lies inside."""
        centre = (other.left + other.right) / 2
        return self.left <= centre <= self.right and self.bottom <= other.middle <= self.top

    def beside(self, other: "Box") -> bool:
        """Whether both stand on one line: they share most of the lesser height."""
        shared = min(self.top, other.top) - max(self.bottom, other.bottom)
        return shared > 0.4 * max(1.0, min(self.top - self.bottom, other.top - other.bottom))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Box):
    """Type on one line without a gap wider than about a letter. ``size`` is that of the type.

    ``starts`` holds, for each word, its offset in ``text`` and its left edge. ``mono`` says that all letters are
    equally wide, ``aside`` that the run stands outside the text: turned type, a note.
    """

    text: str
    size: float
    bold: bool = False
    mono: bool = False
    aside: bool = False
    starts: tuple[tuple[int, float], ...] = ()

    def split_at(self, edge: float) -> tuple["Run", "Run"] | None:
        """The words before and after the vertical ``edge``; None where all stand on one side."""
        cut = next(((offset, left) for offset, left in self.starts if left >= edge - 1 and offset), None)
        if cut is None:
            return None
        offset, left = cut
        before = self.text[:offset].rstrip()
        first = replace(
            self,
            text=before,
            right=min(edge, left),
            starts=tuple(start for start in self.starts if start[0] < offset),
        )
        starts = tuple((start - offset, x) for start, x in self.starts if start >= offset)
        return first, replace(self, text=self.text[offset:], left=left, starts=starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Box):
    """One line of type on ``page``. A line that stands ``alone`` (a row of cells, type that runs upwards) joins no
    paragraph and is no heading. ``height`` is the page's."""

    text: str
    page: int
    size: float
    bold: bool = False
    mono: bool = False
    alone: bool = False
    height: float = 842.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Straight lines drawn on a page: ``across`` as (y, left, right), ``down`` as (x, bottom, top)."""

    across: tuple[tuple[float, float, float], ...] = ()
    down: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: ``runs`` in the order of the file. ``number`` counts from 1.

    ``characters`` is how many the file shows and gives a meaning, blanks included, ``letters`` how many of them are
    letters or digits, and ``unmapped`` how many have no meaning: their font does not say which characters they are.
    """

    number: int
    width: float
    height: float
    runs: tuple[Run, ...] = ()
    rules: Rules = Rules()
    characters: int = 0
    letters: int = 0
    unmapped: int = 0


def bounds(boxes: Iterable[Box]) -> Box:
    """The least rectangle around ``boxes``, of which there must be one at least."""
    found: Sequence[Box] = list(boxes)
    return Box(
        left=min(box.left for box in found),
        right=max(box.right for box in found),
        bottom=min(box.bottom for box in found),
        top=max(box.top for box in found),
    )


def units(text: str) -> int:
    """How long ``text`` is in letters; a Han character counts twice."""
    return len(text) if text.isascii() else len(text) + sum(character >= "\u2e80" for character in text)


def letters(text: str) -> int:
    """How many letters and digits ``text`` has."""
    return sum(map(str.isalnum, text))
