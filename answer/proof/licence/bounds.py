"""From which side a number is bounded: at least, at most, more than, less than, in the words of both languages."""

from collections.abc import Iterable, Mapping

import regex

# Direction: what stands before the number.
_BEFORE = {
    "min": r"at least|minimum|min\.|(?:no|not) (?:less|fewer|earlier) than|not before|from|since|starting(?: at)?|≥|>="
    r"|至少|最少|最低|最早|不少于|不低于|不小于|不早于|起码|自|从",
    "max": r"at most|up to|maximum|max\.|(?:no|not) (?:more|later) than|not exceed(?:ing)?|by|until|till|≤|<="
    r"|最多|至多|最高|最大|最晚|最迟|不(?:得|能)?超过|不多于|不高于|不大于|不晚于|截至|截止",
    "more": r"(?<!\b(?:no|not)\s)(?:more|greater|longer|later|older|larger|higher) than|over|above"
    r"|(?<!not\s)exceed(?:s|ing)?|>(?!=)|(?<!不|不得|不能)超过|(?<!不)(?:多于|大于|高于|晚于)|超出",
    "less": r"(?<!\b(?:no|not)\s)(?:less|fewer|shorter|earlier|younger|smaller|lower) than|under|below|(?<!not\s)before"
    r"|<(?!=)|(?<!不)(?:少于|小于|低于|早于)|不足|不到|未满",
    "within": r"within",
    "after": r"after",
}
# And what stands behind it and its unit.
_BEHIND = {
    "min": r"(?:(?:or|and)\s*|\+\s*)(?:more|above|over|later|newer|higher|up|longer|older)|minimum|\+"
    r"|(?:on(?=\s*(?:[,.;]|$|are|is|will|can))|onwards?|upwards?)|版?本?[及或]?(?:以上|更高|更新|更多)|起(?!动|草)",
    "max": r"(?:or|and)\s*(?:less|fewer|below|under|earlier|lower|shorter|smaller)|maximum"
    r"|版?本?[及或]?(?:以下|更低|更早|更少)",
    "within": r"[之以]?内(?![存部容置网页地外])",
    "after": r"[之以]?后(?![台缀续端面])",
    "less": r"[之以]?前(?![台端缀面])",
}
# Some reach over other words: "at least about 8 GB", 最多可邀请十位.
_FAR = (
    ("min", r"at least|minimum|至少|最少|最低|起码"),
    ("max", r"at most|up to|maximum|最多|至多|最高|最大|不(?:得|能)?超过"),
)
_BETWEEN = r"[^,;:!?，。；：！？\n\d]{0,24}"
_REACH = 48

_UPPER = frozenset(("max", "less", "within"))
_OPPOSITE = {"within": frozenset(("min", "more", "after")), "after": frozenset(("max", "less", "within"))}
# What else a direction is called: "no more than 10" is "up to 10", and "after 3 days" is "later than 3 days".
_SAME = {
    "within": frozenset(("max",)),
    "max": frozenset(("within",)),
    "after": frozenset(("more",)),
    "more": frozenset(("after",)),
}


def _compiled(words: Iterable[tuple[str, str]], before: str, behind: str) -> Mapping[str, "regex.Pattern[str]"]:
    return {name: regex.compile(f"{before}(?:{each}){behind}", regex.IGNORECASE) for name, each in words}


_NEAR = _compiled(_BEFORE.items(), r"(?<![A-Za-z])", r"[\s$€£¥]*(?:versions?|v)?\s*$")
_BEFORE_WORDS = _compiled(_FAR, r"(?<![A-Za-z])", rf"{_BETWEEN}$")
_AT_START = _compiled(_BEHIND.items(), r"\s*", "")


def bounds_of(text: str, start: int, end: int) -> frozenset[str]:
    """The directions of the number at ``start..end`` of a text: min, max, more, less, within, after; empty where it is
    not bounded."""
    before, behind = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    found = {name for name, pattern in _NEAR.items() if pattern.search(before)}
    found |= {name for name, pattern in _BEFORE_WORDS.items() if pattern.search(before)}
    return frozenset(found | {name for name, pattern in _AT_START.items() if pattern.match(behind)})


def is_licensed(claimed: frozenset[str], stated: frozenset[str]) -> bool:
    """Whether what a claim says of a number's bounds follows from what a source says of the same number.

    ``within`` and ``after`` may be said of a plain time (it takes 30 days: done within, or after, 30 days), unless
    the source bounds it from the other side.
    """
    return all(_follows(each, stated) for each in claimed)


def contradicts(claimed: frozenset[str], stated: frozenset[str]) -> bool:
    """Whether a claim bounds a date or a time of day from the side from which its source does not: "after 3 March"
    where that says "by 3 March". What one of them leaves open contradicts nothing."""
    sides = [{each in _UPPER for each in bounds} for bounds in (claimed, stated)]
    return all(sides) and sides[0].isdisjoint(sides[1])


def _follows(direction: str, stated: frozenset[str]) -> bool:
    if direction in stated or _SAME.get(direction, frozenset()) & stated:
        return True
    return direction in _OPPOSITE and not _OPPOSITE[direction] & stated
