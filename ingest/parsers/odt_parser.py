"""OpenDocument texts, read from their XML: what a reader sees, in the order of reading.

Not unstructured's partitioner, which asks pandoc for a Word file first and loses text boxes and list numbers.
Tracked deletions, comments, hidden sections and tables of contents are left out; page headers and footers go into
metadata. Pages are not known: the program that shows the text makes them.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from lxml.etree import _Element as Element  # type: ignore[import-untyped]  # lxml ships no types

from core.errors import ParseError
from core.types import BlockKind, Outcome, ParsedDocument
from ingest.parsers import odt_tables
from ingest.parsers.drafts import Draft, build
from ingest.parsers.odt_inline import Inline, read_inline
from ingest.parsers.odt_styles import OFFICE, STYLE, TABLE, TEXT, Counter, Styles
from ingest.parsers.packaged_xml import Package, stated
from ingest.parsers.tables import inner_table, pipe_table, split_table

VERSION = "odt 1"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_CONTENTS = frozenset(f"{TEXT}{name}" for name in "table-of-content illustration-index table-index".split())
_UNSEEN = _CONTENTS | {f"{TEXT}tracked-changes", f"{OFFICE}forms", f"{TEXT}sequence-decls", f"{TEXT}variable-decls"}


def parse_odt(path: Path) -> ParsedDocument:
    """An OpenDocument text. Raises ``ParseError``: ``encrypted`` for a password, ``empty`` where it has no text."""
    with Package(path) as package:
        if b"encryption-data" in (package.read("META-INF/manifest.xml") or b""):
            reason = "the text is protected by a password; save it without one"
            raise ParseError(reason, outcome=Outcome.ENCRYPTED, parser=VERSION)
        content, styles = package.xml("content.xml"), package.xml("styles.xml")
        properties = _properties(package.xml("meta.xml"))
    body = None if content is None else content.find(f"{OFFICE}body/{OFFICE}text")
    if body is None:
        raise ParseError("its content.xml holds no text document; it is damaged", parser=VERSION)
    story = _Story(Styles(styles, content))
    properties |= _margins(story, styles)
    reason = "the text document holds no text"
    return build(story.blocks(body), path, parser=VERSION, properties=properties, empty_reason=reason)


def _properties(meta: Element | None) -> dict[str, str]:
    found = {} if meta is None else stated(meta)
    for each in () if meta is None else meta.iter(f"{_META}user-defined"):
        found.setdefault(each.get(f"{_META}name", ""), (each.text or "").strip())
    return {name: value for name, value in found.items() if name}


def _margins(story: "_Story", styles: Element | None) -> dict[str, str]:
    found = {}
    for kind in ("header", "footer"):
        parts = () if styles is None else styles.iter(f"{STYLE}{kind}")
        texts = (" ".join(" ".join(draft.text for draft in story.blocks(part)).split()) for part in parts)
        kept = dict.fromkeys(text for text in texts if any(character.isalpha() for character in text))
        if kept:
            found[f"page_{kind}"] = " | ".join(kept)
    return found


class _Story:
    """One text on its way into drafts: keeps count of its headings and of the list that is open."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._outline = Counter(styles.outline)
        self._lists: dict[str, Counter] = {}

    def blocks(self, container: Iterable[Element]) -> Iterator[Draft]:
        """What ``container`` holds in reading order."""
        for child in container:
            tag = child.tag if isinstance(child.tag, str) else ""
            if tag in {f"{TEXT}p", f"{TEXT}h"}:
                yield from self._paragraph(child)
            elif tag == f"{TEXT}list":
                yield from self._list(child)
            elif tag == f"{TABLE}table":
                yield from self._table(child)
            elif tag not in _UNSEEN and child.get(f"{TEXT}display") != "none":
                yield from self.blocks(child)

    def _paragraph(self, paragraph: Element, *, mark: str | None = None, depth: int = 0) -> Iterator[Draft]:
        inline = read_inline(paragraph)
        yield from self._draft(paragraph, inline, mark, depth)
        yield from self._beside(inline)

    def _draft(self, paragraph: Element, inline: Inline, mark: str | None, depth: int) -> Iterator[Draft]:
        style = self._styles.paragraph(paragraph.get(f"{TEXT}style-name", ""))
        outline = paragraph.get(f"{TEXT}outline-level", "1") if paragraph.tag == f"{TEXT}h" else ""
        level = int(outline) if outline.isdecimal() else style.level
        text = inline.text.strip("\n")
        if style.code and not level:
            yield Draft(kind=BlockKind.CODE, text=text)
            return
        text = text.strip()
        if not text:
            return
        if level and not mark and paragraph.tag == f"{TEXT}h" and paragraph.get(f"{TEXT}is-list-header") != "true":
            mark = self._outline.mark(level)
        kind = BlockKind.HEADING if level else BlockKind.PARAGRAPH if mark is None else BlockKind.LIST_ITEM
        text = f"{mark} {text}" if mark else text
        yield Draft(kind=kind, text=text, level=level, depth=depth, bold=style.bold, size=style.size)

    def _beside(self, inline: Inline) -> Iterator[Draft]:
        for element in (*inline.boxes, *inline.notes):
            yield from self.blocks(element)

    def _list(self, element: Element, outer: tuple[str, Counter] | None = None, level: int = 1) -> Iterator[Draft]:
        name = element.get(f"{TEXT}style-name") or (outer[0] if outer else "")
        if outer and name == outer[0]:
            counter = outer[1]
        elif element.get(f"{TEXT}continue-numbering") == "true" or element.get(f"{TEXT}continue-list"):
            counter = self._lists.get(name) or Counter(self._styles.list_levels(name))
        else:
            counter = Counter(self._styles.list_levels(name))
        self._lists[name] = counter
        for item in element.iterchildren(f"{TEXT}list-item", f"{TEXT}list-header"):
            yield from self._item(item, (name, counter), level)

    def _item(self, item: Element, around: tuple[str, Counter], level: int) -> Iterator[Draft]:
        is_marked = item.tag == f"{TEXT}list-header"
        for child in item:
            if child.tag == f"{TEXT}list":
                yield from self._list(child, around, level + 1)
            elif child.tag not in {f"{TEXT}p", f"{TEXT}h"}:
                yield from self.blocks([child])
            elif is_marked:
                yield from self._paragraph(child)
            else:
                mark = around[1].mark(level, item.get(f"{TEXT}start-value"))
                yield from self._paragraph(child, mark=mark, depth=level - 1)
                is_marked = True

    def _table(self, table: Element) -> Iterator[Draft]:
        if odt_tables.is_layout(table):
            for cell in odt_tables.cells_of(table):
                yield from self.blocks(cell)
            return
        beside: list[Draft] = []
        captions, rows = split_table(odt_tables.rows_of(table, partial(self._cell, beside=beside)))
        for caption in captions:
            yield Draft(kind=BlockKind.PARAGRAPH, text=caption)
        yield Draft(kind=BlockKind.TABLE, text=pipe_table(rows))
        yield from beside

    def _cell(self, cell: Element, beside: list[Draft]) -> str:
        lines: list[str] = []
        for child in cell:
            if child.tag == f"{TABLE}table":
                lines.append(inner_table(odt_tables.rows_of(child, partial(self._cell, beside=beside))))
            elif child.tag in {f"{TEXT}p", f"{TEXT}h"}:
                inline = read_inline(child)
                lines.append(inline.text)
                beside += self._beside(inline)
            else:
                lines += [draft.text for draft in self.blocks([child])]
        return "\n".join(lines)
