"""Whether a claim denies what its quotes deny, clause by clause."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import regex

from answer.proof.licence.amounts import taken_amounts
from core.text import analyse_query, normalise, simplify

_CLAUSE_END = (
    r"[,;:!?()](?=[\s\p{Han}]|$)|(?<=[\s\p{Han}])[,;:!?()]|\.(?=\s|$)|[。！？；\n|]"
    r"|\b(?i:but|while|whereas|although|though|however|if|unless)\b|但是|但|然而|不过|而(?!且)|除非|如果"
)
_CLAUSES = regex.compile(_CLAUSE_END)
# A source that says "works without a card" says that it works; a claim that denies is taken as a whole.
_SOURCE_CLAUSES = regex.compile(rf"{_CLAUSE_END}|(?=\b(?i:without)\b)")
# Bounds that a negation helps to word, and words that contain its characters and deny nothing.
_NOT_DENYING = regex.compile(
    r"(?i)\b(?:no|not) (?:more|less|fewer|later|earlier|longer than|exceed(?:ing)?|only|before)\b"
    r"|不(?:得|能|可|应|会)?(?:超过|少于|多于|低于|高于|大于|小于|晚于|早于|超出)"
    r"|不(?:同|仅|但|断|管|论|止|妨|久|良|锈|足|到|得不|动产|可抗力|一致|限)|无(?:论|线|限|障碍|缝|人机|忧)|非(?:常|洲)|除非"
    r"|未(?:来|满)|别(?:名|人|处|的)|[区级类分特个识鉴辨性告]别|对不起|了不起|差不多"
)
_DENYING = regex.compile(
    r"(?i)\b(?:not|no|never|none|neither|nor|cannot|without|nothing|nobody|nowhere)\b|n't\b|[不没无未非勿莫]|禁止|别"
)
# These deny by what they mean. They answer a denial in other words, and cannot be left out unseen.
_REFUSING = regex.compile(
    r"(?i)\b(?:unable|unavailable|unsupported|impossible|prohibited|forbidden|discontinued|ineligible|non-(?=\w))"
    r"|停止|终止|禁用|停用|除外|拒绝"
)
# These answer a denial, and may be left out: "we retry if the payment fails".
_LACKING = regex.compile(
    r"(?i)\b(?:fail(?:s|ed|ure)?|lack(?:s|ing|ed)?|exclud(?:es?|ed|ing)|except|refus(?:es?|ed)|reject(?:s|ed)?|disabled?|"
    r"stop(?:s|ped)?|ended|ceased?|missing|invalid|free)\b|以外|缺少|缺乏|失败|关闭|避免|防止|免"
)
_LATIN = regex.compile(r"[a-z\d]")
_NAME_WEIGHT = 5.0
# Clauses that share so much of their words are one sentence twice: they must deny alike to the word.
_COPY = 0.75


class Denial(IntEnum):
    """How a clause denies; more is stronger."""

    NONE = 0
    LACKING = 1
    REFUSING = 2
    DENYING = 3


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its content terms without amounts, how it denies, and how often."""

    terms: frozenset[str]
    denial: Denial
    denials: int


def off_polarity(claim: str, quotes: Sequence[str]) -> str:
    """In words what is wrong; empty where each clause of the claim denies no more and no less than the clause of the
    quotes that says most of it."""
    for clause in _clauses(claim, _CLAUSES):
        ends = _CLAUSES if clause.denial is Denial.DENYING else _SOURCE_CLAUSES
        stated = [each for quote in quotes for each in _clauses(quote, ends)]
        if not stated:
            continue
        best = _closest(clause, stated)
        turned = _is_copy(clause, best) and (clause.denials + best.denials) % 2
        if (turned and clause.denials > best.denials) or (
            clause.denial is Denial.DENYING and best.denial is Denial.NONE
        ):
            return "denies what its quotes do not deny"
        if turned or (clause.denial is Denial.NONE and best.denial >= Denial.REFUSING):
            return "affirms what its quotes deny"
    return ""


def denial_before(text: str) -> str:
    """The clause that a text ends in, where that denies; else empty. A quote that begins behind it leaves it out."""
    begun = _SOURCE_CLAUSES.split(text)[-1]
    denies = any(clause.denials for clause in _clauses(begun, _CLAUSES))
    return begun if denies else ""


def _closest(clause: Clause, stated: Sequence[Clause]) -> Clause:
    """The clause that holds most of this one's terms. What few clauses hold weighs more, and names among Chinese words
    most; of equals the one that denies alike."""
    counts = Counter(term for each in stated for term in each.terms)
    is_han = any(not term.isascii() for term in clause.terms)

    def weight(term: str) -> float:
        return (_NAME_WEIGHT if is_han and _LATIN.search(term) else 1.0) / counts[term]

    def score(other: Clause) -> tuple[float, bool]:
        alike = (clause.denial is Denial.NONE) == (other.denial <= Denial.LACKING)
        return round(sum(map(weight, clause.terms & other.terms)), 6), alike

    return max(stated, key=score)


def _is_copy(one: Clause, other: Clause) -> bool:
    return len(one.terms & other.terms) >= _COPY * max(1, len(one.terms | other.terms))


@lru_cache(maxsize=1_024)
def _clauses(text: str, ends: "regex.Pattern[str]") -> tuple[Clause, ...]:
    plain = simplify(normalise(text)).replace("’", "'")
    parts = (part for part in ends.split(plain) if any(map(str.isalnum, part)))
    return tuple(_clause(part) for part in parts)


def _clause(part: str) -> Clause:
    _, words = taken_amounts(part)
    content = _REFUSING.sub(" ", _DENYING.sub(" ", words))
    bare = _NOT_DENYING.sub(lambda match: " " * len(match.group()), part)
    denying, refusing = len(_DENYING.findall(bare)), len(_REFUSING.findall(bare))
    denial = Denial.DENYING if denying else Denial.REFUSING if refusing else Denial(bool(_LACKING.search(bare)))
    return Clause(frozenset(analyse_query(content)), denial, denying + refusing)
