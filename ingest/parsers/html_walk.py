"""The content of a page to blocks, in the order of reading: every visible character goes into one of them."""

import re
from collections.abc import Callable

from lxml.html import HtmlElement  # type: ignore[import-untyped]  # lxml ships no types

from core.types import BlockKind
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.html_inline import code_text, inline_text, mark
from ingest.parsers.html_tables import is_layout, rows_of
from ingest.parsers.html_tree import BLOCKS, HEADINGS, asks
from ingest.parsers.tables import pipe_table

_CODE = frozenset({"pre", "listing", "xmp"})
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_BLOCKS_OF_THEIR_OWN = HEADINGS | _CODE | _LISTS | {"table", "dl", "summary", "button"}
_HAN = r"\u3400-\u9fff\u3000-\u303f\uff00-\uffef"
_HAN_BREAK = re.compile(rf"(?<=[{_HAN}])[ \t\r\f]*\n[ \t\r\n\f]*(?=[{_HAN}])")
_SPACE = re.compile(r"[ \t\r\n\f]+")
# Stands for <br> until the white space of the source is gone.
_BREAK = "\v"
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n\s*")


def add_content(builder: DocumentBuilder, root: HtmlElement) -> None:
    """Append the blocks of ``root``: headings, paragraphs, list items with their numbers, tables, code.

    ``summary`` and the questions of a definition list head what follows them; any other term and its meaning are one
    list item. A table that only places things is read as what it holds.
    """
    walk = _Walk(builder)
    walk.inside(root)
    walk.end_block()


class _Walk:
    """Collects running text until a block ends. Inside a list item a paragraph ends a line, not the item."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._parts: list[str] = []
        self._kind = BlockKind.PARAGRAPH
        self._label = ""
        self._level = 0
        self._depth = 0

    def inside(self, element: HtmlElement) -> None:
        """Everything in ``element``, without its tail."""
        self._parts.append(element.text or "")
        for child in element:
            self._one(child)
            self._parts.append(child.tail or "")

    def end_block(self) -> None:
        """What was collected becomes a block of the open kind; what follows in an item is a paragraph under it."""
        text, self._parts = "".join(self._parts), []
        if not text.strip():
            return
        text = _SPACE.sub(" ", _HAN_BREAK.sub("", text)).replace(_BREAK, "\n").strip()
        for part in [self._label + text] if self._kind is BlockKind.LIST_ITEM else _EMPTY_LINE.split(text):
            self._builder.add(self._kind, part, depth=max(0, self._depth - 1))
        self._kind, self._label = BlockKind.PARAGRAPH, ""

    def _one(self, element: HtmlElement) -> None:
        if element.tag in BLOCKS or element.get("role") == "heading":
            self._block(element)
        elif element.tag == "br":
            self._parts.append(_BREAK)
        else:
            self._parts.append(mark(element))
            self.inside(element)

    def _block(self, element: HtmlElement) -> None:
        handle = self._handler(element)
        if handle is None:
            self._end_line()
            self.inside(element)
            self._end_line()
            return
        self.end_block()
        handle(element)
        self.end_block()
        self._kind = BlockKind.PARAGRAPH

    def _end_line(self) -> None:
        if self._kind is BlockKind.LIST_ITEM:
            self._parts.append(_BREAK)
        else:
            self.end_block()

    def _handler(self, element: HtmlElement) -> Callable[[HtmlElement], None] | None:
        tag = element.tag
        if tag in HEADINGS or element.get("role") == "heading":
            return self._heading
        if tag == "table":
            return None if is_layout(element) else self._table
        if tag in _CODE:
            return self._code
        if tag in _LISTS:
            return self._list
        return {"dl": self._definitions, "summary": self._question, "button": self._question}.get(tag)

    def _heading(self, element: HtmlElement) -> None:
        text = inline_text(element)
        if text:
            self._level = int(element.tag[1]) if element.tag in HEADINGS else _whole(element.get("aria-level"), 2)
            self._builder.add(BlockKind.HEADING, text, level=self._level)

    def _question(self, element: HtmlElement) -> None:
        """The clickable line of a collapsed part heads it."""
        self._builder.add(BlockKind.HEADING, inline_text(element), level=self._level + 1 if self._level else 2)

    def _code(self, element: HtmlElement) -> None:
        self._builder.add(BlockKind.CODE, code_text(element))

    def _table(self, table: HtmlElement) -> None:
        for caption in table.iter("caption"):
            self._builder.add(BlockKind.PARAGRAPH, inline_text(caption))
        self._builder.add(BlockKind.TABLE, pipe_table(rows_of(table, inline_text)))

    def _list(self, element: HtmlElement) -> None:
        self._depth += 1
        number = _whole(element.get("start"), 1)
        self._parts.append(element.text or "")
        for child in element:
            if child.tag == "li":
                number = _whole(child.get("value"), number)
                self._item(child, f"{_label(number, element.get('type'))}. " if element.tag == "ol" else "")
                number += 1
            else:
                self._one(child)
            self._parts.append(child.tail or "")
        self.end_block()
        self._depth -= 1

    def _item(self, item: HtmlElement, label: str) -> None:
        self.end_block()
        self._kind = BlockKind.LIST_ITEM
        self._label = label if _begins_with_text(item) else ""
        self.inside(item)
        self.end_block()
        self._kind = BlockKind.PARAGRAPH

    def _definitions(self, element: HtmlElement) -> None:
        self._parts.append(element.text or "")
        for child in element:
            if child.tag == "dt":
                self._term(child)
            elif child.tag == "div":
                self._definitions(child)
            else:
                self._one(child)
            self._parts.append(child.tail or "")
        self.end_block()
        self._kind = BlockKind.PARAGRAPH

    def _term(self, term: HtmlElement) -> None:
        previous = term.getprevious()
        shares_its_meaning = previous is not None and previous.tag == "dt" and self._kind is BlockKind.LIST_ITEM
        if asks(term.text_content()):
            self.end_block()
            self._kind = BlockKind.PARAGRAPH
            self._question(term)
        elif shares_its_meaning:
            self._parts += [_BREAK, inline_text(term)]
        else:
            self.end_block()
            self._kind, self._label = BlockKind.LIST_ITEM, ""
            self._parts.append(inline_text(term))


def _begins_with_text(item: HtmlElement) -> bool:
    """Whether an item says something before a block of its own kind in it."""
    first = next(iter(item.xpath("(.//text()[normalize-space()])[1]")), None)
    if first is None:
        return bool(item.xpath("boolean(.//img[@alt != ''])"))
    holder = first.getparent().getparent() if first.is_tail else first.getparent()
    while holder is not item:
        if holder.tag in _BLOCKS_OF_THEIR_OWN:
            return False
        holder = holder.getparent()
    return True


def _whole(text: str | None, otherwise: int) -> int:
    plain = (text or "").strip()
    return int(plain) if plain.removeprefix("-").isdecimal() and plain.isascii() and len(plain) < 9 else otherwise


def _label(number: int, kind: str | None) -> str:
    return chr(ord(kind) + number - 1) if kind in {"a", "A"} and 1 <= number <= 26 else str(number)
