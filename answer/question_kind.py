"""What kind of thing a question asks for, and whether a sentence holds such a thing."""

import regex

from core.text import normalise

_CURRENCY = r"(?:[$€£¥￥]|\b(?:USD|EUR|GBP|CNY|RMB)\b|元|美元|欧元|人民币)"
_NUMBER = (
    r"(?:\d|[一二三四五六七八九十百千万两]+\s*(?:个|天|日|次|人|台|年|月|小时|分钟|秒|倍|份|条)"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|thirty)\b|unlimited|不限|无限)"
)
_TIME_UNIT = (
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|business days?|秒|分钟|小时|天|日|周|星期|个月|年|工作日)"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"

# Kind: (how it is asked, what an answer to it holds).
_KINDS: dict[str, tuple[regex.Pattern[str], regex.Pattern[str]]] = {
    kind: (regex.compile(asked, regex.IGNORECASE), regex.compile(held, regex.IGNORECASE))
    for kind, (asked, held) in {
        "price": (
            r"\b(?:price|cost|how much (?:is|are|does|do|would|will)|fee|charge|pay|cheap|expensive|pricing)\b"
            r"|多少钱|价格|费用|收费|价钱|几块|单价|月费|年费",
            _CURRENCY + r"|\bfree\b|免费",
        ),
        "duration": (
            r"\bhow (?:long|soon|quickly|fast|often)\b|\bhow many (?:days?|hours?|months?|weeks?|years?|minutes?)\b"
            r"|time limit|多久|多长时间|几天|多少天|几个工作日|几小时|多少小时|几分钟|时限|期限",
            _NUMBER + r"[^.。]{0,12}" + _TIME_UNIT + r"|immediately|at once|instantly|立即|实时|永久|forever",
        ),
        "date": (
            r"\bwhen\b|\bwhat (?:date|day|time)\b|\bsince when\b|什么时候|何时|哪天|哪一天|几号|什么时间|几点|截止",
            rf"\b\d{{1,2}}\s+{_MONTH}|{_MONTH}\s+\d|\b20\d\d\b|\d{{1,2}}:\d\d|\d+\s*月|\d+\s*日|\d点|after|within|before|之后|以内|之前",
        ),
        "number": (
            r"\bhow (?:many|much|big|large)\b|\b(?:limit|maximum|max|minimum|size|capacity|quota|number of|rate)\b"
            r"|多少|几个|几台|几人|多大|上限|限制|最多|最大|最少|容量|配额|数量",
            _NUMBER,
        ),
        "version": (
            r"\bversions?\b|\bwhich release\b|版本|哪一版|几版",
            r"\bv?\d+(?:\.\d+)+|\b(?:version|windows|macos|android|ios)\s*\d+|\d+\s*(?:及以上|或更高)",
        ),
    }.items()
}


def asked_kinds(question: str) -> frozenset[str]:
    """The kinds that a question asks for: price, duration, date, number, version; most questions ask for none."""
    plain = normalise(question)
    return frozenset(kind for kind, (asked, _) in _KINDS.items() if asked.search(plain))


def holds(kind: str, sentence: str) -> bool:
    """Whether a sentence holds a thing of this kind."""
    return bool(_KINDS[kind][1].search(normalise(sentence)))
