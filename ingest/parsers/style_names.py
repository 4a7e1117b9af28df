"""What the names of styles and fonts say, in the languages of the word processors that our users have."""

import re

_HEADING = re.compile(r"(?:heading|标题|標題|überschrift|titre|título)[\s_]*([1-9])", re.IGNORECASE)
_TITLE = frozenset({"title", "标题", "標題", "文档标题", "文件標題"})
_CONTENTS = re.compile(r"(?:toc|contents|目录|目錄)\s*(?:heading|标题|標題|\d)", re.IGNORECASE)
_CODE = re.compile(
    r"\b(?:code|source|preformatted|macro text|plain text|verbatim|listing)\b|代码|代碼|程序|预设格式|純文字|纯文本",
    re.IGNORECASE,
)
_MONOSPACED = re.compile(
    r"consolas|courier|mono\b|menlo|monaco|lucida console|source code|fira code|cascadia", re.IGNORECASE
)


def heading_level(name: str) -> int:
    """1 to 9 for the name of a heading style, 1 for that of a document's title, 0 for any other."""
    match = _HEADING.fullmatch(name.strip())
    return int(match.group(1)) if match else int(name.strip().lower() in _TITLE)


def is_contents(name: str) -> bool:
    """Whether lines of this style stand in a table of contents."""
    return bool(_CONTENTS.fullmatch(name.strip()))


def is_code(name: str) -> bool:
    """Whether a style of this name is made for code."""
    return bool(_CODE.search(name))


def is_monospaced(font: str) -> bool:
    """Whether all letters of the font are of one width, as far as its name tells."""
    return bool(_MONOSPACED.search(font))
