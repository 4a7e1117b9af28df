"""Bytes become text: marks and declarations first, then UTF-8, then the Chinese encodings, then a guess."""

import codecs
import re

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
# Codec, table and the first bytes of its everyday characters.
_CHINESE = (("gb18030", "gb2312", range(0xB0, 0xD8)), ("big5hkscs", "big5", range(0xA4, 0xC7)))
_MARK_LEADS = range(0xA1, 0xA4)
# The most frequent characters of both scripts: text decoded by the wrong table hardly ever hits them.
_FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然"
    "家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把"
    "這個們來為國說時會對後發過裡動種經麼學現當沒還進樣長無與開從實"
)


def decode(data: bytes) -> str:
    """The text of ``data``, without a byte order mark; never raises.

    GB18030 and Big5 are tried before the general guess because a guess over a short Chinese text is often wrong;
    each is taken only where it reads everyday characters.
    """
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return data.decode(marked, "replace")
    for name in (_without_mark(data), _declared(data), "utf-8"):
        if name and (text := _strictly(data, name)) is not None:
            return text
    return _chinese(data) or _guessed(data)


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


def _declared(data: bytes) -> str | None:
    match = _DECLARED.search(data[:2_000])
    if match is None:
        return None
    name = match.group(1).decode("ascii").lower()
    if name in {"gb2312", "gbk"}:
        return "gb18030"  # pages that declare the older set use characters of the newer one
    # A declaration that can be read as bytes is not UTF-16, whatever it says.
    return None if name.startswith(("utf-16", "utf-32")) else name


def _strictly(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None


def _chinese(data: bytes) -> str | None:
    best, best_score = None, 0.0
    for name, table, leads in _CHINESE:
        text = _strictly(data, name)
        foreign = [character for character in text or "" if character > "\x7f"]
        if text is None or not foreign:
            continue
        common = sum(_is_common(character, table, leads) for character in foreign) / len(foreign)
        frequent = sum(character in _FREQUENT for character in foreign) / len(foreign)
        if common >= 0.7 and (frequent > 0.03 or len(foreign) < 30) and common + frequent > best_score:
            best, best_score = text, common + frequent
    return best


def _is_common(character: str, table: str, leads: range) -> bool:
    """Whether it is a mark or stands in the first level of the table, where the everyday characters are."""
    code = character.encode(table, "ignore")
    return len(code) == 2 and (code[0] in leads or code[0] in _MARK_LEADS)


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    # Without a mark or zero bytes it is not UTF-16, as which any even number of bytes can be read.
    best = from_bytes(data[:200_000], cp_exclusion=["utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_7"]).best()
    return data.decode(best.encoding if best else "cp1252", "replace")
