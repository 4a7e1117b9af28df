"""Names of files inside files: what bytes mean, which ones are refused, and how a hostile one is shown."""

import re
import unicodedata
from collections.abc import Sequence

# Marks that turn, hide or break what is printed after them: controls, line separators and bidirectional formatting.
_TRICKS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_DRIVE = re.compile(r"[A-Za-z]:")
# The everyday characters of each table: level 1 of GB2312 and the frequent plane of Big5, as first bytes.
_TABLES = (("gb18030", "gb2312", range(0xB0, 0xD8)), ("big5hkscs", "big5", range(0xA4, 0xC7)))
_EVERYDAY_SHARE = 0.6


def shown(name: str) -> str:
    """``name`` with every character escaped that would not show as itself."""
    return _TRICKS.sub(lambda match: match.group().encode("unicode_escape").decode(), _printable(name))


def why_refused(name: str) -> str:
    """Why a member of this name (with ``/`` between folders) is not read; empty where it may be."""
    if _TRICKS.search(name) or _printable(name) != name:
        return "the name holds control characters or marks that reverse its direction; rename the file"
    if name.startswith("/") or _DRIVE.match(name):
        return "the name is an absolute path"
    if ".." in name.split("/"):
        return "the name leads out of its folder"
    return "" if name.strip("/. ") else "the member has no name"


def decode_names(names: Sequence[bytes]) -> list[str]:
    """The names of one archive that does not say in which encoding they are.

    Such archives come from Windows in the code page of the machine: UTF-8 and the Chinese code pages are told by what
    they read as, over all names together, and all else is taken for code page 437, as the format has it.
    """
    joined = b"\n".join(names)
    encoding = next((name for name in ("ascii", "utf-8") if _strictly(joined, name) is not None), None)
    return [name.decode(encoding or _chinese(joined) or "cp437") for name in names]


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _chinese(data: bytes) -> str | None:
    shares = {encoding: _everyday(data, encoding, table, leads) for encoding, table, leads in _TABLES}
    best = max(shares, key=lambda encoding: shares[encoding])
    return best if shares[best] >= _EVERYDAY_SHARE else None


def _everyday(data: bytes, encoding: str, table: str, leads: range) -> float:
    """The share of characters outside ASCII, punctuation aside, that are everyday ones of the table."""
    text = _strictly(data, encoding)
    letters = [each for each in text or "" if each > "\x7f" and unicodedata.category(each)[0] not in "PSZ"]
    return sum(_leads(letter, table) in leads for letter in letters) / len(letters) if letters else 0.0


def _leads(letter: str, table: str) -> int:
    try:
        return letter.encode(table)[0]
    except UnicodeEncodeError:
        return 0
