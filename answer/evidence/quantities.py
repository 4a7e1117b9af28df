"""Amounts, dates and versions of a sentence with what they count, so that "14 days" and 十四天 can be compared."""

from dataclasses import dataclass
from decimal import Decimal

import regex

from core.text import normalise, simplify
from core.types import Span

_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
_NUMBER_WORDS = {**{word: value for value, word in enumerate(_WORDS)}, **_TENS}
_DIGITS_ZH = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_SCALES_ZH = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}

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
_HAN_FIGURE = "[零一二三四五六七八九十百千万两〇]"
# "5 to 7 days" is one amount.
_NUMBER = (
    rf"(?<![A-Za-z\d.\-/_:])(?P<number>{_FIGURE})(?:\s?(?:[-–~～至到]|to)\s?(?P<most>{_FIGURE}))?"
    rf"|(?<!{_HAN_FIGURE})(?P<number>{_HAN_FIGURE}+)"
    rf"|\b(?P<number>{'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))})\b"
)
_BEHIND = {unit: regex.compile(rf"\s?-?(?:{written})", regex.IGNORECASE) for unit, written in _UNITS.items()}
_AMOUNT = regex.compile(_NUMBER, regex.IGNORECASE)
_IS_YEAR = regex.compile(r"(?:19|20)\d\d\s?年")
_SIGNED = regex.compile(rf"(?P<sign>[$€£¥￥])\s?(?P<number>{_FIGURE})")
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
    plain = simplify(normalise(text)) if len(normalise(text)) == len(text) else simplify(text)
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
        Quantity(_plain(_value(match["number"])), _SIGNS[match["sign"]], Span(*match.span()))
        for match in _SIGNED.finditer(text)
    ]


def _amounts(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    for match in _AMOUNT.finditer(text):
        if _IS_YEAR.match(text, match.start()):
            continue
        for unit, behind in _BEHIND.items():
            if end := behind.match(text, match.end()):
                found.append(_amount(match, unit, end))
                break
    return found


def _amount(match: regex.Match[str], unit: str, end: regex.Match[str]) -> Quantity:
    scale = Decimal(1_000) ** (_BYTES[end.group().strip(" -")[0].lower()] - 1) if unit == "byte" else 1
    ends = [match["number"], match["most"]] if match["most"] else [match["number"]]
    return Quantity("-".join(_plain(_value(number) * scale) for number in ends), unit, Span(match.start(), end.end()))


def _versions(text: str) -> list[Quantity]:
    return [Quantity(match[1], "version", Span(*match.span())) for match in _VERSION.finditer(text)]


def _value(number: str) -> Decimal:
    if number[0].isdigit():
        return Decimal(number.replace(",", ""))
    if number.lower() in _NUMBER_WORDS:
        return Decimal(_NUMBER_WORDS[number.lower()])
    return Decimal(_chinese(number))


def _chinese(number: str) -> int:
    """十四 is 14, 两百五十 is 250, 三千 is 3000."""
    total = digit = 0
    for character in number:
        if character in _DIGITS_ZH:
            digit = digit * 10 + _DIGITS_ZH[character]
        elif character == "万":
            total, digit = (total + digit or 1) * 10_000, 0
        else:
            total, digit = total + (digit or 1) * _SCALES_ZH[character], 0
    return total + digit


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
