"""The running text of a page: its words as a browser shows them."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement  # type: ignore[import-untyped]  # lxml ships no types

from ingest.parsers.builder import one_line
from ingest.parsers.html_tree import BLOCKS

_FILE_NAME = re.compile(r"\S*\.(?:png|jpe?g|gif|webp|svg|bmp)", re.IGNORECASE)


def inline_text(element: HtmlElement) -> str:
    """The text of an element on one line, with the words for its pictures."""
    return one_line("".join(_pieces(element)))


def _pieces(element: HtmlElement) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        gap = " " if child.tag in BLOCKS or child.tag == "br" else ""
        yield gap + mark(child)
        yield from _pieces(child)
        yield gap + (child.tail or "")


def code_text(element: HtmlElement) -> str:
    """The text of an element with its white space as it stands; a line break may be a tag."""
    return "".join(_code_pieces(element))


def _code_pieces(element: HtmlElement) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        yield "\n" if child.tag == "br" else ""
        yield from _code_pieces(child)
        yield child.tail or ""


def mark(element: HtmlElement) -> str:
    """What a reader sees in front of an element's own text: the words for a picture, the sign of a power."""
    if element.tag == "img":
        alt = one_line(element.get("alt") or "")
        return f" {alt} " if alt and not _FILE_NAME.fullmatch(alt) else ""
    return _mark_of_sup(element) if element.tag == "sup" else ""


def _mark_of_sup(sup: HtmlElement) -> str:
    """``10<sup>6</sup>`` must not become 106, nor a note's number a part of the word before it."""
    text = sup.text_content().strip()
    if sup.find(".//a") is not None and text.strip("[]").isdigit():
        return " "
    previous = sup.getprevious()
    before = (previous.tail if previous is not None else sup.getparent().text) or ""
    return "^" if before[-1:].isdigit() and text.lstrip("-−+").isdigit() else ""
