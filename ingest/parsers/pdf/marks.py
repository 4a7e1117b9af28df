"""The marks that list items begin with."""

import re

_GLYPHS = "•●○▪◦·■□►➢✓◆◇❖\uf0b7\uf0a7\uf06c\uf0d8"
_NUMBER = r"\(?\d{1,3}(?:[.)]|\.\))|\(?[a-z][.)]|[（(][一二三四五六七八九十\d]+[)）]"
_MARKER = re.compile(rf"[{_GLYPHS}–*※-]|{_NUMBER}|\d{{1,3}}、|\d+(?:\.\d+)+[.:)]?")
_ITEM = re.compile(rf"[{_GLYPHS}]|[-–*※]\s|(?:{_NUMBER})\s|[（(][一二三四五六七八九十\d]+[)）]|\d{{1,3}}、")


def is_marker(text: str) -> bool:
    """Whether ``text`` is a bullet or the number of an item and nothing else."""
    return bool(_MARKER.fullmatch(text.strip()))


def begins_item(text: str) -> bool:
    """Whether ``text`` begins with a bullet or the number of an item."""
    return bool(_ITEM.match(text.strip()))


def without_bullet(text: str) -> str:
    """``text`` without the bullets at its begin; numbers stay, since text may refer to them."""
    return text.lstrip(f"{_GLYPHS} ")
