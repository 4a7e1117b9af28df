"""Word files, read from their XML: what a reader sees, in the order of reading.

Not unstructured's partitioner, which is slower and loses text boxes, footnotes, list numbers and nested tables.
Tracked deletions, comments, hidden text and tables of contents are left out; page headers and footers, which repeat, go
into metadata. Pages are known where Word noted them when it saved the file.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from lxml.etree import _Element as Element  # type: ignore[import-untyped]  # lxml ships no types

from core.errors import ParseError
from core.types import BlockKind, Outcome, ParsedDocument
from ingest.parsers import docx_tables
from ingest.parsers.diagrams import chart_rows, chart_title, diagram_texts
from ingest.parsers.docx_inline import Inline, InlineReader
from ingest.parsers.docx_numbering import Numbering
from ingest.parsers.docx_pages import Margins, Pages
from ingest.parsers.docx_styles import Style, W, number, paragraph_level, styles_in, value
from ingest.parsers.drafts import Draft, build
from ingest.parsers.packaged_xml import Package, root_of
from ingest.parsers.tables import inner_table, pipe_table, split_table

VERSION = "docx 1"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"


def parse_docx(path: Path) -> ParsedDocument:
    """A Word file. Raises what a damaged package raises; ``ParseError`` (``empty``) for one without text."""
    with Package(path) as package:
        main = next(iter(package.related("", "officeDocument")), "word/document.xml")
        document = package.xml(main)
        body = None if document is None else document.find(f"{W}body")
        if body is None:
            raise ParseError(f"its main part {main!r} holds no document; it is damaged", parser=VERSION)
        story = _Story(package, main, body)
        margins = Margins(package, main, body, story.blocks)
        drafts = [*margins.first_page(), *story.blocks(body)]
        properties = {**margins.running(), **package.properties}
    return build(drafts, path, parser=VERSION, properties=properties, empty_reason="the Word file holds no text")


class _Story:
    """One Word file on its way into drafts: keeps count of its lists and pages."""

    def __init__(self, package: Package, main: str, body: Element) -> None:
        self._package, self._main = package, main
        self._targets = package.targets(main)
        self._styles = styles_in(self._data("styles"))
        self._inline = InlineReader(self._styles)
        self._numbering = Numbering(self._part("numbering"))
        self._notes = {kind: self._notes_of(kind) for kind in ("footnote", "endnote")}
        self._pages = Pages(body)

    def _data(self, kind: str) -> bytes | None:
        names = self._package.related(self._main, kind)
        return self._package.read(names[0]) if names else None

    def _part(self, kind: str) -> Element | None:
        return root_of(self._data(kind))

    def _notes_of(self, kind: str) -> dict[str, Element]:
        root = self._part(f"{kind}s")
        return {} if root is None else {each.get(f"{W}id", ""): each for each in root.iterchildren(f"{W}{kind}")}

    def blocks(self, container: Element) -> Iterator[Draft]:
        """What ``container`` holds in reading order."""
        for child in container:
            if child.tag == f"{W}p":
                yield from self._paragraph(child)
            elif child.tag == f"{W}tbl":
                yield from self._table(child)
            elif child.tag == f"{W}altChunk":
                reason = "a part of it is an embedded web page (altChunk); open it in Word and save it again"
                raise ParseError(reason, outcome=Outcome.UNSUPPORTED, parser=VERSION)
            elif child.tag in docx_tables.WRAPPERS and not _is_contents(child):
                yield from self.blocks(child)

    def _paragraph(self, paragraph: Element) -> Iterator[Draft]:
        properties = paragraph.find(f"{W}pPr")
        style = self._styles.paragraph(properties)
        inline = self._inline.read(paragraph, style)
        self._pages.turn(inline.pages)
        if not style.contents:
            yield from self._draft(properties, style, inline)
        yield from self._beside(inline)
        self._pages.turn(inline.later_pages)
        if properties is not None and properties.find(f"{W}sectPr") is not None:
            self._pages.end_section()

    def _draft(self, properties: Element | None, style: Style, inline: Inline) -> Iterator[Draft]:
        text, page = inline.text.strip("\n"), self._pages.current
        level = paragraph_level(properties, style)
        monospaced = bool(inline.looks) and all(look.mono for look in inline.looks)
        if style.code or (monospaced and not level):
            # A blank line inside a listing belongs to it.
            yield Draft(kind=BlockKind.CODE, text=text, page=page)
            return
        if not text.strip():
            return
        mark, depth = self._mark(properties, style)
        kind = BlockKind.HEADING if level else BlockKind.PARAGRAPH if mark is None else BlockKind.LIST_ITEM
        text = text.strip()
        yield Draft(
            kind=kind,
            text=f"{mark} {text}" if mark else text,
            level=level,
            depth=depth,
            page=page,
            bold=bool(inline.looks) and all(look.bold for look in inline.looks),
            size=max((look.size or 0 for look in inline.looks), default=0),
        )

    def _mark(self, properties: Element | None, style: Style) -> tuple[str | None, int]:
        """What Word draws before the paragraph, None outside lists, and how deep in its list it stands."""
        own = None if properties is None else properties.find(f"{W}numPr")
        num_id = value(own, "numId") or style.num_id
        if not num_id or num_id == "0":
            return None, 0
        stated = number(value(own, "ilvl"))
        if stated is None:
            stated = style.list_level
        level = self._numbering.level_of_style(num_id, style.id) if stated is None else stated
        return self._numbering.mark(num_id, level), level

    def _beside(self, inline: Inline) -> Iterator[Draft]:
        """Text boxes and diagrams that hang on a paragraph, then the notes to it."""
        for drawing in inline.boxes:
            for box in _outer_boxes(drawing):
                yield from self.blocks(box)
            yield from self._drawn(drawing)
        for kind, id_ in inline.notes:
            note = self._notes[kind].pop(id_, None)
            if note is not None:
                yield from self.blocks(note)

    def _drawn(self, drawing: Element) -> Iterator[Draft]:
        """What a diagram or a chart shows."""
        page, targets = self._pages.current, self._targets
        for ids in drawing.iter("{*}relIds"):
            for text in diagram_texts(self._package, targets.get(ids.get(f"{_R}dm", ""), ("", ""))[1]):
                yield Draft(kind=BlockKind.PARAGRAPH, text=text, page=page)
        for reference in drawing.iter("{*}chart"):
            chart = self._package.xml(targets.get(reference.get(f"{_R}id", ""), ("", ""))[1])
            if chart is not None:
                yield Draft(kind=BlockKind.PARAGRAPH, text=chart_title(chart), page=page)
                yield Draft(kind=BlockKind.TABLE, text=pipe_table(chart_rows(chart)), page=page)

    def _table(self, table: Element) -> Iterator[Draft]:
        if docx_tables.is_layout(table):
            for cell in docx_tables.cells_of(table):
                yield from self.blocks(cell)
            return
        beside: list[Draft] = []
        page = self._pages.current
        captions, rows = split_table(docx_tables.rows_of(table, partial(self._cell, beside=beside)))
        for caption in captions:
            yield Draft(kind=BlockKind.PARAGRAPH, text=caption, page=page)
        yield Draft(kind=BlockKind.TABLE, text=pipe_table(rows), page=page)
        yield from beside

    def _cell(self, cell: Element, beside: list[Draft]) -> str:
        lines: list[str] = []
        for child in docx_tables.children(cell, "p", "tbl"):
            if child.tag == f"{W}tbl":
                lines.append(inner_table(docx_tables.rows_of(child, partial(self._cell, beside=beside))))
                continue
            properties = child.find(f"{W}pPr")
            style = self._styles.paragraph(properties)
            inline = self._inline.read(child, style)
            self._pages.turn(inline.pages + inline.later_pages)
            lines += [draft.text for draft in self._draft(properties, style, inline)]
            beside += self._beside(inline)
        return "\n".join(lines)


def _is_contents(block: Element) -> bool:
    gallery = block.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(f"{W}val") == "Table of Contents"


def _outer_boxes(element: Element) -> Iterator[Element]:
    """Text boxes that stand in no other; of two forms of the same one the first."""
    for child in element:
        if child.tag == f"{W}txbxContent":
            yield child
        elif child.tag == f"{_MC}AlternateContent":
            yield from _outer_boxes(child[0] if len(child) else child)
        else:
            yield from _outer_boxes(child)
