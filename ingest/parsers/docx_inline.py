"""The text of one Word paragraph as a reader sees it: no field codes, deletions, comments or hidden runs."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types
from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from ingest.parsers.docx_styles import Look, Style, Styles, W, look_of, value

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_UNSEEN = frozenset(
    f"{W}{name}"
    for name in "del moveFrom pPr rPr sdtPr instrText delText delInstrText rt commentReference annotationRef".split()
)
_BREAKS = {
    f"{W}tab": "\t",
    f"{W}ptab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
    f"{W}softHyphen": "",
}
_NOTES = {f"{W}footnoteReference": "footnote", f"{W}endnoteReference": "endnote"}
# Wingdings and Symbol have code points of their own; these occur in everyday text.
_SYMBOLS = {0xFC: "✓", 0xFB: "✗", 0xFE: "☑", 0xA8: "☐", 0xE0: "→", 0xDF: "←", 0xE8: "➔", 0xB7: "•", 0xF0: "⇨"}
_POWER = re.compile(r"[-−+]?\d+")


@dataclass(slots=True, kw_only=True)
class Inline:
    """What one paragraph holds. ``boxes`` are text boxes and diagrams, ``notes`` (kind, id) in order.

    ``pages`` counts the page breaks before the first text and ``later_pages`` those after it; ``looks`` holds the look
    of each run with letters.
    """

    text: str = ""
    boxes: list[Element] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    pages: int = 0
    later_pages: int = 0


class InlineReader:
    """Reads the paragraphs of one file."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._in_code: list[bool] = []
        self._handlers: dict[str, Callable[[Element, Inline, Style], None]] = {
            f"{W}r": self._run,
            f"{W}fldChar": self._field,
            f"{_MC}AlternateContent": self._alternative,
            f"{_M}oMath": self._formula,
            f"{W}sym": self._symbol,
            f"{W}lastRenderedPageBreak": self._page,
            **dict.fromkeys((f"{W}drawing", f"{W}pict", f"{W}object"), self._drawing),
            **dict.fromkeys(_NOTES, self._note),
        }

    def read(self, paragraph: Element, style: Style) -> Inline:
        """The content of ``paragraph``, whose style is ``style``."""
        found = Inline()
        # A field's code never goes on into another paragraph; a damaged one must not hide the rest of the file.
        self._in_code = []
        self._children(paragraph, found, style)
        return found

    def _children(self, element: Element, found: Inline, style: Style) -> None:
        for child in element:
            tag = child.tag
            if tag in _UNSEEN or not isinstance(tag, str):
                continue
            if tag == f"{W}t":
                self._add(found, child.text or "")
            elif tag in _BREAKS:
                self._add(found, _BREAKS[tag])
            else:
                self._handlers.get(tag, self._children)(child, found, style)

    def _add(self, found: Inline, text: str) -> None:
        if not any(self._in_code):
            found.text += text

    def _run(self, run: Element, found: Inline, style: Style) -> None:
        properties = run.find(f"{W}rPr")
        look = look_of(properties)
        named = value(properties, "rStyle")
        if named:
            look = look.over(self._styles.named(named).look)
        look = look.over(style.look)
        if look.hidden:
            return
        before = len(found.text)
        self._children(run, found, style)
        base, added = found.text[:before], found.text[before:]
        if value(properties, "vertAlign") == "superscript" and _POWER.fullmatch(added) and base[-1:].isdigit():
            # 10 to the sixth must not become 106.
            found.text = f"{base}^{added}"
        if added.strip():
            found.looks.append(look)

    def _field(self, mark: Element, _found: Inline, _style: Style) -> None:
        kind = mark.get(f"{W}fldCharType")
        if kind == "begin":
            self._in_code.append(True)
        elif self._in_code and kind == "separate":
            self._in_code[-1] = False
        elif self._in_code and kind == "end":
            self._in_code.pop()

    def _alternative(self, element: Element, found: Inline, style: Style) -> None:
        """Newer and older programs get the same content in two forms; the first is enough."""
        choice = next(element.iterchildren(f"{_MC}Choice", f"{_MC}Fallback"), None)
        if choice is not None:
            self._children(choice, found, style)

    def _formula(self, formula: Element, found: Inline, _style: Style) -> None:
        self._add(found, "".join(_math(formula)))

    def _symbol(self, symbol: Element, found: Inline, _style: Style) -> None:
        code = int(symbol.get(f"{W}char") or "0", 16)
        self._add(found, _SYMBOLS.get(code & 0xFF, "") if code >= 0xF000 or code < 0x100 else chr(code))

    def _page(self, _mark: Element, found: Inline, _style: Style) -> None:
        if found.text.strip():
            found.later_pages += 1
        else:
            found.pages += 1

    def _drawing(self, drawing: Element, found: Inline, _style: Style) -> None:
        found.boxes.append(drawing)

    def _note(self, mark: Element, found: Inline, _style: Style) -> None:
        found.notes.append((_NOTES[mark.tag], mark.get(f"{W}id", "")))


def _math(element: Element) -> Iterator[str]:
    """A formula on one line: ``(a)/(b)``, ``x^2``, ``√(y)``."""
    for child in element:
        name = etree.QName(child).localname if isinstance(child.tag, str) else ""
        parts = ["".join(_math(part)) for part in child] if name in {"f", "sSup", "sSub", "rad"} else []
        written = [part for part in parts if part]
        if name == "t":
            yield child.text or ""
        elif name == "f" and len(written) == 2:
            yield "/".join(part if part.isalnum() else f"({part})" for part in written)
        elif name in {"sSup", "sSub"} and len(written) == 2:
            yield ("^" if name == "sSup" else "_").join(written)
        elif name == "rad" and written:
            yield f"√({written[-1]})"
        else:
            yield from _math(child)
