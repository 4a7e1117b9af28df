"""Rich Text Format as tokens (specification 1.9.1), and the code pages in which its bytes are text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    rb"(?P<group>[{}])|\\(?P<word>[a-zA-Z]+)(?P<number>-?\d{1,10})? ?|\\'(?P<hex>[0-9a-fA-F]{2})"
    rb"|\\(?P<symbol>[^a-zA-Z'])|[\r\n\0]+|(?P<text>[^\\{}\r\n\0]+)|\\",
    re.DOTALL,
)
# Windows character sets of a font table, and the code pages behind them.
_CHARSETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    134: "gb18030",
    136: "big5hkscs",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}
_PAGES = {936: "gb18030", 950: "big5hkscs", 10_000: "mac_roman", 65_001: "utf-8", 54_936: "gb18030"}
EASTERN = frozenset({"cp932", "cp949", "gb18030", "big5hkscs"})
"""Encodings in which a character may take two bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One of: a brace in ``group``; a control ``word`` or symbol, with its ``number``; or ``data``, bytes of text."""

    group: str = ""
    word: str = ""
    number: int | None = None
    data: bytes = b""


def tokens(source: bytes) -> Iterator[Token]:
    """The tokens of an RTF file; line ends of its own layout and embedded binary data are left out."""
    position = 0
    while match := _TOKEN.match(source, position):
        position = match.end()
        if match["group"]:
            yield Token(group=match["group"].decode())
        elif match["word"]:
            number = int(match["number"]) if match["number"] else None
            if match["word"] == b"bin":
                position += max(0, number or 0)
            else:
                yield Token(word=match["word"].decode(), number=number)
        elif match["hex"]:
            yield Token(data=bytes.fromhex(match["hex"].decode()))
        elif match["symbol"]:
            yield Token(word=match["symbol"].decode("latin-1"))
        elif match["text"]:
            yield Token(data=match["text"])


def encoding_of_page(page: int) -> str:
    """The codec of a Windows code page, that of Western Europe where Python knows none."""
    name = _PAGES.get(page, f"cp{page}")
    try:
        b"".decode(name)
    except LookupError:
        return "cp1252"
    return name


def encoding_of_charset(charset: int) -> str:
    """The codec of a font's character set; empty where the file's own code page counts."""
    return _CHARSETS.get(charset, "")
