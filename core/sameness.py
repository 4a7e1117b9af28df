"""Which texts say the same: the same words and marks in the same order, however they are written."""

import unicodedata
from functools import cache
from itertools import pairwise

from core.text import simplify

_HAN = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000))
_WIDE_AND_NARROW = range(0xFF01, 0xFFEF)


def same_words(text: str) -> str:
    """A form that is equal for texts that differ only in width, case, white space, or Simplified and Traditional.

    Nothing else is folded, because it can carry the fact: ``10²`` is not ``102`` (full compatibility forms make it so),
    ``-5`` is not ``5`` and ``>10 %`` is not ``10 %`` (index terms are).
    """
    parts = text.split()
    if text.isascii():
        return " ".join(parts).lower()
    return unicodedata.normalize("NFC", _joined(parts)).translate(_common_forms()).casefold()


def _joined(parts: list[str]) -> str:
    """White space at a Chinese character or mark means nothing, any other separates words."""
    if not parts:
        return ""
    joined = [parts[0]]
    for before, after in pairwise(parts):
        joined += ("" if _is_chinese(before[-1]) or _is_chinese(after[0]) else " ", after)
    return "".join(joined)


def _is_chinese(character: str) -> bool:
    if any(ord(character) in block for block in _HAN):
        return True
    return character > "\u3000" and unicodedata.category(character).startswith("P")


@cache
def _common_forms() -> dict[int, str]:
    """Full and half width forms to the common ones and Traditional characters to Simplified, one for one."""
    han = "".join(chr(code) for block in _HAN for code in block)
    simplified = {ord(old): new for old, new in zip(han, simplify(han), strict=True) if old != new}
    return simplified | {code: unicodedata.normalize("NFKC", chr(code)) for code in _WIDE_AND_NARROW}
