"""Whether a question needs the one before it: it opens like one, points at something unsaid, or says too little."""

from collections.abc import Iterable, Mapping

import regex

from core.text import analyse_query, is_stop_term, language_of, simplify
from core.types import Language

OPENER_EN = regex.compile(
    r"^(?:(?:and|but|so|then|ok(?:ay)?|also|or|what about|how about|same (?:question )?for)\b[\s,]*)+", regex.I
)
OPENER_ZH = regex.compile(
    r"^(?:(?:那么|那(?!个|种|些|里|边|样)|还有|另外|然后|如果是|要是|换成|换做|所以|好的|好)[，,\s]*)+"
)
TAIL_ZH = regex.compile(r"[呢吗么啊吧呀嘛？?。！!\s]+$")
# What a person asks with; a follow-up without any of it only names something ("and the G2?", 那商业版呢).
_PREDICATE_EN = regex.compile(
    r"\b(?:how|what|when|where|who|whose|why|which|is|are|was|were|do|does|did|can|could|will|would|shall|should|may|"
    r"must|has|have|had|tell|explain|show|give|need|want)\b|n't\b",
    regex.I,
)
_PREDICATE_ZH = regex.compile(
    r"多少|多久|多大|多长|多快|怎么|怎样|如何|什么|为何|哪|几|谁|能|可以|可否|是否|吗|支持|需要|收费|要不要|有没有|是不是"
)
# Words that point back. "that" mostly joins clauses and "there" mostly says that something exists.
_POINTS_EN = regex.compile(
    r"\b(?:it|its|they|them|their|theirs|he|she|him|her|his)\b"
    r"|\b(?:this|these|those)\b(?!\s+(?:year|month|week|morning|evening|quarter)\b)"
    r"|(?<=^|[,;]\s|\b(?:is|are|was|does|do|did|can|will|would|about|for|with|of|on|in|to|from|like|after|before|by|than|"
    r"without|mean)\s)that\b"
    r"|(?<!\b(?:is|are|was|were|be|if|isn't|aren't)\s)\bthere\b(?!\s+(?:is|are|was|were|will|be)\b|'s)"
    r"|\b(?:the|that|this|other|another|first|second|last|latter|new|old|cheaper|bigger|smaller|which)\s+ones?\b"
    r"|\b(?:the|that)\s+(?:latter|former|other|others)\b"
    r"|\bsame\b(?=\s*(?:[?.]|$|for\b|in\b|on\b|with\b|appl|true))"
    r"|\binstead\b(?!\s+of)|\b(?:anything|what|who|where|anyone|nothing)\s+else\b",
    regex.I,
)
_EXPLETIVE_EN = regex.compile(
    r"\b(?:how (?:long|much|many \w+) (?:does|will|would|did|should) it (?:take|cost)s?\s+(?:to|for|until|before)\b"
    r"|(?:is|was|would|will) it (?:be )?(?:possible|safe|true|necessary|ok|okay|allowed|better|enough|required|normal)"
    r"\s+(?:to|that|if|for)\b)",
    regex.I,
)
_POINTS_ZH = regex.compile(
    r"它|他们|她|这个|那个|这种|那种|这些|那些|这样|那样|这款|那款|上述|前者|后者|两者|同样|这里|那里|这儿|那儿"
    r"|(?<![因如从彼在])此(?![外时前后])|(?<!应)该(?=产品|版本|套餐|功能|设备|型号|服务|文件|订单|政策|规定|问题|错误)"
    r"|其(?![他它实中余次])"
)
_SMALL_TALK = regex.compile(
    r"(?:thanks?(?: you)?(?: very much| so much| a lot)?|great|ok(?:ay)?|hi|hello|hey|good (?:morning|evening)|yes|no|"
    r"sure|perfect|got it|bye|谢谢(?:你|您)?|多谢|好的?|你好|您好|嗯|明白了?|知道了|再见|[\s,.!，。！~])+",
    regex.I,
)
_WORD_EN = regex.compile(r"\w[\w.'’-]*")
_CLAUSE_EN = regex.compile(r"[,;.!?]\s|\b(?:if|when|after|before|because|while|once|and|but|so|then|to)\b", regex.I)
_CLAUSE_ZH = regex.compile(r"[，。；！？,;]")
# Content words below which a question leaves something out, and below which one without a verb does; in Chinese Han
# characters. A topic too many costs less than one too few, but a long conversation has left its first topic: there the
# question before is put in front of fewer.
_ENOUGH: Mapping[Language, tuple[int, int]] = {"en": (3, 3), "zh": (5, 6)}
_ENOUGH_LATE: Mapping[Language, tuple[int, int]] = {"en": (2, 3), "zh": (3, 6)}
# Content words before a pointing word, in an earlier clause, that it may as well point at.
_OWN_WORDS, _OWN_CHARACTERS = 2, 3


def is_follow_up(text: str, *, late: bool = False) -> bool:
    """Whether the question does not stand alone; ``late`` in a conversation of several questions."""
    opener = OPENER_ZH if language_of(text) == "zh" else OPENER_EN
    return bool(opener.match(simplify(text))) or says_little(text, late=late) or points_back(text) is not None


def is_small_talk(text: str) -> bool:
    """Whether a message only greets, thanks or agrees."""
    return _SMALL_TALK.fullmatch(simplify(text)) is not None


def says_little(text: str, *, late: bool = False) -> bool:
    """Whether a question asks with too few words of its own, or only names something and puts a question mark."""
    few, some = (_ENOUGH_LATE if late else _ENOUGH)[language_of(text)]
    own = own_words(text)
    return own < few or (own < some and not has_predicate(text) and text.rstrip().endswith(("?", "？", "呢")))


def has_predicate(text: str) -> bool:
    """Whether the text itself says what is asked about the things that it names."""
    if language_of(text) == "zh":
        return bool(_PREDICATE_ZH.search(simplify(text)))
    return bool(_PREDICATE_EN.search(OPENER_EN.sub("", text)))


def points_back(text: str) -> regex.Match[str] | None:
    """The first word that points at something which the question itself does not name."""
    if language_of(text) == "zh":
        return _pointing(_POINTS_ZH.finditer(simplify(text)), text, _CLAUSE_ZH, _OWN_CHARACTERS)
    empty = [match.span() for match in _EXPLETIVE_EN.finditer(text)]
    found = (m for m in _POINTS_EN.finditer(text) if not any(start <= m.start() < end for start, end in empty))
    return _pointing(found, text, _CLAUSE_EN, _OWN_WORDS)


def own_words(text: str) -> int:
    """Content words of the question; in Chinese its Han characters that are none of grammar or asking."""
    plain = simplify(text)
    if language_of(text) == "zh":
        plain = regex.sub(
            r"多少|多久|多大|多长|可以|能否|是否|怎么|如何|什么|有没有|需要|请问", "", OPENER_ZH.sub("", plain)
        )
        return sum(len(term) == 1 or term.isascii() for term in analyse_query(plain) if not is_stop_term(term))
    return sum(not is_stop_term(word.lower()) for word in _WORD_EN.findall(plain))


def _pointing(
    found: Iterable[regex.Match[str]], text: str, clause: regex.Pattern[str], own: int
) -> regex.Match[str] | None:
    for match in found:
        earlier = [boundary.start() for boundary in clause.finditer(text, 0, match.start())]
        if not earlier or own_words(text[: earlier[-1]]) < own:
            return match
    return None
