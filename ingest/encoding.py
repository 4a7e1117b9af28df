"""Bytes become text: marks first, then UTF-8, what the file declares, the Chinese encodings, Western ones, a guess.

Every reading is checked against the bytes: a declaration, and UTF-8 too, is believed only where it gives likely text.
"""

import codecs
import re

from ingest.likely_text import is_chinese, is_chinese_utf16, is_japanese, is_one_script, is_western

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Whether each byte of four is mostly zero in text of Latin letters; None where Chinese in it decides.
_ZERO_PATTERNS = {
    "utf-32-le": (False, None, True, True),
    "utf-32-be": (True, True, None, False),
    "utf-16-le": (False, True, False, True),
    "utf-16-be": (True, False, True, False),
}
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_\-:]{2,30})""")
# What declares the older set uses characters of the newer one (the Encoding Standard of WHATWG says the same).
_NEWER = {
    **dict.fromkeys(("gb2312", "gbk", "gb_2312-80", "x-gbk", "cp936", "chinese"), "gb18030"),
    **dict.fromkeys(("big5", "big5-eten", "x-x-big5", "cn-big5"), "big5hkscs"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "korean"), "cp949"),
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "iso8859-1"), "cp1252"),
}
_CHINESE = ("gb18030", "big5hkscs")
_LONG = 10_000


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of ``data``, without a byte order mark; never raises.

    ``declared`` is what stands outside of the bytes, in a mail's header; without it a declaration inside them counts.
    """
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return data.decode(marked, "replace")
    unmarked = _without_mark(data)
    if unmarked and (text := _exactly(data, unmarked)) is not None:
        return text
    stated = _newer(declared or _declaration(data))
    return _unicode(data, stated) or _stated(data, stated) or _likely(data) or _guessed(data)


def _without_mark(data: bytes) -> str | None:
    """UTF-16 or UTF-32 that begins without a mark shows in where its zero bytes stand."""
    head = data[:4_000]
    if len(head) < 8 or b"\0" not in head:
        return None
    zeros = [head[i::4].count(0) / len(head[i::4]) for i in range(4)]
    for name, pattern in _ZERO_PATTERNS.items():
        if all(expected is None or (share > 0.4) == expected for share, expected in zip(zeros, pattern, strict=True)):
            return name
    return None


def _declaration(data: bytes) -> str:
    match = _DECLARED.search(data[:2_000])
    return match.group(1).decode("ascii") if match else ""


def _newer(name: str) -> str:
    name = name.strip("\"' ").lower()
    # A declaration that can be read as bytes is not UTF-16, whatever it says.
    return "" if name.startswith(("utf-16", "utf-32", "utf-7")) else _NEWER.get(name, name)


def _unicode(data: bytes, stated: str) -> str | None:
    """UTF-8 where the bytes are; not for pure ASCII in which something else is declared (ISO-2022-JP, HZ)."""
    text = _exactly(data, "utf-8")
    if text is None:
        return None
    if text.isascii():
        return text if not stated or (b"\x1b" not in data and b"~{" not in data) else None
    if is_one_script(text):
        return text
    # Two or three Chinese characters in an old encoding can be read as UTF-8, as marks of scripts that never meet.
    return None if _stated(data, stated if stated in _CHINESE else "") or _chinese(data) else text


def _stated(data: bytes, name: str) -> str | None:
    if not name or name == "cp1252":
        # Any bytes can be read so, and templates declare it whatever is written into them: _likely decides.
        return None
    text = _exactly(data, name)
    return text if text is not None else _nearly(data, name)


def _likely(data: bytes) -> str | None:
    if is_chinese_utf16(data, high=1):
        return data.decode("utf-16-le", "replace")
    if is_chinese_utf16(data, high=0):
        return data.decode("utf-16-be", "replace")
    western = data.decode("cp1252", "replace")
    return _chinese(data) or _nearly(data, "utf-8") or _japanese(data) or (western if is_western(western) else None)


def _chinese(data: bytes) -> str | None:
    readings = [(name, text) for name in _CHINESE if (text := _exactly(data, name) or _nearly(data, name))]
    scored = [(is_chinese(text, name), text) for name, text in readings]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, ""))
    return best[1] if best[0] else None


def _japanese(data: bytes) -> str | None:
    text = _exactly(data, "cp932")
    return text if text and is_japanese(text) else None


def _exactly(data: bytes, name: str) -> str | None:
    """The text, with a mark in place of a character that the end of the bytes cuts; None for any other fault."""
    try:
        decoder = codecs.getincrementaldecoder(name)("strict")
        text = decoder.decode(data, False)
        rest = decoder.getstate()[0]
    except (UnicodeDecodeError, LookupError, AttributeError):
        return _strictly(data, name)
    if not rest:
        return text
    # In a short text without another such character the cut one is more likely a whole one of another encoding.
    return text + "\ufffd" if len(data) >= _LONG or not text.isascii() else None


def _strictly(data: bytes, name: str) -> str | None:
    """For the codecs that cannot read in steps."""
    try:
        text = codecs.decode(data, name)
    except (ValueError, LookupError, TypeError):
        return None
    return text if isinstance(text, str) else None


def _nearly(data: bytes, name: str) -> str | None:
    """The text where a hundredth of its foreign characters at most is damaged."""
    try:
        text = data.decode(name, "replace")
    except (LookupError, ValueError, TypeError):
        return None
    damaged = text.count("\ufffd")
    foreign = sum(character > "\x7f" for character in text)
    return text if 100 * damaged <= foreign else None


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    # Without a mark or zero bytes it is not UTF-16, as which any even number of bytes can be read.
    best = from_bytes(data[:200_000], cp_exclusion=["utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_7"]).best()
    return data.decode(best.encoding if best else "cp1252", "replace")
