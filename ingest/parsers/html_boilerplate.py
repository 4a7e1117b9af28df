"""What surrounds the content of a page: navigation, cookie bars, page headers and footers."""

import re

from lxml.html import HtmlElement  # type: ignore[import-untyped]  # lxml ships no types

from ingest.parsers.html_tree import HEADINGS, drop_unseen

_DROPPED_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "menubar", "toolbar"})
# A word inside a class, and names that must be the whole of a class or an id.
_DROPPED_CLASS = re.compile(
    r"(?:^|[\s_-])(?:breadcrumbs?|cookies?-?(?:bar|banner|notice|consent|popup)|skip-?(?:link|to)|pagination|feedback|"
    r"related(?:-articles)?|newsletter|site-?(?:header|footer|nav)|navbar|social|share|material-icons)(?:$|[\s_-])",
    re.IGNORECASE,
)
_DROPPED_NAMES = frozenset(
    "footer toc table-of-contents nav navigation navbar menu topbar top-bar crumbs gdpr cookie-banner cookie-bar "
    "cookie-notice cookie-consent breadcrumb breadcrumbs related related-articles pagination".split()
)
# These may hold content: only where links make up most of the text.
_DOUBTFUL_NAMES = frozenset("sidebar side-bar header aside top links".split())
_LINE_NUMBERS = frozenset("linenos lineno linenodiv gutter line-numbers-rows blob-num".split())
_ANCHORS = frozenset("headerlink anchor-link anchorjs-link header-anchor hash-link".split())


def content_of(root: HtmlElement) -> HtmlElement:
    """The part of a page that holds its content, changed in place.

    Nothing that holds a heading of the first level or half of the text is taken for boilerplate.
    """
    body = drop_unseen(root)
    whole = len(body.text_content())
    for element in list(body.iterdescendants()):
        if element.getparent() is None or not _is_boilerplate(element):
            continue
        if element.find(".//h1") is None and len(element.text_content()) <= whole / 2:
            element.drop_tree()
    return _main(body)


def _is_boilerplate(element: HtmlElement) -> bool:
    if element.tag == "nav" or element.get("role") in _DROPPED_ROLES:
        return True
    if element.tag in {"header", "footer"}:
        return next(element.iterancestors("main", "article", "section", "blockquote"), None) is None
    if element.tag in HEADINGS or element.tag in {"main", "article", "body"}:
        return False
    classes = (element.get("class") or "").lower()
    names = set(classes.split())
    if not names.isdisjoint(_LINE_NUMBERS) or (element.tag == "a" and not names.isdisjoint(_ANCHORS)):
        return True
    return bool(_DROPPED_CLASS.search(classes)) or _is_named_boilerplate(element, names)


def _is_named_boilerplate(element: HtmlElement, classes: set[str]) -> bool:
    # The id of a section is often made from its heading: one about cookies is no cookie bar.
    names = classes | ({(element.get("id") or "").lower()} if element.tag != "section" else set())
    if names.isdisjoint(_DROPPED_NAMES) and (names.isdisjoint(_DOUBTFUL_NAMES) or not _is_mostly_links(element)):
        return False
    return next(element.iterancestors("main", "article", "table"), None) is None


def _is_mostly_links(element: HtmlElement) -> bool:
    linked = sum(len("".join(link.text_content().split())) for link in element.iter("a"))
    return 2 * linked > len("".join(element.text_content().split()))


def _main(body: HtmlElement) -> HtmlElement:
    """The page's one ``main`` where it holds most of the text, with a title that stands above it."""
    mains = body.xpath(".//main | .//*[@role='main']")
    if len(mains) != 1 or 2 * len(mains[0].text_content()) < len(body.text_content()):
        return body
    titles = body.xpath("(.//h1)[not(ancestor::main) and not(ancestor::*[@role='main'])]")
    if len(titles) == 1 and mains[0].find(".//h1") is None:
        mains[0].insert(0, _moved(titles[0]))
        mains[0][0].tail, mains[0].text = mains[0].text, None
    return mains[0]


def _moved(element: HtmlElement) -> HtmlElement:
    # drop_tree keeps the text that follows the element where it was.
    element.drop_tree()
    return element
