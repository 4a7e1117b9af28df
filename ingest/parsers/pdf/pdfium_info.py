"""What the file says about itself: title, author, days, language."""

import re
from typing import Any

from core.text import language_of

_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-])(\d\d)'?(\d\d)?)?")
_KEYS = {"Title": "title", "Author": "author", "Subject": "subject", "Keywords": "keywords"}
_DAYS = {"CreationDate": "created", "ModDate": "modified"}


def read_info(pdf: Any) -> dict[str, str]:
    """The properties that hold something, under the names of ``ingest.metadata``; days in ISO 8601."""
    stated = pdf.get_metadata_dict()
    info = {
        name: " ".join(stated[key].split()) for key, name in _KEYS.items() if (stated.get(key) or "").strip("\x00 ")
    }
    info |= {name: day for key, name in _DAYS.items() if (day := iso(stated.get(key) or ""))}
    if language := _language(pdf):
        info["language"] = language
    return info


def iso(date: str) -> str:
    """A PDF date (ISO 32000-1, 7.9.4) in ISO 8601 as far as it goes; empty where it is none."""
    match = _DATE.fullmatch(date.strip().rstrip("'"))
    if match is None or not match[2] or not match[3]:
        return ""
    year, month, day, hour, minute, second, zulu, sign, hours, minutes = match.groups()
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return ""
    if not hour or not minute:
        return f"{year}-{month}-{day}"
    zone = "+00:00" if zulu else f"{sign}{hours}:{minutes or '00'}" if sign else ""
    return f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{zone}"


def _language(pdf: Any) -> str:
    from ctypes import c_ushort

    import pypdfium2.raw as raw

    size = raw.FPDFCatalog_GetLanguage(pdf.raw, None, 0)
    if not 2 < size < 200:
        return ""
    buffer = (c_ushort * (size // 2))()
    raw.FPDFCatalog_GetLanguage(pdf.raw, buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").strip("\x00 ")


def without_wrong_language(info: dict[str, str], text: str) -> dict[str, str]:
    """Programs state the language of their menus: one that contradicts the characters of the text is left out."""
    stated = info.get("language", "").lower()[:2]
    if stated in {"en", "zh"} and stated != language_of(text):
        return {key: value for key, value in info.items() if key != "language"}
    return info
