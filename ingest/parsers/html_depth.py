"""Pages nested deeper than a parser follows: the wrappers too many go, their text stays.

Measured on lxml 6: without ``huge_tree``, as the partitioner calls it, it silently ends the page at a depth of 256, and
with it at 2,048.
"""

import re
from collections import defaultdict

from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types
from lxml.html import HtmlElement  # type: ignore[import-untyped]

MAX_DEPTH = 200
# How many levels of start tags to keep, each tried when the one before was too many: a table is four levels deep.
ATTEMPTS = (MAX_DEPTH, 100, 50, 25, 10)

_TAG = re.compile(r"<(/?)([A-Za-z][^\s/<>]*)[^<>]*>")
_INLINE = frozenset("a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span".split()) | (
    frozenset("strike strong sub sup time tt u var label".split())
)
# They do not nest in themselves, hold no elements, or what they hold is no text of the page.
_LEFT_ALONE = frozenset(
    "p li td th tr tbody thead tfoot caption colgroup col option area base br embed hr img input link meta param "
    "source track wbr script style title textarea xmp plaintext noscript template iframe html head body".split()
)


def is_too_deep(root: HtmlElement) -> bool:
    """Whether an element lies more than ``MAX_DEPTH`` levels below the root."""
    depth = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def flattened(html: str, levels: int) -> str:
    """``html`` without the tags that stand inside ``levels`` or more open ones; a block leaves a line break.

    Works on the source, because no tree holds what the parser cut off.
    """
    was_kept: dict[str, list[bool]] = defaultdict(list)
    depth = 0

    def replacement(tag: re.Match[str]) -> str:
        nonlocal depth
        name = tag.group(2).lower()
        if name in _LEFT_ALONE or (tag.group(1) and not was_kept[name]):
            return tag.group()
        if tag.group(1):
            depth -= 1
            keep = was_kept[name].pop()
        else:
            keep = depth < levels
            was_kept[name].append(keep)
            depth += 1
        return tag.group() if keep else "" if name in _INLINE else "<br>"

    return _TAG.sub(replacement, html)
