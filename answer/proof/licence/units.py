"""Units under one name each, and those that convert exactly."""

from fractions import Fraction

import regex

# Unit: how it is written behind a number. Case counts where a letter's case does (MB, Mb).
_WRITTEN = {
    "workday": r"(?i:(?:business|working|work)[\s-]?days?\b)|个?工作日|个?营业日",
    "second": r"(?i:seconds?\b|secs?\b)|s\b|秒钟?",
    "minute": r"(?i:minutes?\b|mins?\b)|分钟",
    "hour": r"(?i:hours?\b|hrs?\b)|h\b|个?小时|个?钟头",
    "day": r"(?i:(?:calendar[\s-])?days?\b)|个?自然日|天|日(?![期常志均元前])",
    "week": r"(?i:weeks?\b)|个?(?:星期|礼拜)(?![一二三四五六日天])|周(?![一二三四五六日年])",
    "month": r"(?i:months?\b)|个月",
    "quarter": r"(?i:quarters?\b)|个?季度",
    "year": r"(?i:years?\b)|周?年(?![级龄])",
    "%": r"%|(?i:per\s?cent\b|pct\b)",
    "‰": r"‰",
    "percentage point": r"(?i:percentage\spoints?\b|pp\b)|个?百分点",
    "usd": r"(?i:USD\b|(?:US\s)?dollars?\b)|美元|美金|\$",
    "eur": r"(?i:EUR\b|euros?\b)|欧元|€",
    "gbp": r"(?i:GBP\b|pounds?(?:\ssterling)?\b)|英镑|£",
    "jpy": r"(?i:JPY\b|yen\b)|日元",
    "hkd": r"(?i:HKD\b)|港元|港币",
    "twd": r"(?i:TWD\b)|新台币",
    "cny": r"(?i:CNY\b|RMB\b|yuan\b)|元(?:人民币)?|人民币|块钱?|¥",
    "kb": r"[KkK]B\b|(?i:kilobytes?\b)",
    "mb": r"MB\b|(?i:megabytes?\b)|兆字节",
    "gb": r"GB\b|(?i:gigabytes?\b)|G(?![A-Za-z\d])",
    "tb": r"TB\b|(?i:terabytes?\b)",
    "kib": r"KiB\b",
    "mib": r"MiB\b",
    "gib": r"GiB\b",
    "tib": r"TiB\b",
    "byte": r"(?i:bytes?\b)|个?字节",
    "bit": r"(?i:bits?\b)|位元",
    "kbit/s": r"[Kk](?:bps|bit/s|b/s)",
    "mbit/s": r"M(?:bps|bit/s|b/s)",
    "gbit/s": r"G(?:bps|bit/s|b/s)",
    "mm": r"mm\b|(?i:millimet(?:er|re)s?\b)|毫米",
    "cm": r"cm\b|(?i:centimet(?:er|re)s?\b)|厘米",
    "km": r"km\b|(?i:kilomet(?:er|re)s?\b)|公里|千米",
    "m": r"m\b|(?i:met(?:er|re)s?\b)|米",
    "inch": r"(?i:inch(?:es)?\b)|英寸",
    "foot": r"(?i:feet\b|foot\b|ft\b)|英尺",
    "kg": r"(?i:kg\b|kilograms?\b)|公斤|千克",
    "g": r"g\b|(?i:grams?\b)|克",
    "ml": r"(?i:ml\b|millilit(?:er|re)s?\b)|毫升",
    "l": r"[lL]\b|(?i:lit(?:er|re)s?\b)|升(?!级)",
    "celsius": r"°\s?C\b|℃|(?i:degrees?\sCelsius\b)|摄氏度",
    "fahrenheit": r"°\s?F\b|℉|(?i:degrees?\sFahrenheit\b)|华氏度",
    "khz": r"(?i:kHz\b)",
    "mhz": r"(?i:MHz\b)|兆赫",
    "ghz": r"(?i:GHz\b)",
    "kwh": r"(?i:kWh\b)|千瓦时",
    "kw": r"kW\b|千瓦",
    "w": r"W\b|(?i:watts?\b)|瓦(?!片)",
    "v": r"V\b|(?i:volts?\b)|伏",
    "mah": r"mAh\b|毫安时?",
    "pixel": r"(?i:px\b|pixels?\b)|像素",
    "dpi": r"(?i:dpi\b)",
    "ms": r"ms\b|(?i:milliseconds?\b)|毫秒",
    "times": r"倍",
    "tenths of the price": r"折(?![叠扣])",
}
# Longer ways of writing come first, so that 个月 is no 个 and ms no m.
_ORDER = ("ms", "mm", "mah", "ml", "mb", "mib", "mbit/s", "mhz", "month", "percentage point")
_NAMES = (*_ORDER, *(name for name in _WRITTEN if name not in _ORDER))
# A Han character is a letter to "\\b": 8GB内存.
UNIT = "|".join(f"(?P<u{number}>{_WRITTEN[name]})".replace(r"\b", "(?![A-Za-z])") for number, name in enumerate(_NAMES))
SIGNS = {"$": "usd", "US$": "usd", "HK$": "hkd", "NT$": "twd", "€": "eur", "£": "gbp", "¥": "cny"}
CODES = {"USD": "usd", "EUR": "eur", "GBP": "gbp", "JPY": "jpy", "HKD": "hkd", "TWD": "twd", "CNY": "cny", "RMB": "cny"}
TIME = frozenset("second minute hour day week month quarter year workday".split())

_EXACT = {
    "ms": ("second", Fraction(1, 1_000)),
    "minute": ("second", Fraction(60)),
    "hour": ("second", Fraction(3_600)),
    "day": ("second", Fraction(86_400)),
    "week": ("second", Fraction(604_800)),
    "quarter": ("month", Fraction(3)),
    "year": ("month", Fraction(12)),
    "cm": ("mm", Fraction(10)),
    "m": ("mm", Fraction(1_000)),
    "km": ("mm", Fraction(1_000_000)),
    "kg": ("g", Fraction(1_000)),
    "l": ("ml", Fraction(1_000)),
}


def unit_of(match: "regex.Match[str]") -> str:
    """The unit that a pattern with ``UNIT`` in it matched; empty where it matched none."""
    return next((_NAMES[int(key[1:])] for key, value in match.groupdict().items() if value and key[0] == "u"), "")


def converted(value: Fraction, unit: str) -> tuple[Fraction, str]:
    """``2 weeks`` and ``14 days`` are one amount; a month has no fixed number of days and a GB no agreed one of MB."""
    base, factor = _EXACT.get(unit, (unit, Fraction(1)))
    return value * factor, base


def mentioned(text: str) -> frozenset[str]:
    """Units that stand anywhere in a text, as a table's header ``Retention (days)`` holds one."""
    return frozenset(unit_of(match) for match in _ANYWHERE.finditer(text))


_ANYWHERE = regex.compile(rf"(?<![A-Za-z])(?:{UNIT})")
