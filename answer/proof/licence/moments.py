"""Dates and times of day, in the ways that both languages write them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

import regex

from answer.proof.licence.bounds import bounds_of, contradicts
from answer.proof.licence.numerals import HAN_NUMERAL, chinese_number

_Moment = TypeVar("_Moment", "Day", "Hour")
_Pattern: TypeAlias = "regex.Pattern[str]"
_Groups: TypeAlias = Mapping[str, str | None]
_Taken: TypeAlias = tuple[list[_Moment], str]

_MONTH_NAMES = (
    "january jan,february feb,march mar,april apr,may,june jun,july jul,august aug,september sept sep,october oct,"
    "november nov,december dec"
).split(",")
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
# "may" is a month only with its capital.
_MONTH = rf"(?P<name>(?i:{'|'.join(sorted(_MONTHS.keys() - {'may'}, key=len, reverse=True))})|May)\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_HAN = rf"(?:\d{{1,2}}|{HAN_NUMERAL})"
_DATES = tuple(
    map(
        regex.compile,
        (
            rf"(?<![\d.\-/]){_YEAR}(?P<sign>[-/.])(?P<month>[01]?\d)(?P=sign){_DAY}(?![\d\-/]|\.\d)",
            rf"(?:(?P<year>(?:19|20)\d\d|[零〇一二三四五六七八九]{{4}})\s?年\s?)(?:(?P<month>{_HAN})\s?月(?:\s?(?P<day>{_HAN})\s?[日号])?)?",
            rf"(?P<month>{_HAN})\s?月(?:份|\s?(?P<day>{_HAN})\s?[日号])?(?!期)",
            rf"\b{_DAY}(?:\sof)?\s{_MONTH}(?:,?\s{_YEAR})?(?!\w)",
            rf"\b{_MONTH}\s{_DAY}(?![\d:])(?:,?\s{_YEAR})?(?!\w)",
            rf"\b{_MONTH}\s{_YEAR}\b",
            r"\b(?P<name>(?i:january|february|april|june|july|august|september|october|november|december)|March|May)\b"
            r"(?<=\b(?i:in|of|since|until|by|before|after|from|to|during|every|each|and|or|last|next|this)\s\w+)",
        ),
    )
)
_AFTERNOON = frozenset(("pm", "下午", "晚上", "晚间", "傍晚", "中午"))
_MORNING = frozenset(("am", "上午", "早上", "早晨", "凌晨"))
_HALF = r"(?:上午|早上|早晨|凌晨|中午|下午|晚上|晚间|傍晚)"
_TIMES = tuple(
    map(
        regex.compile,
        (
            rf"(?P<half>{_HALF})?\s?(?<![\d:])(?P<hour>[0-2]?\d):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:])"
            r"(?:\s?(?P<half>(?i:[ap]\.?m\b\.?)))?",
            r"(?<![\d.:])(?P<hour>[01]?\d)\s?(?P<half>(?i:[ap]\.?m\b\.?))",
            rf"(?P<half>{_HALF})\s?(?P<hour>{_HAN})\s?[点时](?:(?P<minute>{_HAN})分?|(?P<thirty>半)|整|钟)?",
            r"(?<![\d.])(?P<hour>[0-2]?\d)\s?[点时](?:(?P<minute>[0-5]?\d)分?|(?P<thirty>半)|整|钟)?(?!间|长)",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Day:
    """A date, or the part of one that is told; months and days count from 1. ``bounds`` as in ``bounds``."""

    year: int | None
    month: int | None
    day: int | None
    bounds: frozenset[str] = frozenset()

    def tells(self, other: "Day") -> bool:
        """Whether this date holds every part of ``other``, and is not bounded from the other side."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        same = all(theirs is None or ours == theirs for ours, theirs in pairs)
        return same and not contradicts(other.bounds, self.bounds)

    def __str__(self) -> str:
        return "-".join("?" if part is None else f"{part:02}" for part in (self.year, self.month, self.day))


@dataclass(frozen=True, slots=True)
class Hour:
    """A time of day, in minutes after midnight."""

    minutes: int
    bounds: frozenset[str] = frozenset()

    def tells(self, other: "Hour") -> bool:
        """Whether it is the same, and not bounded from the other side."""
        return self.minutes == other.minutes and not contradicts(other.bounds, self.bounds)

    def __str__(self) -> str:
        return f"{self.minutes // 60}:{self.minutes % 60:02}"


def taken_days(text: str) -> tuple[list[Day], str]:
    """Every date, and the text with spaces in their places."""
    return _taken(text, _DATES, _day)


def taken_hours(text: str) -> tuple[list[Hour], str]:
    """Every time of day, and the text with spaces in their places."""
    return _taken(text, _TIMES, _hour)


def _taken(text: str, patterns: Sequence[_Pattern], read: Callable[[_Groups], _Moment | None]) -> _Taken[_Moment]:
    found: list[_Moment] = []
    rest = text
    for pattern in patterns:
        for match in pattern.finditer(rest):
            if (moment := read(match.groupdict())) is not None:
                found.append(replace(moment, bounds=bounds_of(text, *match.span())))
                rest = rest[: match.start()] + " " * len(match.group()) + rest[match.end() :]
    return found, rest


def _day(groups: _Groups) -> Day | None:
    """None where the numbers are no date: ``2026-13-40``."""
    name = groups.get("name")
    month = _MONTHS[name.lower()] if name else _number(groups.get("month"))
    day = _number(groups.get("day"))
    if (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
        return None
    return Day(_number(groups.get("year")), month, day)


def _hour(groups: _Groups) -> Hour | None:
    hour, half = _number(groups.get("hour")), (groups.get("half") or "").lower().replace(".", "")
    minute = 30 if groups.get("thirty") else _number(groups.get("minute")) or 0
    if hour is None or hour > 24 or minute > 59:
        return None
    if half in _AFTERNOON and hour < 12:
        hour += 12
    if half in _MORNING and hour == 12:
        hour = 0
    return Hour(hour * 60 + minute)


def _number(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) if text.isdecimal() else chinese_number(text)
