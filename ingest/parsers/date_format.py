"""Days and times by the number format of a cell."""

import re
from datetime import date, datetime, time, timedelta

_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_DAYS_ZH = "一二三四五六日"
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[(?P<whole>h+|m+|s+)\]|\[[^\]]*\]'
    r"|(?P<half>AM/PM|A/P|上午/下午)|(?P<code>y+|m+|d+|h+|s+|a{3,4}|e+)|(?P<fraction>\.0+)|(?P<mark>.)",
    re.IGNORECASE,
)
# These are shown in the way of each reader's own system, so no form is the right one; ISO cannot be misread.
_OF_THE_SYSTEM = frozenset({"general", "mm-dd-yy", "m/d/yy h:mm", "m/d/yy", "@", "", "yyyy-mm-dd h:mm:ss"})
_SYSTEM_MARK = re.compile(r"\[\$-(?:x-sys|F[48]00)", re.IGNORECASE)


def shown_moment(value: datetime | date | time | timedelta, number_format: str) -> str:
    """The value in its cell's format; ISO 8601 where the format leaves the form to the reader's system."""
    section = number_format.split(";")[0]
    if isinstance(value, timedelta):
        return _duration(value, section)
    if section.lower() in _OF_THE_SYSTEM or _SYSTEM_MARK.match(section):
        return _iso(value)
    moment = _as_moment(value)
    tokens = list(_TOKEN.finditer(section))
    if not any(token["code"] for token in tokens):
        return _iso(value)
    halves = any(token["half"] for token in tokens)
    parts = (_part(tokens, number, moment, halves) for number in range(len(tokens)))
    return "".join(parts).strip()


def _iso(value: datetime | date | time) -> str:
    if isinstance(value, datetime):
        day = value.date().isoformat()
        return day if value.time() == time() else f"{day} {_iso(value.time())}"
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    return value.isoformat()


def _as_moment(value: datetime | date | time) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, time):
        return datetime.combine(date(1900, 1, 1), value)
    return datetime.combine(value, time())


def _part(tokens: list[re.Match[str]], number: int, moment: datetime, halves: bool) -> str:
    token = tokens[number]
    if token["code"]:
        code = token["code"].lower()
        if code.startswith("m") and _means_minutes(tokens, number):
            return f"{moment.minute:0{len(code)}}"
        return _code(code, moment, halves)
    if token["half"]:
        first, second = token["half"].split("/")
        return first if moment.hour < 12 else second
    if token["fraction"]:
        return f".{moment.microsecond:06}"[: len(token["fraction"])]
    return token["quoted"] or token["escaped"] or token["mark"] or ""


def _means_minutes(tokens: list[re.Match[str]], number: int) -> bool:
    """``m`` is a minute after hours and before seconds, else a month."""
    before = next(
        (token["code"] or token["whole"] for token in reversed(tokens[:number]) if token["code"] or token["whole"]), ""
    )
    after = next((token["code"] for token in tokens[number + 1 :] if token["code"]), "")
    return before[:1].lower() == "h" or after[:1].lower() == "s"


def _code(code: str, moment: datetime, halves: bool) -> str:
    kind, length = code[0], len(code)
    if kind in "ye":
        return f"{moment.year % 100:02}" if kind == "y" and length <= 2 else str(moment.year)
    if kind == "m" and length >= 3:
        name = _MONTHS[moment.month - 1]
        return {3: name[:3], 5: name[:1]}.get(length, name)
    if kind == "d" and length >= 3:
        name = _DAYS[moment.weekday()]
        return name[:3] if length == 3 else name
    if kind == "a":
        return ("星期" if length == 4 else "") + _DAYS_ZH[moment.weekday()]
    hour = (moment.hour % 12 or 12) if halves else moment.hour
    amount = {"m": moment.month, "d": moment.day, "h": hour, "s": moment.second}[kind]
    return f"{amount:0{min(length, 2)}}"


def _duration(value: timedelta, section: str) -> str:
    """``[h]:mm`` counts hours past a day; every other form is written so too."""
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    text = f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if "s" in section.lower() else text
