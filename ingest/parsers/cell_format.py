"""A cell's value as the spreadsheet program shows it, by its number format (ISO 29500-1, 18.8.31)."""

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ingest.parsers.date_format import shown_moment

_PARTS = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[\$(?P<currency>[^\-\]]*)[^\]]*\]|\[[^\]]*\]'
    r"|(?P<number>[0#?][0#?,]*(?:\.[0#?]*,*)?(?P<power>E[+-]0+)?|\.[0#?]+)|(?P<general>General)|(?P<mark>.)",
    re.IGNORECASE,
)
_SECTION = re.compile(r'((?:"[^"]*"|\\.|\[[^\]]*\]|[^;])*)(?:;|$)')
_FRACTION = re.compile(r"[?#0]\s*/\s*[?#0\d]")
_LARGEST = 1e15


def shown(value: Any, number_format: str) -> str:
    """Percentages, currencies, grouping, leading zeros and dates as on the screen; text as it is."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime | date | time | timedelta):
        return shown_moment(value, number_format)
    if isinstance(value, int | float):
        return _shown_number(value, number_format)
    return str(value)


def _shown_number(value: float, number_format: str) -> str:
    sections = _SECTION.findall(number_format or "General")[:-1] or ["General"]
    section, shown_value = sections[0], value
    if value < 0 and len(sections) > 1:
        section, shown_value = sections[1], -value
    elif value == 0 and len(sections) > 2:
        section = sections[2]
    if _FRACTION.search(section) or "@" in section or not abs(value) < _LARGEST:
        return general(value)
    text = _filled(section, abs(shown_value))
    sign = "-" if shown_value < 0 and re.search("[1-9]", text) else ""
    return sign + text.strip()


def _filled(section: str, value: float) -> str:
    percents = re.sub(r'"[^"]*"|\\.', "", section).count("%")
    text, is_placed = "", False
    for part in _PARTS.finditer(section):
        if part["number"] and not is_placed:
            text += _digits(part["number"], value * 100**percents)
            is_placed = True
        elif part["number"]:
            # Digits in several groups, as in telephone numbers, are beyond this: better all of them than some.
            return general(value)
        elif part["general"]:
            text += general(value)
        else:
            text += part["quoted"] or part["escaped"] or part["currency"] or part["mark"] or ""
    return text


def _digits(pattern: str, value: float) -> str:
    mantissa, _, power = pattern.upper().partition("E")
    # Commas at the end divide by a thousand each, those between digits part groups.
    scaled = mantissa.replace(",.", ".").rstrip(",")
    scale = len(mantissa) - len(scaled)
    whole, _, decimals = scaled.partition(".")
    if power:
        return f"{value:.{len(decimals)}E}"
    number = (Decimal(repr(value)) / 1000**scale).quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    integer, _, rest = f"{number:f}".partition(".")
    integer = integer.lstrip("0").rjust(whole.count("0"), "0")
    if "," in whole:
        integer = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", integer)
    # "#" shows a digit only where there is one.
    while rest and rest.endswith("0") and decimals[len(rest) - 1] == "#":
        rest = rest[:-1]
    return f"{integer}.{rest}" if rest else integer


def general(value: float) -> str:
    """A number without a format: all its digits, none that binary fractions add."""
    if float(value).is_integer() and abs(value) < _LARGEST:
        return str(int(value))
    return f"{value:.15g}"
