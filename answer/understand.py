"""A follow-up becomes a question that stands alone, by rules: what it leaves out is taken from the turn before.

"How much storage has the Team plan?" then "And the Business plan?" becomes "How much storage has the Business plan?".
"""

import regex

from core.text import analyse_query, is_stop_term, language_of
from core.types import Question, Turn

_OPENER_EN = regex.compile(r"^(?:and|but|so|then|ok(?:ay)?|also|what about|how about|or)\b[\s,]*", regex.IGNORECASE)
_OPENER_ZH = regex.compile(r"^(?:那么|那|还有|另外|然后|如果|要是|换成|所以|好的)[，,\s]*")
_REFERS_EN = regex.compile(
    r"\b(?:it|its|they|them|their|that|those|this|these|there|one|ones|same|instead|else|he|she|both|either)\b",
    regex.IGNORECASE,
)
_REFERS_ZH = regex.compile(
    r"它|他们|她|这个|那个|这种|那种|这些|那些|这样|那样|此|该|上述|前者|后者|其|两者|同样|这里|那里|这儿|那儿"
)
_TAIL_ZH = regex.compile(r"[呢吗啊吧？?。！!\s]+$")
_NAME_EN = regex.compile(r"\b(?P<name>[A-Z][\w.+-]*(?:\s+[A-Z\d][\w.+-]*)*)\s*(?P<head>[a-z]+)?")
_NAME_ZH = regex.compile(r"(?P<name>[\p{Han}A-Za-z0-9]{1,3}?)(?P<head>版|套餐|计划|型号|地区|机房|数据中心)")
# Content words (Chinese: characters) below which a question that follows another leaves something out.
_FEW_WORDS, _FEW_CHARACTERS = 3, 9


def stand_alone(question: Question) -> str:
    """The question as it can be searched without its history; unchanged where it needs none."""
    text = question.text.strip()
    before = _last_question(question.history)
    if before is None or not _is_follow_up(text):
        return text
    if language_of(text) == "zh" or language_of(before) == "zh":
        return _joined_zh(before, text)
    return _joined_en(before, text)


def _last_question(history: tuple[Turn, ...]) -> str | None:
    """The newest question that stands alone, with what later follow-ups added to it."""
    asked = [turn.content.strip() for turn in history if turn.role == "user" and turn.content.strip()]
    if not asked:
        return None
    start = max((i for i, text in enumerate(asked) if i == 0 or not _is_follow_up(text)), default=0)
    before = asked[start]
    for text in asked[start + 1 :]:
        before = _joined_zh(before, text) if language_of(before + text) == "zh" else _joined_en(before, text)
    return before


def _is_follow_up(text: str) -> bool:
    if language_of(text) == "zh":
        few = sum(len(term) == 1 and not is_stop_term(term) for term in analyse_query(text)) < _FEW_CHARACTERS
        return few or bool(_OPENER_ZH.match(text) or _REFERS_ZH.search(text))
    terms = [term for term in analyse_query(text) if not is_stop_term(term)]
    return len(terms) < _FEW_WORDS or bool(_OPENER_EN.match(text) or _REFERS_EN.search(text))


def _joined_en(before: str, text: str) -> str:
    rest = _OPENER_EN.sub("", text).strip()
    for name in _NAME_EN.finditer(rest):
        swapped = _swap_name(before, name.group("name"), name.group("head"))
        if swapped != before:
            # The rest of the follow-up may ask for something else ("and how long on Business?"), so it stays.
            return _appended(swapped, rest)
    return _appended(before, rest)


def _swap_name(before: str, name: str, head: str | None) -> str:
    """``before`` with the name that stands before the same head noun ("Team plan") replaced."""
    if not head or is_stop_term(head.lower()):
        return before
    return regex.sub(rf"\b[A-Z][\w.+-]*(?:\s+[A-Z\d][\w.+-]*)*(?=\s+{regex.escape(head)}\b)", name, before)


def _joined_zh(before: str, text: str) -> str:
    rest = _OPENER_ZH.sub("", text).strip()
    for name in _NAME_ZH.finditer(rest):
        swapped = regex.sub(rf"[\p{{Han}}]{{2}}(?={name.group('head')})", name.group("name"), before)
        if swapped != before:
            return _appended(swapped, rest)
    return _appended(before, rest)


def _appended(before: str, rest: str) -> str:
    tail = _TAIL_ZH.sub("", rest) if language_of(rest) == "zh" else rest
    return f"{before} {tail}".strip()
