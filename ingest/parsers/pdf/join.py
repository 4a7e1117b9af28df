"""Lines put together: words parted at line ends made whole, Chinese without blanks."""

import re
from collections.abc import Sequence

from ingest.parsers.pdf.types import HYPHEN

HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_PARTED, _DASHED = re.compile(r"[^\W\d_]-$"), re.compile(r"\w-$")
_HYPHENATED = re.compile(rf"(\w+){HYPHEN}\s*(\w+)")
# "pre- and post-": such a hyphen stands for a word, not for a line end.
_SUSPENDED = re.compile(r"(?:and|or|to|und|oder|bis)\b")


def joined(lines: Sequence[str], words: frozenset[str] = frozenset()) -> str:
    """One text of ``lines``. ``words``: those of the document in lower case, to tell a hyphen from a line end's."""
    text = lines[0].strip() if lines else ""
    for line in lines[1:]:
        text = _with(text, line.strip())
    return _without_hyphens(text, words)


def _with(text: str, following: str) -> str:
    if text.endswith(HYPHEN):
        return f"{text[:-1]}- {following}" if _SUSPENDED.match(following) else text + following
    if _PARTED.search(text[-2:]) and following[:1].islower() and not _SUSPENDED.match(following):
        return text[:-1] + HYPHEN + following
    if _DASHED.search(text[-2:]) and not _SUSPENDED.match(following):
        return text + following
    both_han = text and HAN.match(text[-1]) and HAN.match(following)
    return text + following if both_han else f"{text} {following}"


def _without_hyphens(text: str, words: frozenset[str]) -> str:
    """A word parted at a line end as it is written elsewhere in the document, or else in one."""

    def whole(match: re.Match[str]) -> str:
        before, after = match.groups()
        hyphenated = f"{before}-{after}"
        written = hyphenated.lower() in words and (before + after).lower() not in words
        return hyphenated if written or not after[:1].islower() or before[-1:].isdigit() else before + after

    return _HYPHENATED.sub(whole, text).replace(HYPHEN, "-") if HYPHEN in text else text
