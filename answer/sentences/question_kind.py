"""What a question asks for: the kind of thing, and the things it names, and whether a text holds them."""

from collections.abc import Collection
from functools import cached_property

import regex

from core.sentences import split_sentences
from core.text import analyse, fold, language_of, normalise, simplify

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

_ENGLISH_WORD = regex.compile(r"(?V1)[\p{L}\p{N}][\p{L}\p{N}_.\-]*")
_LATIN_IN_CHINESE = regex.compile(r"[A-Za-z][A-Za-z0-9_.\-]*[A-Za-z0-9]|\d[\d.]*\d")
# A year or a month says when something happened; the answer need not repeat it.
_WHEN = regex.compile(rf"(?:19|20)\d\d|{_MONTH}", regex.IGNORECASE)


def asked_kinds(question: str) -> frozenset[str]:
    """The kinds that a question asks for: price, duration, date, number, version; most questions ask for none."""
    plain = normalise(question)
    return frozenset(kind for kind, (asked, _) in _KINDS.items() if asked.search(plain))


def holds(kind: str, sentence: str) -> bool:
    """Whether a sentence holds a thing of this kind."""
    return bool(_KINDS[kind][1].search(normalise(sentence)))


def named(question: str) -> tuple[str, ...]:
    """Names, codes and numbers of a question, distinct, folded: ``Business``, ``TM-1042``, ``5.5``; no years or months.

    An answer about something else is not an answer. In English a name is a word with a capital inside a sentence or a
    digit anywhere; in Chinese it is a Latin word or a number.
    """
    plain = simplify(normalise(question))
    words = _LATIN_IN_CHINESE.findall(plain) if language_of(plain) == "zh" else _english_names(plain)
    return tuple(dict.fromkeys(fold(word) for word in words if not _WHEN.fullmatch(word)))


def _english_names(text: str) -> list[str]:
    found: list[str] = []
    for span in split_sentences(text):
        words = [match.group().strip(".-_") for match in _ENGLISH_WORD.finditer(span.of(text))]
        found += [word for place, word in enumerate(words) if _is_name(word, opens=place == 0)]
    return found


def _is_name(word: str, *, opens: bool) -> bool:
    if any(character.isdigit() for character in word):
        return True
    return len(word) > 1 and (word.isupper() or (word[0].isupper() and not opens))


class HeldNames:
    """Which names stand in a text: as they are, between marks, or in another form of the same word (Gates, Gate)."""

    def __init__(self, text: str) -> None:
        self._text = text

    # Most questions hold no name, and most names stand there as they are: neither is worked out before it is needed.
    @cached_property
    def _plain(self) -> str:
        return fold(simplify(normalise(self._text)))

    @cached_property
    def _terms(self) -> frozenset[str]:
        return frozenset(analyse(self._text))

    def missing(self, names: Collection[str]) -> float:
        """Share of the names that the text lacks, 0..1; 0 without names."""
        return sum(not self._holds(name) for name in names) / len(names) if names else 0.0

    def _holds(self, name: str) -> bool:
        pattern = rf"(?<![a-z0-9]){regex.escape(name)}(?![a-z0-9])"
        terms = analyse(name)
        return bool(regex.search(pattern, self._plain)) or (len(terms) == 1 and terms[0] in self._terms)
