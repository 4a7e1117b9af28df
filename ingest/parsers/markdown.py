"""Markdown: the front matter goes into metadata, the rest becomes HTML by the CommonMark rules."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
_HTML_TAGS = frozenset(
    "a abbr address article aside b bdi bdo big blockquote br button caption center cite code col colgroup dd del "
    "details dfn div dl dt em figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr i iframe img input ins "
    "kbd label li main mark nav ol p picture pre q s samp script section small source span strike strong style sub "
    "summary sup svg table tbody td tfoot th thead time title tr tt u ul var video wbr".split()
)


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The metadata of a leading YAML block and the text after it; ``({}, text)`` where there is none."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    fields = _fields(match.group(1))
    return (fields, text[match.end() :]) if fields is not None else ({}, text)


def _fields(block: str) -> dict[str, str] | None:
    import yaml

    try:
        # The base loader keeps every value as it is written: 1.10 stays 1.10 and a date stays a string.
        loaded = yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506 - the base loader builds strings, lists and dicts only
    except yaml.YAMLError:
        return None
    if loaded is None or loaded == "":
        return {}
    if not isinstance(loaded, dict):
        return None
    return {str(key): _flat(value) for key, value in loaded.items()}


def _flat(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_flat(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_flat(item)}" for key, item in value.items())
    return str(value)


def to_html(text: str) -> str:
    """CommonMark with tables. What only looks like a tag (``<TOKEN>``) is text, not markup.

    Not Python-Markdown, which the partitioner would use: it loses such placeholders, flattens lists that are nested by
    two or three spaces, and dissolves code inside list items.
    """
    return str(_renderer().render(text))


@cache
def _renderer() -> Any:
    from markdown_it import MarkdownIt

    renderer = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    renderer.add_render_rule("html_inline", _html)
    renderer.add_render_rule("html_block", _html)
    return renderer


def _html(_self: object, tokens: Sequence[Any], index: int, _options: object, _env: object) -> str:
    content = str(tokens[index].content)
    return _TAG.sub(
        lambda tag: tag.group() if tag.group(1).lower() in _HTML_TAGS else "&lt;" + tag.group()[1:], content
    )
