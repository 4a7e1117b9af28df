"""A page as a tree of what its reader sees."""

import re

import lxml.html  # type: ignore[import-untyped]  # lxml ships no types
from lxml.html import HtmlElement

from ingest.parsers import html_depth

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = HEADINGS | frozenset(
    "address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form frameset header hgroup hr html legend li listing main menu nav ol optgroup option p pre search "
    "section summary table tbody td tfoot th thead tr ul xmp".split()
)
_DROPPED_TAGS = (
    "script style noscript template svg iframe object canvas video audio map select textarea input datalist rt rp rtc "
    # What has been struck out holds no longer: an answer must not quote it.
    "del s strike annotation annotation-xml"
).split()
_XHTML = re.compile(r"<html[^>]+xmlns=|//DTD XHTML", re.IGNORECASE)
_SELF_CLOSED = re.compile(
    r"<(title|script|style|textarea|iframe|div|span|p|a|td|th|tr|table|li|ul|ol|i|b|em|strong|section|h[1-6])\b"
    r"([^<>]*?)/>",
    re.IGNORECASE,
)


def load(source: str) -> HtmlElement:
    """The tree of a whole page or a piece of one, at most ``html_depth.MAX_DEPTH`` levels deep, nothing left out.

    Raises ``lxml.etree.ParserError`` where there is nothing to read.
    """
    if _XHTML.search(source[:4_000]):
        # An HTML parser reads <title/> as a tag that is never closed, and the page as its title.
        source = _SELF_CLOSED.sub(r"<\1\2></\1>", source)
    root = _tree(source)
    for levels in html_depth.ATTEMPTS:
        if not html_depth.is_too_deep(root):
            break
        root = _tree(html_depth.flattened(source, levels))
    return root


def _tree(source: str) -> HtmlElement:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    return lxml.html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)


def drop_unseen(root: HtmlElement) -> HtmlElement:
    """The body without scripts, controls and what has been struck out, changed in place.

    Hidden parts stay: the collapsed answers of a help page are hidden until somebody clicks.
    """
    body = root.find("body")
    body = root if body is None else body
    for element in list(body.iter(*_DROPPED_TAGS)):
        element.drop_tree()
    for element in list(body.iter("button")):
        if not _opens_an_answer(element):
            element.drop_tree()
    return body


def _opens_an_answer(button: HtmlElement) -> bool:
    """Help pages make the question of a collapsed answer a button."""
    if next(button.iterancestors(*HEADINGS, "dt", "summary"), None) is not None:
        return True
    return asks(button.text_content()) and bool(button.get("aria-controls") or button.get("aria-expanded"))


def asks(text: str) -> bool:
    """Whether it ends as a question does."""
    return text.rstrip().endswith(("?", "？"))
