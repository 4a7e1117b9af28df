"""HTML made ready for the partitioner: boilerplate goes, and what the partitioner would lose is rewritten.

Measured on unstructured 0.27.32: it drops the text of ``details``, ``figure``, ``form`` and ``dialog``, loses the
numbers of ordered lists, joins what ``br`` parts, and breaks list items that hold paragraphs into loose ones.
"""

import re
from dataclasses import dataclass

import lxml.html  # type: ignore[import-untyped]  # lxml ships no types
from lxml import etree
from lxml.html import HtmlElement

from ingest.parsers import html_depth

# Stands for <br> on the way through the partitioner, which would make it a space.
LINE_BREAK = "\ue000"

_DROPPED_TAGS = "script style noscript template svg iframe object canvas nav button select textarea input"
_DROPPED_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "menubar"})
_DROPPED_CLASS = re.compile(
    r"(?:^|[\s_-])(?:breadcrumbs?|cookie-?(?:banner|notice|consent)|skip-?link|pagination|feedback|related(?:-articles)?|"
    r"newsletter|site-?(?:header|footer|nav)|navbar|social|share)(?:$|[\s_-])",
    re.IGNORECASE,
)
_TO_DIV = "details figure figcaption form dialog fieldset legend dd"
_HAN = r"\u3400-\u9fff\u3000-\u303f\uff00-\uffef"
_HAN_BREAK = re.compile(rf"(?<=[{_HAN}])[ \t]*\r?\n\s*(?=[{_HAN}])")
_HEADING_BEFORE = "preceding::*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5][not(@data-summary)]"
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """``html`` as the partitioner should get it, and the page's own ``title`` (empty where it has none).

    ``letters`` counts the letters and digits of the part of the page that the partitioner reads.
    """

    html: str
    title: str
    letters: int


def prepare(html: str) -> Page:
    """Clean a whole page or a piece of one; raises ``lxml.etree.ParserError`` when nothing is left of it.

    Hidden parts stay: the collapsed answers of a help page are hidden until somebody clicks.
    """
    root = _shallow_tree(html)
    title = " ".join((root.findtext(".//title") or "").split())
    body = root.find("body")
    if body is not None:
        _drop_boilerplate(body)
        _rewrite(body)
    return Page(html=lxml.html.tostring(root, encoding="unicode"), title=title, letters=_letters_read(root))


def _shallow_tree(html: str) -> HtmlElement:
    root = _tree(html)
    for levels in html_depth.ATTEMPTS:
        if not html_depth.is_too_deep(root):
            break
        root = _tree(html_depth.flattened(html, levels))
    return root


def _tree(html: str) -> HtmlElement:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    return lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)


def _letters_read(root: HtmlElement) -> int:
    """The partitioner leaves out deleted text, and everything around ``main`` where a page has one."""
    part = next((found for name in ("main", "body") if (found := root.find(f".//{name}")) is not None), root)
    texts = part.xpath(".//text()[not(ancestor::del)]")
    return sum(character.isalnum() for text in texts for character in text)


def _drop_boilerplate(body: HtmlElement) -> None:
    for element in list(body.iter(*_DROPPED_TAGS.split())):
        element.drop_tree()
    whole = len(body.text_content())
    for element in list(body.iterdescendants()):
        if element.getparent() is None or not _is_boilerplate(element):
            continue
        # A class name is a guess: it may cost a part of a page, never most of it or its title.
        if element.find(".//h1") is None and len(element.text_content()) <= whole / 2:
            element.drop_tree()


def _is_boilerplate(element: HtmlElement) -> bool:
    if element.get("role") in _DROPPED_ROLES:
        return True
    if element.tag in {"header", "footer"}:
        return next(element.iterancestors("article", "section", "blockquote"), None) is None
    if element.tag in _HEADINGS or element.tag in {"main", "article"}:
        return False
    return bool(_DROPPED_CLASS.search(f"{element.get('class') or ''} {element.get('id') or ''}"))


def _rewrite(body: HtmlElement) -> None:
    for element in body.iter("summary", "dt"):
        _question_to_heading(element)
    for element in list(body.iter("table")):
        if _is_layout(element):
            _dissolve(element)
    for element in body.iter(*_TO_DIV.split()):
        element.tag = "div"
    for element in list(body.iter("li")):
        _join_paragraphs(element)
    for element in body.iter("ol"):
        _number_items(element)
    for element in list(body.iter("sup")):
        _mark_power(element)
    for element in body.iter("br"):
        element.tail = LINE_BREAK + (element.tail or "")
    # Not drop_tag, which takes minutes for a page of 50,000 line breaks.
    etree.strip_tags(body, "br")
    for element in body.iter():
        if element.tag != "pre":
            element.text = _HAN_BREAK.sub("", element.text) if element.text else element.text
        element.tail = _HAN_BREAK.sub("", element.tail) if element.tail else element.tail


def _is_layout(table: HtmlElement) -> bool:
    """A table that only places things: it holds a table or headings, or never two filled cells side by side."""
    if table.find(".//table") is not None or any(table.find(f".//{name}") is not None for name in _HEADINGS):
        return True
    rows = table.iter("tr")
    return all(sum(bool(cell.text_content().strip()) for cell in row) <= 1 for row in rows)


def _dissolve(table: HtmlElement) -> None:
    """Rows and cells become plain blocks; an inner table is judged on its own."""
    parts = table.iter("thead", "tbody", "tfoot", "tr", "td", "th", "caption", "colgroup", "col")
    for element in [part for part in parts if next(part.iterancestors("table"), None) is table]:
        element.tag = "div"
    table.tag = "div"


def _question_to_heading(element: HtmlElement) -> None:
    """The clickable line of a collapsed part heads it, and so does a question in a definition list."""
    if element.tag == "dt" and not element.text_content().rstrip().endswith(("?", "？")):
        element.tag = "p"
        return
    before = element.xpath(_HEADING_BEFORE)
    level = int(before[-1].tag[1]) + 1 if before else 2
    element.set("data-summary", "")
    element.tag = f"h{min(6, level)}"


def _join_paragraphs(item: HtmlElement) -> None:
    """A list item stays one item when it holds paragraphs."""
    for number, paragraph in enumerate(item.findall("p")):
        if number:
            paragraph.text = LINE_BREAK + (paragraph.text or "")
        paragraph.drop_tag()


def _number_items(ordered: HtmlElement) -> None:
    start = ordered.get("start") or "1"
    first = int(start) if start.lstrip("-").isdigit() else 1
    for number, item in enumerate(ordered.findall("li"), first):
        item.text = f"{number}. {(item.text or '').lstrip()}"


def _mark_power(sup: HtmlElement) -> None:
    """``10<sup>6</sup>`` must not become 106."""
    previous = sup.getprevious()
    before = (previous.tail if previous is not None else sup.getparent().text) or ""
    if before[-1:].isdigit() and sup.text_content().strip().lstrip("-−+").isdigit():
        sup.text = "^" + (sup.text or "")
