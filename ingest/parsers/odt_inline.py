"""The text of one OpenDocument paragraph, and what hangs on it."""

import re
from dataclasses import dataclass, field

from lxml.etree import _Element as Element  # type: ignore[import-untyped]  # lxml ships no types

from ingest.parsers.odt_styles import DRAW, OFFICE, TEXT

_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_UNSEEN = frozenset({f"{OFFICE}annotation", f"{TEXT}ruby-text", f"{_SVG}title", f"{_SVG}desc"})
_MOST_SPACES = 1_000
# Spaces and line ends of the file's own layout mean one space.
_LAYOUT = re.compile(r"[ \t\r\n]+")


@dataclass(slots=True, kw_only=True)
class Inline:
    """``boxes`` are text boxes and shapes with text, ``notes`` the bodies of foot- and endnotes, both in order."""

    text: str = ""
    boxes: list[Element] = field(default_factory=list)
    notes: list[Element] = field(default_factory=list)


def read_inline(paragraph: Element) -> Inline:
    """What a ``text:p`` or ``text:h`` holds, without comments."""
    found = Inline()
    _inside(paragraph, found)
    return found


def _inside(element: Element, found: Inline) -> None:
    found.text += _LAYOUT.sub(" ", element.text or "")
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _UNSEEN:
            _one(child, found)
        found.text += _LAYOUT.sub(" ", child.tail or "")


def _one(element: Element, found: Inline) -> None:
    if element.tag == f"{TEXT}s":
        count = element.get(f"{TEXT}c", "1")
        found.text += " " * (min(_MOST_SPACES, int(count)) if count.isdecimal() else 1)
    elif element.tag == f"{TEXT}tab":
        found.text += "\t"
    elif element.tag == f"{TEXT}line-break":
        found.text += "\n"
    elif element.tag == f"{TEXT}note":
        found.notes += element.iterchildren(f"{TEXT}note-body")
    elif element.tag.startswith(DRAW) and element.tag != f"{DRAW}a":
        found.boxes.append(element)
    else:
        _inside(element, found)
