"""What the styles of a Word file say about a paragraph: heading or code, bold, how large, and in which list."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lxml.etree import _Element as Element  # type: ignore[import-untyped]  # lxml ships no types

from ingest.parsers.packaged_xml import root_of
from ingest.parsers.style_names import heading_level, is_code, is_contents, is_monospaced

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OFF = frozenset({"0", "false", "off", "none"})
# What is kept for the next file must not cost it the memory that it needs; the styles of Word take 30,000 bytes.
_MOST_KEPT, _BYTES_KEPT = 4, 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a paragraph or run shows itself, ``size`` in points; None where nothing says so."""

    bold: bool | None = None
    size: float | None = None
    mono: bool | None = None
    hidden: bool | None = None

    def over(self, base: "Look") -> "Look":
        """This look, and what ``base`` says where it says nothing."""
        return Look(
            bold=base.bold if self.bold is None else self.bold,
            size=base.size if self.size is None else self.size,
            mono=base.mono if self.mono is None else self.mono,
            hidden=base.hidden if self.hidden is None else self.hidden,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A paragraph or character style with all that it inherits; ``level`` is 1 to 9 for a heading and 0 otherwise.

    ``num_id`` and ``list_level`` place it in a list; empty and None where it is in none.
    """

    id: str = ""
    level: int = 0
    code: bool = False
    contents: bool = False
    num_id: str = ""
    list_level: int | None = None
    look: Look = Look()


class Styles:
    """The styles of one file by id; an unknown id has the look of the document's defaults."""

    def __init__(self, root: Element | None) -> None:
        self._elements = {} if root is None else {each.get(f"{W}styleId"): each for each in root.iter(f"{W}style")}
        defaults = None if root is None else root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self._defaults = look_of(defaults)
        self._read: dict[str, Style] = {}
        self._normal = next((id_ for id_, each in self._elements.items() if _is_default(each)), "")

    def paragraph(self, properties: Element | None) -> Style:
        """The style that a paragraph's ``w:pPr`` names, the default one where it names none."""
        return self.named(value(properties, "pStyle") or self._normal)

    def named(self, id_: str) -> Style:
        """The style of this id."""
        if id_ not in self._read:
            self._read[id_] = self._resolved(id_)
        return self._read[id_]

    def _resolved(self, id_: str) -> Style:
        look, level, num_id, list_level = Look(), None, None, None
        names = []
        for element in self._chain(id_):
            names.append(value(element, "name") or "")
            look = look.over(look_of(element.find(f"{W}rPr")))
            properties = element.find(f"{W}pPr")
            level = _level(properties) if level is None else level
            numbering = None if properties is None else properties.find(f"{W}numPr")
            num_id = value(numbering, "numId") if num_id is None else num_id
            list_level = number(value(numbering, "ilvl")) if list_level is None else list_level
        named = next((found for name in names if (found := heading_level(name))), 0)
        return Style(
            id=id_,
            level=named if level is None or (named and not level) else level,
            code=any(map(is_code, names)) or bool(look.mono),
            contents=any(map(is_contents, names[:1])),
            num_id=num_id or "",
            list_level=list_level,
            look=look.over(self._defaults),
        )

    def _chain(self, id_: str) -> Iterator[Element]:
        """The style and those it is based on, nearest first; a circle ends where it closes."""
        seen: set[str] = set()
        while id_ and id_ not in seen and id_ in self._elements:
            seen.add(id_)
            yield self._elements[id_]
            id_ = value(self._elements[id_], "basedOn") or ""


def styles_in(data: bytes | None) -> Styles:
    """The styles in the part that holds ``data``, None where a file has no such part.

    Files of one company come from few templates, whose styles take half of the time that a short file takes.
    """
    return _kept(data) if data and len(data) <= _BYTES_KEPT else Styles(root_of(data))


@lru_cache(maxsize=_MOST_KEPT)
def _kept(data: bytes) -> Styles:
    return Styles(root_of(data))


def _is_default(style: Element) -> bool:
    return style.get(f"{W}type") == "paragraph" and style.get(f"{W}default", "0") not in _OFF


def _level(properties: Element | None) -> int | None:
    """1 to 9 for a heading's outline level, 0 for body text, None where it is not stated."""
    stated = number(value(properties, "outlineLvl"))
    return None if stated is None else stated + 1 if 0 <= stated <= 8 else 0


def paragraph_level(properties: Element | None, style: Style) -> int:
    """1 to 9 where the paragraph is a heading, by its own outline level or its style's."""
    own = _level(properties)
    return style.level if own is None else own


def look_of(properties: Element | None) -> Look:
    """What a ``w:rPr`` says itself."""
    if properties is None:
        return Look()
    size = number(value(properties, "sz"))
    fonts = properties.find(f"{W}rFonts")
    font = None if fonts is None else fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi")
    return Look(
        bold=toggle(properties, "b"),
        size=None if size is None else size / 2,
        mono=None if font is None else is_monospaced(font),
        hidden=toggle(properties, "vanish"),
    )


def toggle(properties: Element, name: str) -> bool | None:
    """Whether a property is on; None where it is not stated."""
    element = properties.find(W + name)
    return None if element is None else element.get(f"{W}val", "1") not in _OFF


def value(parent: Element | None, name: str) -> str | None:
    """The ``w:val`` of the child ``name``."""
    child = None if parent is None else parent.find(W + name)
    return None if child is None else child.get(f"{W}val")


def number(text: str | None) -> int | None:
    """``text`` as a whole number; None where it is none."""
    try:
        return None if text is None else int(text)
    except ValueError:
        return None
