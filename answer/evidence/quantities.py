"""Amounts, dates and versions of a sentence with what they count, so that "14 days" and 十四天 can be compared.

``answer/proof/licence`` asks whether a claim may say a number at all; this tells the values of one thing apart, so that
people, devices and files are units here and a range is one value. Both read numerals alike.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import regex

from answer.proof.licence.numerals import ENGLISH_NUMERAL, HAN_NUMERAL, SCALE, chinese_number, english_number, scaled
from core.text import normalise, simplify
from core.types import Span

# The first that matches names the unit: each row is a unit's name and how it is written behind a number.
_UNITS = {
    "business_day": r"(?:business|working)[\s-]days?|个?工作日",
    "day": r"(?:calendar[\s-])?days?(?!\p{L})|个?自然日|天|日(?!期)",
    "hour": r"hours?(?!\p{L})|hrs?\b|h\b|个?小时|个钟头",
    "minute": r"minutes?(?!\p{L})|mins?\b|分钟",
    "second": r"seconds?(?!\p{L})|secs?\b|秒钟?",
    "week": r"weeks?(?!\p{L})|个?(?:星期|礼拜)|周",
    "month": r"months?(?!\p{L})|个月",
    "year": r"years?(?!\p{L})|年(?!\d|\s*\d+\s*月)",
    "percent": r"%|per\s?cent\b|percent\b",
    "dollar": r"USD\b|(?:US )?dollars?\b|美元|\$",
    "euro": r"EUR\b|euros?\b|欧元|€",
    "yuan": r"CNY\b|RMB\b|yuan\b|元|块钱?",
    "pound": r"GBP\b|pounds?\b|英镑",
    "byte": r"[KMGT]i?B\b|(?:kilo|mega|giga|tera)bytes?\b",
    "rate": r"[KMG]bit/s|[KMG]bps",
    "person": r"(?:users?|people|persons?|members?|seats?|employees|licen[cs]es)\b|个?(?:用户|成员|人|席位|账号)|名|位",
    "device": r"(?:devices?|clients?|computers?|phones?|machines?)\b|台|个?(?:设备|客户端|终端)",
    "time": r"times\b|次",
    "file": r"(?:files?|documents?)\b|个?(?:文件|文档)",
}
_BYTES = {"k": 1, "m": 2, "g": 3, "t": 4}
_FIGURE = r"\d+(?:,\d{3})*(?:\.\d+)?"
# "5 to 7 days" is one amount.
_NUMBER = (
    rf"(?<![A-Za-z\d.\-_/:])(?P<digits>{_FIGURE})(?:\s?(?P<scale>{SCALE}))?"
    rf"(?:\s?(?:[-–~～至到]|to)\s?(?P<most>{_FIGURE})(?:\s?(?P<most_scale>{SCALE}))?)?"
    rf"|(?P<han>{HAN_NUMERAL})|(?P<english>{ENGLISH_NUMERAL})"
)
_BEHIND = {unit: regex.compile(rf"\s?-?(?:{written})", regex.IGNORECASE) for unit, written in _UNITS.items()}
_AMOUNT = regex.compile(_NUMBER, regex.IGNORECASE)
_IS_YEAR = regex.compile(r"(?:19|20)\d\d\s?年")
_SIGNED = regex.compile(rf"(?P<sign>[$€£¥￥])\s?(?P<digits>{_FIGURE})(?:\s?(?P<scale>{SCALE}))?")
_SIGNS = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yuan", "￥": "yuan"}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_DATES = (
    regex.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
    regex.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)\s*年\s*(?P<number>\d{1,2})\s*月(?:\s*(?P<day>\d{1,2})\s*日)?"),
    regex.compile(rf"(?i)(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?\s+(?P<year>(?:19|20)\d\d)"),
    regex.compile(rf"(?i)\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)"),
)
_VERSION = regex.compile(r"(?<![\w.$€£¥])v?(\d+(?:\.\d+){1,3})(?![\w.]*\d|\s*(?:%|[kmgt]b\b|元))", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quantity:
    """``value`` in one spelling, ``unit`` by name (``day``, ``yuan``, ``date``, ``version``), ``span`` in the text."""

    value: str
    unit: str
    span: Span


def quantities(text: str) -> tuple[Quantity, ...]:
    """In the order of the text, no two overlapping; numbers without a known unit are left out.

    Amounts of bytes are counted in kilobytes, so that 1 TB and 1,000 GB are equal.
    """
    normal = normalise(text)
    plain = simplify(normal if len(normal) == len(text) else text)
    found: list[Quantity] = []
    for quantity in (*_dates(plain), *_signed(plain), *_amounts(plain), *_versions(plain)):
        if not any(quantity.span.overlap(other.span) for other in found):
            found.append(quantity)
    return tuple(sorted(found, key=lambda quantity: quantity.span))


def _dates(text: str) -> list[Quantity]:
    return [Quantity(_iso(match), "date", Span(*match.span())) for form in _DATES for match in form.finditer(text)]


def _iso(match: regex.Match[str]) -> str:
    parts = match.groupdict()
    month = int(parts["number"]) if parts.get("number") else _MONTHS.index(parts["month"].lower()) + 1
    day = f"-{int(parts['day']):02}" if parts.get("day") else ""
    return f"{parts['year']}-{month:02}{day}"


def _signed(text: str) -> list[Quantity]:
    return [
        Quantity(_plain(scaled(match["digits"], match["scale"] or "")), _SIGNS[match["sign"]], Span(*match.span()))
        for match in _SIGNED.finditer(text)
    ]


def _amounts(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    for match in _AMOUNT.finditer(text):
        if _IS_YEAR.match(text, match.start()):
            continue
        for unit, behind in _BEHIND.items():
            if end := behind.match(text, match.end()):
                factor = 1_000 ** (_BYTES[end.group().strip(" -")[0].lower()] - 1) if unit == "byte" else 1
                value = "-".join(_plain(number * factor) for number in _numbers(match))
                found += [Quantity(value, unit, Span(match.start(), end.end()))] if value else []
                break
    return found


def _numbers(match: regex.Match[str]) -> list[Fraction]:
    """One number or both ends of a range; none where the characters form no numeral."""
    if match["han"]:
        value = chinese_number(match["han"])
        return [] if value is None else [Fraction(value)]
    if match["english"]:
        return [Fraction(english_number(match["english"]))]
    scale, most_scale = match["scale"] or "", match["most_scale"] or ""
    # In "3 to 5 thousand" the scale is that of both.
    first = scaled(match["digits"], scale or most_scale)
    return [first, scaled(match["most"], most_scale)] if match["most"] else [first]


def _versions(text: str) -> list[Quantity]:
    return [Quantity(match[1], "version", Span(*match.span())) for match in _VERSION.finditer(text)]


def _plain(value: Fraction) -> str:
    return f"{(Decimal(value.numerator) / value.denominator).normalize():f}"
