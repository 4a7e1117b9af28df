"""Web pages, and everything that is a page inside: Markdown, the bodies of mails, answers of FAQ exports.

Not unstructured's HTML partitioner: it drops the text of ``details``, ``figure``, ``form`` and of everything around
``main``, the numbers of ordered lists, line breaks and cells that span rows (decision 22).
"""

import re
from collections.abc import Mapping
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types

from core.text import language_of
from core.types import BlockKind, ParsedDocument
from ingest.encoding import decode
from ingest.front_matter import split_front_matter
from ingest.metadata import named
from ingest.parsers import markdown
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.html_boilerplate import content_of
from ingest.parsers.html_head import Head, Question, read_head
from ingest.parsers.html_tree import drop_unseen, load
from ingest.parsers.html_walk import add_content

VERSION = "html 1"
_EMPTY = "the page shows no text; if a script makes it, save the page from the browser"
_FAQ_LEVEL = 2
_NO_HEAD = Head(title="", heading="", fields={}, questions=())
_WORD = re.compile(r"\w+")


def parse_html(path: Path) -> ParsedDocument:
    """A web page without what surrounds its content; its heading of the first level or else its ``title`` is the title.

    Raises ``ParseError`` (``empty``) where it shows no text.
    """
    return document_of_page(decode(path.read_bytes()), path, parser=VERSION)


def document_of_page(
    source: str, path: Path, *, parser: str, fields: Mapping[str, object] | None = None
) -> ParsedDocument:
    """The document of a page that ``parser`` made of the file at ``path``; ``fields``: what that states besides."""
    builder = DocumentBuilder()
    head = _add_page(builder, source)
    title = head.heading or head.title or builder.first_heading() or path.stem
    metadata = _checked(named({**head.fields, **(fields or {})}), builder.text)
    return builder.build(title=title, parser=parser, metadata=metadata, empty_reason=_EMPTY)


def parse_markdown(path: Path) -> ParsedDocument:
    """CommonMark with tables and footnotes; its front matter becomes metadata and may give the title."""
    fields, body = split_front_matter(decode(path.read_bytes()))
    metadata = named(fields)
    builder = DocumentBuilder()
    add_markdown(builder, body)
    title = metadata.get("title") or builder.first_heading() or path.stem
    return builder.build(title=title, parser=VERSION, metadata=metadata)


def add_markdown(builder: DocumentBuilder, source: str) -> None:
    """Append the blocks of Markdown without front matter. What its author wrote is all content, no boilerplate."""
    html = markdown.to_html(source)
    if html.strip():
        add_content(builder, drop_unseen(load(html)))


def html_blocks(builder: DocumentBuilder, source: str) -> str:
    """Append the blocks of a page or of a piece of one; returns the page's own title, empty where it has none."""
    head = _add_page(builder, source)
    return head.heading or head.title


def _add_page(builder: DocumentBuilder, source: str) -> Head:
    try:
        root = load(source)
    except (etree.ParserError, ValueError):
        return _NO_HEAD
    head = read_head(root)
    before = builder.text
    add_content(builder, content_of(root))
    if builder.text == before:
        # All of it looked like boilerplate: then it is the content.
        add_content(builder, drop_unseen(load(source)))
    _add_unseen(builder, head.questions)
    return head


def _add_unseen(builder: DocumentBuilder, questions: tuple[Question, ...]) -> None:
    """The questions of a FAQPage that only a script would show, after the text that stands on the page."""
    seen = _words(builder.text)
    for question in questions:
        answer = f"<div>{question.answer}</div>"
        shown = load(answer).text_content()
        if _words(question.text) not in seen or _words(shown) not in seen:
            builder.add(BlockKind.HEADING, question.text, level=_FAQ_LEVEL)
            add_content(builder, drop_unseen(load(answer)))


def _words(text: str) -> str:
    return "".join(_WORD.findall(text))


def _checked(metadata: dict[str, str], text: str) -> dict[str, str]:
    """Templates keep their ``lang`` whatever is written into them: between the two languages the text decides."""
    stated = metadata.get("language", "")[:2].lower()
    if stated in {"en", "zh"} and stated != language_of(text):
        return {key: value for key, value in metadata.items() if key != "language"}
    return metadata
