from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ParseError
from core.types import Outcome
from ingest.parsers.epub_parser import parse_epub

Texts = Callable[[Any], list[tuple[str, str]]]
Make = Callable[..., Path]
_CONTAINER = '<container><rootfiles><rootfile full-path="in/book.opf"/></rootfiles></container>'


@pytest.fixture
def make_epub(make_zip: Make) -> Make:
    """A book of pages in the order of ``spine``; the list of contents names them as ``listed`` does."""

    def make(pages: dict[str, str], spine: str, listed: str = "", title: str = "书", **parts: str) -> Path:
        items = "".join(f'<item id="{name}" href="{name}.html" media-type="application/xhtml+xml"/>' for name in pages)
        items += '<item id="toc" href="toc.html" media-type="application/xhtml+xml" properties="nav"/>'
        order = "".join(f'<itemref idref="{name}"/>' for name in spine.split())
        book = (
            f'<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>{title}</dc:title></metadata>'
            f"<manifest>{items}</manifest><spine>{order}</spine></package>"
        )
        members = {"META-INF/container.xml": _CONTAINER, "in/book.opf": book} | parts
        members["in/toc.html"] = f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{listed}</body></html>'
        return make_zip("a.epub", members | {f"in/{name}.html": body for name, body in pages.items()})

    return make


def test_chapters_are_read_in_the_order_of_the_book(make_epub: Make, texts_of: Texts) -> None:
    pages = {"b": "<p>second</p>", "a": "<h2>First</h2><p>一</p>", "unused": "<p>never</p>"}
    listed = '<a href="a.html">A</a><a href="b.html">第二章</a><a href="b.html#part">Part</a>'
    document = parse_epub(make_epub(pages, "toc a missing b", listed))
    assert document.title == "书"
    assert texts_of(document) == [("h2", "First"), ("paragraph", "一"), ("h1", "第二章"), ("paragraph", "second")]
    assert {block.page for block in document.blocks} == {None}


def test_a_page_without_text_gets_no_heading(make_epub: Make) -> None:
    document = parse_epub(make_epub({"a": "<img/>", "b": "<p>text</p>"}, "a b", '<a href="a.html">Cover</a>'))
    assert document.text == "text"


def test_a_book_without_a_title_is_named_by_its_first_heading(make_epub: Make) -> None:
    assert parse_epub(make_epub({"a": "<h1>客服手册</h1><p>x</p>"}, "a", title="Untitled document")).title == "客服手册"


def test_a_protected_book_is_told_and_protected_fonts_do_not_matter(make_epub: Make) -> None:
    locked = '<encryption><CipherReference URI="in/{}"/></encryption>'.format
    pages = {"a": "<p>x</p>"}
    assert parse_epub(make_epub(pages, "a", **{"META-INF/encryption.xml": locked("font.otf")})).text == "x"
    with pytest.raises(ParseError, match="protected against copying") as caught:
        parse_epub(make_epub(pages, "a", **{"META-INF/encryption.xml": locked("a.html")}))
    assert caught.value.outcome is Outcome.ENCRYPTED


def test_damage_and_emptiness_are_told(make_epub: Make, make_zip: Make) -> None:
    with pytest.raises(ParseError, match=r"no list of its parts 'in/book\.opf'"):
        parse_epub(make_zip("b.epub", {"META-INF/container.xml": _CONTAINER}))
    with pytest.raises(ParseError, match="the book holds no text"):
        parse_epub(make_epub({"a": "<p></p>"}, "a"))
