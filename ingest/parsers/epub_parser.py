"""EPUB: its chapters in the order of the book, each read as the page that it is.

Not unstructured's partitioner, which asks pandoc for one page and loses the chapters that are headed only in the book's
list of contents. Pages are not known: every reader makes its own.
"""

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types
from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from core.errors import ParseError
from core.types import BlockKind, Outcome, ParsedDocument
from ingest.encoding import decode
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.html_tree import HEADINGS, drop_unseen, load
from ingest.parsers.html_walk import add_content
from ingest.parsers.packaged_xml import Package, believed, resolved, stated

VERSION = "epub 1"
_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})


def parse_epub(path: Path) -> ParsedDocument:
    """An EPUB of version 2 or 3; a chapter without a heading is headed as in the list of contents.

    Raises ``ParseError``: ``encrypted`` for a protected book, ``empty`` for one without text.
    """
    builder = DocumentBuilder()
    with Package(path) as package:
        book = _book(package)
        root = package.xml(book)
        if root is None:
            raise ParseError(f"the book has no list of its parts {book!r}; it is damaged", parser=VERSION)
        names = dict(_contents(package, book, root))
        locked = _locked(package)
        for part in _spine(root, posixpath.dirname(book)):
            if part in locked:
                reason = "the book is protected against copying; get it without protection"
                raise ParseError(reason, outcome=Outcome.ENCRYPTED, parser=VERSION)
            _add_chapter(builder, decode(package.read(part) or b""), names.get(part, ""))
        properties = _properties(root)
    metadata = believed(properties, builder.text)
    title = metadata.get("title") or builder.first_heading() or path.stem
    return builder.build(title=title, parser=VERSION, metadata=metadata, empty_reason="the book holds no text")


def _book(package: Package) -> str:
    container = package.xml("META-INF/container.xml")
    root = None if container is None else next(container.iter("{*}rootfile"), None)
    return "" if root is None else root.get("full-path", "")


def _spine(root: Element, folder: str) -> Iterator[str]:
    """The parts with text in the order of reading, without the page that only lists the contents."""
    items = {item.get("id"): item for item in root.iter("{*}item")}
    for reference in root.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is not None and item.get("media-type") in _PAGES and "nav" not in item.get("properties", "").split():
            yield resolved(folder, item.get("href", ""))


def _locked(package: Package) -> set[str]:
    """Parts that cannot be read without a key; fonts are often made unreadable and do not matter."""
    root = package.xml("META-INF/encryption.xml")
    references = () if root is None else root.iter("{*}CipherReference")
    return {resolved("", reference.get("URI", "")) for reference in references}


def _contents(package: Package, book: str, root: Element) -> Iterator[tuple[str, str]]:
    """Part and name of each entry that stands for a whole part, by the list of EPUB 2 and then by that of EPUB 3."""
    for item in root.iter("{*}item"):
        kind, properties = item.get("media-type", ""), item.get("properties", "").split()
        if kind != "application/x-dtbncx+xml" and "nav" not in properties:
            continue
        part = resolved(posixpath.dirname(book), item.get("href", ""))
        listed = package.xml(part)
        for target, name in _entries(listed) if listed is not None else ():
            if "#" not in target and name:
                yield resolved(posixpath.dirname(part), target), name


def _entries(listed: Element) -> Iterator[tuple[str, str]]:
    for point in listed.iter("{*}navPoint"):
        target, label = point.find("{*}content"), point.find("{*}navLabel")
        if target is not None and label is not None:
            yield target.get("src", ""), " ".join("".join(label.itertext()).split())
    for link in listed.iter("{http://www.w3.org/1999/xhtml}a"):
        yield link.get("href", ""), " ".join("".join(link.itertext()).split())


def _add_chapter(builder: DocumentBuilder, source: str, name: str) -> None:
    try:
        page = drop_unseen(load(source))
    except (etree.ParserError, ValueError):
        return  # a page without any element, such as one that only holds a cover's picture
    if name and page.text_content().strip() and next(page.iter(*HEADINGS), None) is None:
        builder.add(BlockKind.HEADING, name, level=1)
    add_content(builder, page)


def _properties(root: Element) -> Mapping[str, str]:
    found = stated(root)
    for meta in root.iter("{*}meta"):
        if meta.get("property") == "dcterms:modified" and meta.text:
            found["modified"] = meta.text.strip()
    return found
