"""Days and moments as files state them, in English and Chinese, to ISO 8601; what is not certain stays unread."""

import email.utils
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_CLOCK = re.compile(r"[T\s]*(?:(?P<noon>上午|下午|凌晨|晚上)\s*)?(?P<h>\d{1,2})(?::|[时点])(?P<m>\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*[日号]?(?!\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})(?!\d)")
_DAY_MONTH = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s-]+([A-Za-z]{3,9})\.?,?[\s-]+(\d{4})(?!\d)"
)
_MONTH_DAY = re.compile(r"(?:[A-Za-z]{3,9},\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)")
_COMPACT = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?(?:([+-])(\d{2})'?(\d{2})'?|Z.*)?$")
_RANGE = re.compile(r"\s*(?:至|到|~|～|—+|–|\bto\b|\buntil\b|/(?=\d{4}))\s*|\s-\s")


def moment(text: str) -> str | None:
    """``YYYY-MM-DD`` or, where a time of day is given too, ``YYYY-MM-DDTHH:MM:SS`` with its offset, if any.

    Reads ISO 8601, mail headers, PDF dates, dates with slashes or dots, English months and Chinese dates. None for
    anything else and for a date that two countries read differently (``03/04/2026``).
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if not 6 <= len(plain) <= 100:
        return None
    for read in (_iso, _compact, _mail, _written):
        try:
            found = read(plain)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
        if found is not None:
            return found.isoformat()
    return None


def day(text: str) -> str | None:
    """``YYYY-MM-DD``, the day that is written, whatever its time of day and zone; None like ``moment``."""
    found = moment(text)
    return found[:10] if found else None


def days(text: str) -> tuple[str, str] | None:
    """First and last day of a stated period (``2026年1月1日至2026年12月31日``, ``2026-01-01 to 2026-12-31``)."""
    parts = _RANGE.split(unicodedata.normalize("NFKC", text).strip())
    if len(parts) != 2:
        return None
    first, last = day(parts[0]), day(parts[1])
    return (first, last) if first and last else None


def _iso(text: str) -> date | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}", text):
        return None
    return date.fromisoformat(text) if len(text) == 10 else _whole_seconds(datetime.fromisoformat(text))


def _compact(text: str) -> date | None:
    """``20260102``, and the dates of PDF and ASN.1."""
    match = _COMPACT.match(text)
    if match is None:
        return None
    year, month, number, hour, minute, second, sign, hours, minutes = match.groups()
    if hour is None:
        return date(int(year), int(month), int(number))
    zone = f"{sign}{hours}:{minutes}" if sign else "+00:00" if "Z" in text else ""
    return datetime.fromisoformat(f"{year}-{month}-{number}T{hour}:{minute}:{second or '00'}{zone}")


def _mail(text: str) -> date | None:
    if not re.search(r"\d:\d\d", text) or not re.search("[A-Za-z]{3}", text):
        return None
    return email.utils.parsedate_to_datetime(text)


def _written(text: str) -> date | None:
    for pattern, order in _ORDERS:
        if match := pattern.match(text):
            found = order(*match.groups())
            return _with_clock(found, text[match.end() :]) if found else None
    return None


def _with_clock(found: date, rest: str) -> date:
    clock = _CLOCK.match(rest)
    if clock is None:
        return found
    hour = int(clock["h"])
    if clock["noon"] in {"下午", "晚上"} and hour < 12:
        hour += 12
    return datetime(found.year, found.month, found.day, hour, int(clock["m"]))


def _whole_seconds(found: datetime) -> datetime:
    return found.replace(microsecond=0)


def _from_year_first(year: str, month: str, number: str) -> date:
    return date(int(year), int(month), int(number))


def _from_year_last(first: str, second: str, year: str) -> date | None:
    """Only where one of the two numbers can be no month, or both are the same."""
    a, b = int(first), int(second)
    if a != b and a <= 12 and b <= 12:
        return None
    return date(int(year), min(a, b), max(a, b)) if min(a, b) <= 12 else None


def _from_day_month(number: str, month: str, year: str) -> date:
    return date(int(year), _MONTHS.get(month[:3].lower(), 0), int(number))


def _from_month_day(month: str, number: str, year: str) -> date:
    return _from_day_month(number, month, year)


_ORDERS: tuple[tuple[re.Pattern[str], Callable[[str, str, str], date | None]], ...] = (
    (_YEAR_FIRST, _from_year_first),
    (_YEAR_LAST, _from_year_last),
    (_DAY_MONTH, _from_day_month),
    (_MONTH_DAY, _from_month_day),
)
