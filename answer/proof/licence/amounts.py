"""Amounts of a text: what number, of what, bounded from which side."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import regex

from answer.proof.licence.bounds import bounds_of
from answer.proof.licence.numerals import ENGLISH_NUMERAL, HAN_NUMERAL, SCALE, chinese_number, english_number, scaled
from answer.proof.licence.units import CODES, SIGNS, TIME, UNIT, converted, unit_of
from core.text import analyse, is_stop_term
from core.types import Span

_Match: TypeAlias = "regex.Match[str]"
_Value: TypeAlias = tuple[Fraction, str]

_SIGN = r"(?P<sign>US\$|HK\$|NT\$|[$€£¥]|(?:USD|EUR|GBP|JPY|HKD|TWD|CNY|RMB)(?=\s?\d))?\s?"
_DIGITS = r"(?P<minus>(?<![\w)%])-)?(?P<digits>\d+(?:,\d{3})*(?:\.\d+)?)(?!\d|\.\d)"
_COUNTED = r"(?P<counted>[个台名位次条份项件张家种页字步款层级轮批组人](?![人工员自小钟百]))?"
_AMOUNT = regex.compile(
    rf"(?<![A-Za-z\d_.,]|[A-Za-z]-){_SIGN}{_DIGITS}(?:\s?(?P<scale>{SCALE}))?(?:[\s-]?(?:{UNIT}))?{_COUNTED}"
)
_HAN = regex.compile(rf"(?P<ordinal>第)?(?P<number>{HAN_NUMERAL})(?P<half>半)?(?:(?:{UNIT})|{_COUNTED})")
_ENGLISH = regex.compile(rf"(?i)(?<!-)(?P<number>{ENGLISH_NUMERAL})(?:[\s-](?:{UNIT}))?")
_SHARE = regex.compile(
    rf"百分之(?P<number>{HAN_NUMERAL}|\d+(?:\.\d+)?)"
    r"|(?P<tenths>[一二两三四五六七八九十\d])成(?P<half>半)?(?![为功员本立交果年长绩就分品])"
)
_HALF = regex.compile(r"(?i)\bhalf an? (?P<of>hour|day|year)\b|半个?(?P<of>小时|钟头|天|年|月)(?!之)")
_HALVES = {
    **dict.fromkeys(("hour", "小时", "钟头"), (Fraction(30), "minute")),
    **dict.fromkeys(("day", "天"), (Fraction(12), "hour")),
    **dict.fromkeys(("year", "年"), (Fraction(6), "month")),
    "月": (Fraction(1, 2), "month"),
}
# "a month" in "$12 a month" is no amount, in "for a month" it is one.
_ONE = regex.compile(
    r"(?i)(?<=\b(?:for|within|after|in|than|lasts?|takes?|least|most|until|about)\s)"
    r"an? (?P<of>second|minute|hour|day|week|month|quarter|year)\b"
)
# Words that begin with a numeral: 千万别 is "on no account", 十分方便 "very handy".
_WORD = regex.compile(r"[千万十]+")
_NOUN_EN = regex.compile(r"[\s-]*(?P<word>[A-Za-z][A-Za-z'-]*)")
_NOUN_ZH = regex.compile(r"\s*的?(?P<word>\p{Han}{2})")
_NOUN_CHARS = 24


@dataclass(frozen=True, slots=True)
class Amount:
    """``number`` of ``unit`` as they are written, and ``measure``, the same converted where units convert exactly.

    ``unit`` is empty for things that are counted, and ``noun`` is then the term behind the number, if any; ``text`` is
    the original, ``bounds`` as in ``bounds``.
    """

    number: Fraction
    unit: str
    measure: tuple[Fraction, str]
    noun: str
    bounds: frozenset[str]
    text: str


def taken_amounts(text: str) -> tuple[list[Amount], str]:
    """Every amount of a text in Simplified characters and half width, and the text with spaces in their places."""
    found: list[Amount] = []
    rest = text
    for pattern, read in _READERS:
        for match in pattern.finditer(rest):
            if (value := read(match)) is not None:
                found.append(_amount(text, Span(*match.span()), value))
                rest = rest[: match.start()] + " " * len(match.group()) + rest[match.end() :]
    return found, rest


def _amount(text: str, place: Span, value: _Value) -> Amount:
    number, unit = value
    noun = "" if unit else _noun(text[place.end : place.end + _NOUN_CHARS])
    bounds = bounds_of(text, place.start, place.end)
    return Amount(number, unit, converted(number, unit), noun=noun, bounds=bounds, text=place.of(text).strip())


def _noun(behind: str) -> str:
    """The term that is counted: the next word, or the next two characters."""
    match = _NOUN_ZH.match(behind) or _NOUN_EN.match(behind)
    terms = analyse(match["word"]) if match else []
    return "" if not terms or is_stop_term(terms[-1]) else terms[-1]


def _of_digits(match: _Match) -> _Value:
    value = scaled(match["digits"], match["scale"] or "")
    sign = match["sign"] or ""
    return (-value if match["minus"] else value), SIGNS.get(sign) or CODES.get(sign) or unit_of(match)


def _of_han(match: _Match) -> _Value | None:
    number, unit = match["number"], unit_of(match)
    value = chinese_number(number)
    if value is None:
        return None
    if match["ordinal"]:
        return Fraction(value), "ordinal"
    if not unit and (number == "一" or _WORD.fullmatch(number) or not (match["counted"] or len(number) > 1)):
        return None  # 一个 is an article, and a single character mostly part of a word
    if number == "一" and unit not in TIME:
        return None
    return Fraction(value) + (Fraction(1, 2) if match["half"] else 0), unit


def _of_english(match: _Match) -> _Value | None:
    unit = unit_of(match)
    if match["number"].lower() == "one" and not unit:
        return None  # "one of them"
    return Fraction(english_number(match["number"])), unit


def _of_share(match: _Match) -> _Value | None:
    written = match["number"] or match["tenths"]
    value = Fraction(written) if written[0].isdecimal() else chinese_number(written)
    if value is None:
        return None
    return Fraction(10 * value + (5 if match["half"] else 0) if match["tenths"] else value), "%"


def _of_half(match: _Match) -> _Value:
    return _HALVES[match["of"].lower()]


def _of_article(match: _Match) -> _Value:
    return Fraction(1), match["of"].lower()


_READERS = (
    (_SHARE, _of_share),
    (_HALF, _of_half),
    (_ONE, _of_article),
    (_AMOUNT, _of_digits),
    (_HAN, _of_han),
    (_ENGLISH, _of_english),
)
