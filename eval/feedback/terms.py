"""The terms that set groups of questions apart from each other, as people write them.

Each term is weighed by the questions of the group that have it and by how rare it is among all questions (class-based
tf-idf; Grootendorst 2022, arXiv:2203.05794); what only one of several questions has is no term of theirs, unless they
share none. English terms are words, found by their stem and shown in their commonest
form; Chinese ones are runs of two to six characters, since no dictionary of words is at hand.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from core.text import analyse, is_stop_term, simplify

MOST = 3

_WORD = re.compile(r"[^\W\d_][\w'’-]*|\d[\w.-]*")
_HAN = re.compile(r"[㐀-䶿一-鿿]+")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9.+-]*")
_LENGTHS = range(2, 7)
# What questions are asked with in any subject, besides the function words of the index.
_ASKING_ZH = re.compile(
    "请问|我想问|想问|想知道|如何|怎么样|怎么办|怎样|怎么|什么时候|什么|为什么|为何|是否|能不能|可不可以|可以|能否|多少|多久|多长时间|几天"
    "|哪些|哪里|哪个|哪儿|有没有|支持|需要|一下|[吗呢吧了的么啊呀是我你您们请和与或]"
)
# No word begins or ends with these, though many hold one: 私有化.
_LOOSE_ZH = frozenset("有能会要给用就从到对把被不没在都还也才该这那个几多最再被让跟为")
_ASKING_EN = frozenset(
    term
    for word in "long much many get use work want need know tell make do does help please way anyone can per really "
    "last back still once come our happen mean".split()
    for term in analyse(word)
)


def terms_apart(groups: Sequence[Sequence[str]], language: str) -> list[tuple[str, ...]]:
    """At most ``MOST`` terms for each group, the one that sets it apart most first; none where nothing does."""
    found = [[_terms(question, language) for question in group] for group in groups]
    everywhere = Counter(term for group in found for terms in group for term in terms)
    total = sum(map(len, groups))
    return [_chosen(group, everywhere, total, language) for group in found]


def label_of(terms: Sequence[str], language: str) -> str:
    """The terms in one line."""
    return ("、" if language == "zh" else ", ").join(terms)


def _chosen(group: Sequence[dict[str, str]], everywhere: Counter[str], total: int, language: str) -> tuple[str, ...]:
    inside = Counter(term for terms in group for term in terms)
    shown = {term: _commonest(terms[term] for terms in group if term in terms) for term in inside}

    def weight(term: str) -> tuple[float, int, str]:
        rarity = math.log(1 + total / everywhere[term])
        # Of Chinese runs that the same questions have, the longest is the word.
        return (-round(inside[term] * rarity, 6), -len(term) if language == "zh" else 0, term)

    shared = [term for term in inside if inside[term] > 1]
    chosen: list[str] = []
    for term in sorted(shared or inside, key=weight):
        if not any(_overlap(term, other) for other in chosen):
            chosen.append(term)
        if len(chosen) == MOST:
            break
    return tuple(shown[term] for term in chosen)


def _terms(question: str, language: str) -> dict[str, str]:
    """Terms of one question, each with the form in which it stands there."""
    if language == "zh":
        return {**_runs(question), **{word.casefold(): word for word in _LATIN.findall(question)}}
    words = [(word, analyse(word)) for word in _WORD.findall(question)]
    return {
        terms[0]: word.lower() if word.istitle() else word
        for word, terms in words
        if terms and not is_stop_term(terms[0]) and terms[0] not in _ASKING_EN and len(word) > 1
    }


def _runs(question: str) -> dict[str, str]:
    pieces = [piece for run in _HAN.findall(simplify(question)) for piece in _ASKING_ZH.split(run)]
    runs = {piece[at : at + n] for piece in pieces for n in _LENGTHS for at in range(len(piece) - n + 1)}
    return {run: run for run in runs if run[0] not in _LOOSE_ZH and run[-1] not in _LOOSE_ZH}


def _commonest(forms: Iterable[str]) -> str:
    counted = Counter(forms)
    return min(counted, key=lambda form: (-counted[form], form))


def _overlap(one: str, other: str) -> bool:
    """Whether one says part of the other: it stands in it, or the end of one is the beginning of the other."""
    if one in other or other in one:
        return True
    if not (_HAN.fullmatch(one) and _HAN.fullmatch(other)):
        return False
    return any(
        first.endswith(second[:n]) for first, second in ((one, other), (other, one)) for n in range(1, len(second))
    )
