"""Markdown to HTML by the CommonMark rules, with tables, footnotes, definition lists and struck-out text."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from ingest.parsers.markdown_rows import with_whole_rows

_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
_HTML_TAGS = frozenset(
    "a abbr address article aside b bdi bdo big blockquote br button caption center cite code col colgroup dd del "
    "details dfn div dl dt em figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr i iframe img input ins "
    "kbd label li main mark nav ol p picture pre q rp rt ruby s samp script section small source span strike strong "
    "style sub summary sup svg table tbody td tfoot th thead time title tr tt u ul var video wbr".split()
)
_HEADING_ID = re.compile(r"^( {0,3}#{1,6}[ \t].{0,300}?)[ \t]{0,9}\{#[\w.:-]+\}[ \t]*$", re.MULTILINE)
# Chinese is written without spaces: in ``**注意：**请`` CommonMark takes the second ** for no end of anything, as a
# mark stands before it and a letter after it. A mark of no meaning, put between and taken out again, makes it one.
_MARK = "\u2e56"
_CJK_MARKS = "，。、；：！？（）《》〈〉【】「」『』“”‘’…—％"
_CJK_END = re.compile(rf"(?<=[{_CJK_MARKS}])(\*{{1,3}})(?=[^\W_])")
_CJK_START = re.compile(rf"(?<=[^\W_])(\*{{1,3}})(?=[{_CJK_MARKS}])")


def to_html(text: str) -> str:
    """CommonMark with tables. What only looks like a tag (``<TOKEN>``) is text, not markup.

    Not Python-Markdown: it loses such placeholders, flattens lists that are nested by two or three spaces, and
    dissolves code inside list items.
    """
    text = with_whole_rows(_HEADING_ID.sub(r"\1", text))
    if _MARK not in text:
        text = _CJK_START.sub(rf"{_MARK}\1", _CJK_END.sub(rf"\1{_MARK}", text))
        return str(_renderer().render(text)).replace(_MARK, "")
    return str(_renderer().render(text))


@cache
def _renderer() -> Any:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    renderer = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(footnote_plugin).use(deflist_plugin)
    renderer.add_render_rule("html_inline", _html)
    renderer.add_render_rule("html_block", _html)
    renderer.add_render_rule("footnote_anchor", _nothing)
    return renderer


def _nothing(*_args: object) -> str:
    """The arrow that leads from a note back to its place."""
    return ""


def _html(_self: object, tokens: Sequence[Any], index: int, _options: object, _env: object) -> str:
    content = str(tokens[index].content)
    return _TAG.sub(
        lambda tag: tag.group() if tag.group(1).lower() in _HTML_TAGS else "&lt;" + tag.group()[1:], content
    )
