"""What the styles of an OpenDocument text say about paragraphs and lists."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import _Element as Element  # type: ignore[import-untyped]  # lxml ships no types

from ingest.parsers.numerals import numeral
from ingest.parsers.style_names import heading_level, is_code, is_monospaced

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
TEXT, STYLE, TABLE = (f"{{{_OASIS}{name}:1.0}}" for name in ("text", "style", "table"))
DRAW, OFFICE = f"{{{_OASIS}drawing:1.0}}", f"{{{_OASIS}office:1.0}}"
_FO = f"{{{_OASIS}xsl-fo-compatible:1.0}}"
# OpenDocument writes a numbering by its first numbers; most need only the first character.
_FORMATS = {
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
    "一": "chineseCounting",
    "壹": "chineseLegalSimplified",
    "①": "decimalEnclosedCircle",
    "甲": "ideographTraditional",
    "子": "ideographZodiac",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParagraphStyle:
    """``level`` is 1 to 9 where the style is a heading's and 0 otherwise; ``size`` in points, 0 if unknown."""

    level: int = 0
    code: bool = False
    bold: bool = False
    size: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLevel:
    """How one level of a list is numbered; ``format`` is empty for bullets, ``shown`` counts the levels in a number."""

    format: str = ""
    prefix: str = ""
    suffix: str = ""
    start: int = 1
    shown: int = 1


class Styles:
    """The styles of a text, its own and the automatic ones, by name."""

    def __init__(self, *roots: Element | None) -> None:
        found = [root for root in roots if root is not None]
        self._elements = {each.get(f"{STYLE}name", ""): each for root in found for each in root.iter(f"{STYLE}style")}
        self._lists = {
            each.get(f"{STYLE}name", ""): _levels(each) for root in found for each in root.iter(f"{TEXT}list-style")
        }
        outline = next((each for root in found for each in root.iter(f"{TEXT}outline-style")), None)
        self.outline = {} if outline is None else _levels(outline)
        self._read: dict[str, ParagraphStyle] = {}

    def paragraph(self, name: str) -> ParagraphStyle:
        """The style of this name with what it inherits."""
        if name not in self._read:
            self._read[name] = self._resolved(name)
        return self._read[name]

    def list_levels(self, name: str) -> dict[int, ListLevel]:
        """The levels, from 1, of the list style of this name."""
        return self._lists.get(name, {})

    def _resolved(self, name: str) -> ParagraphStyle:
        level, code, bold, size = 0, False, "", 0.0
        for element in self._chain(name):
            shown = element.get(f"{STYLE}display-name") or element.get(f"{STYLE}name", "").replace("_20_", " ")
            outline = element.get(f"{STYLE}default-outline-level", "")
            level = level or (int(outline) if outline.isdecimal() else heading_level(shown))
            text = element.find(f"{STYLE}text-properties")
            font = "" if text is None else text.get(f"{STYLE}font-name") or text.get(f"{_FO}font-family") or ""
            code = code or is_code(shown) or is_monospaced(font)
            bold = bold or ("" if text is None else text.get(f"{_FO}font-weight") or "")
            size = size or _points("" if text is None else text.get(f"{_FO}font-size") or "")
        return ParagraphStyle(level=level, code=code, bold=bold == "bold", size=size)

    def _chain(self, name: str) -> Iterator[Element]:
        """The style and its parents; a circle ends where it closes."""
        seen: set[str] = set()
        while name in self._elements and name not in seen:
            seen.add(name)
            yield self._elements[name]
            name = self._elements[name].get(f"{STYLE}parent-style-name", "")


def _points(size: str) -> float:
    number = size.removesuffix("pt")
    return float(number) if number != size and number.replace(".", "", 1).isdecimal() else 0.0


def _levels(style: Element) -> dict[int, ListLevel]:
    levels = {}
    for each in style:
        stated = each.get(f"{TEXT}level", "") if isinstance(each.tag, str) else ""
        if stated.isdecimal():
            levels[int(stated)] = ListLevel(
                format=each.get(f"{STYLE}num-format", ""),
                prefix=each.get(f"{STYLE}num-prefix", ""),
                suffix=each.get(f"{STYLE}num-suffix", ""),
                start=_whole(each.get(f"{TEXT}start-value"), 1),
                shown=_whole(each.get(f"{TEXT}display-levels"), 1),
            )
    return levels


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() else otherwise


class Counter:
    """Counts one list, or the headings of a text, over its levels."""

    def __init__(self, levels: dict[int, ListLevel]) -> None:
        self._levels = levels
        self._counts: dict[int, int] = {}

    def mark(self, level: int, start: str | None = None) -> str:
        """The number of the next item at ``level`` (from 1), empty for a bullet; ``start`` begins to count anew."""
        own = self._levels.get(level, ListLevel())
        counted = self._counts.get(level, own.start - 1) + 1
        self._counts[level] = _whole(start, counted)
        self._counts = {each: count for each, count in self._counts.items() if each <= level}
        if not own.format:
            return ""
        shown = range(max(1, level - own.shown + 1), level + 1)
        numbers = [self._number(each) for each in shown if self._levels.get(each, ListLevel()).format]
        return f"{own.prefix}{'.'.join(numbers)}{own.suffix}".strip()

    def _number(self, level: int) -> str:
        own = self._levels[level]
        return numeral(self._counts.get(level, own.start), _FORMATS.get(own.format[:1], "decimal"))
