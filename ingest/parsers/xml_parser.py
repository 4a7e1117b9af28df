"""XML of any vocabulary: prose becomes paragraphs under its titles, records become ``name: value`` lines.

Not unstructured's partitioner: it keeps the values and drops the names, so that 25 is no number of seats any more.
"""

import re
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types
from lxml.etree import _Element as Element  # type: ignore[import-untyped]  # lxml ships no types

from core.errors import ParseError
from core.types import BlockKind, ParsedDocument
from ingest.encoding import decode
from ingest.metadata import named
from ingest.parsers.builder import DocumentBuilder, one_line
from ingest.parsers.faq_entries import entry_of
from ingest.parsers.json_parser import add_entry
from ingest.parsers.tables import pipe_table

VERSION = "xml 1"
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_TITLES = frozenset("title head heading 标题".split())
_CODE = frozenset("programlisting screen codeblock literallayout pre synopsis".split())
_ITEMS = frozenset("listitem li item member step".split())
_PROSE = frozenset("p para simpara paragraph shortdesc abstract summary description content text note body".split())
_ROWS = frozenset({"row", "tr", "strow", "sthead"})
# Of the fields of the outermost element.
_STATED = frozenset(
    "title author creator date updated modified language product audience version 标题 作者 产品".split()
)
_CELLS = frozenset({"entry", "td", "th", "cell", "stentry"})


def parse_xml(path: Path) -> ParsedDocument:
    """Titles become headings, lists items, rows of cells tables; any other leaf a line with its name.

    Raises ``ParseError`` for what is not well formed, for entities that grow without bound and for nesting deeper than
    256 levels. Nothing outside the file is read.
    """
    parser = etree.XMLParser(resolve_entities="internal", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(_DECLARATION.sub("", decode(path.read_bytes())).encode(), parser=parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError(f"not well-formed XML: {error}", parser=VERSION) from error
    builder = DocumentBuilder()
    reader = _Reader(builder)
    reader.read(root, 1)
    reader.end_record()
    metadata = named({_name(child): _text(child) for child in root if len(child) == 0 and _name(child) in _STATED})
    language = root.get("{http://www.w3.org/XML/1998/namespace}lang")
    return builder.build(
        title=builder.first_heading() or path.stem,
        parser=VERSION,
        metadata={**metadata, **named({"language": language})},
        empty_reason="the elements hold no text",
    )


class _Reader:
    """Collects the lines of a record until another element begins or ends."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._lines: list[str] = []

    def end_record(self) -> None:
        self._builder.add(BlockKind.PARAGRAPH, "\n".join(self._lines))
        self._lines = []

    def read(self, element: Element, level: int) -> None:
        children = [child for child in element if isinstance(child.tag, str)]
        if _name(element) in _CODE:
            self._add(BlockKind.CODE, "".join(element.itertext()))
        elif any((text or "").strip() for text in (element.text, *(child.tail for child in children))):
            self._leaf(element, level)
        elif not children:
            self._lines += _attributes(element)
        elif _name(element) in _ITEMS and all(_name(child) in _PROSE for child in children):
            self._add(BlockKind.LIST_ITEM, _text(element))
        elif (rows := _rows(element)) is not None:
            self._add(BlockKind.TABLE, pipe_table(rows))
        else:
            self._container(element, children, level)

    def _container(self, element: Element, children: list[Element], level: int) -> None:
        self.end_record()
        entry = entry_of({_name(child): _text(child) for child in children}) if _is_record(children) else None
        if entry is not None:
            add_entry(self._builder, entry, level - 1)
            return
        self._lines += _attributes(element)
        inner = level + any(_name(child) in _TITLES for child in children)
        for child in children:
            self.read(child, level if _name(child) in _TITLES else inner)
        self.end_record()

    def _leaf(self, element: Element, level: int) -> None:
        name, text = _name(element), _text(element)
        if name in _TITLES:
            self._add(BlockKind.HEADING, text, level)
        elif name in _ITEMS:
            self._add(BlockKind.LIST_ITEM, text)
        elif name in _PROSE or len(element):
            self._add(BlockKind.PARAGRAPH, text)
        else:
            self._lines += [f"{name}: {text}", *_attributes(element)]

    def _add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        self.end_record()
        self._builder.add(kind, text, level=level)


def _name(element: Element) -> str:
    return str(etree.QName(element).localname).lower()


def _text(element: Element) -> str:
    """On one line; a space parts what stands in elements of its own."""
    parts = [(element.text or "").strip(), *((child.tail or "").strip() for child in element)]
    if len(element) and not any(parts):
        return " ".join(filter(None, map(_text, element)))
    return one_line("".join(element.itertext()))


def _attributes(element: Element) -> list[str]:
    """Of no namespace: the others speak to programs."""
    return [f"{name}: {one_line(value)}" for name, value in element.items() if "{" not in name and value.strip()]


def _is_record(children: list[Element]) -> bool:
    names = [_name(child) for child in children]
    return len(set(names)) == len(names)


def _rows(element: Element) -> list[list[str]] | None:
    """The cells of a table; None for any other element."""
    rows = [row for row in element.iter() if isinstance(row.tag, str) and _name(row) in _ROWS]
    cells = [[_text(cell) for cell in row if isinstance(cell.tag, str) and _name(cell) in _CELLS] for row in rows]
    read = "".join("".join(map("".join, cells)).split())
    # A table that also holds something else is read as a container, so that it is not lost.
    return cells if len(rows) > 1 and read == "".join("".join(element.itertext()).split()) else None
