"""Text for both languages: normal forms, language, index terms, token counts. Sentences: ``core/sentences.py``.

One analyser serves indexing and querying, so a term matches exactly when both sides produce it.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

import opencc
import regex
import snowballstemmer

from core.identifiers import is_identifier, parts_of
from core.types import Language, Span

# Part of every lexical index's fingerprint: raise it whenever ``analyse`` gives other terms than before.
ANALYSER_VERSION = 2

_HAN = r"\p{Han}〇"
_IS_HAN = regex.compile(f"[{_HAN}]")
# The same characters for ``re``, which is four times as fast where every passage is looked at.
_HAN_RANGES = (
    "\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufad9"
    "\U00016fe2\U00016fe3\U00016ff0-\U00016ff6\U00020000-\U000323af"
)
_HAN_RUN = re.compile(f"[{_HAN_RANGES}]+")
# A Latin word or an identifier: parts joined by single marks (ERR_CONN_502, v2.13.0, user@example.com), C++, C#, .NET.
_WORD = r"(?:[\p{L}\p{N}--\p{Han}]\p{M}*)+"
_THOUSANDS = r"(?<=\p{N}),(?=\p{N}{3}(?!\p{N}))"
_TOKEN = regex.compile(
    rf"(?V1)(?:(?<![\p{{L}}\p{{N}}.])\.(?=\p{{L}}{{2}}))?{_WORD}(?:(?:[._\-/@:&']|{_THOUSANDS}){_WORD})*(?:\+\+|\#)?"
    rf"|[{_HAN}]+"
)
# Marks that mean the same as the plain ones: apostrophes, hyphens, minus.
_PLAIN_MARKS = str.maketrans("’‘ʼ‐–−", "'''---")
_POSSESSIVE = regex.compile(r"(?i)'s(?!\p{L})|[',]")
_PIECE = re.compile(rf"[{_HAN_RANGES}]|[^\W_{_HAN_RANGES}]{{1,5}}|[^\s\w\u0300-\u036f]")

# Weight of a synonym's terms beside 1 of those that were asked for.
_ALSO = 0.4

# Function words say nothing about the subject of a question; they are left out of queries, never of the index.
_STOP_EN = frozenset(
    "a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my of "
    "on or our please s shall should so t than that the their them then there these they this those to us was we were "
    "what when where which who whom why will with would you your am about any just let get got".split()
)
_STOP_ZH = frozenset("的了吗呢啊吧呀么是在和与及或我你您他她它们这那哪请就都也而被把让给对于从到为什怎")
_STOP_ZH_WORDS = frozenset(
    "什么 怎么 如何 为什 为何 哪些 哪个 怎样 是否 可以 能否 请问 一下 是什 有什 么时 时候 多少".split()
)


def normalise(text: str) -> str:
    """Compatibility form: full width becomes half width, case is kept. May change the length."""
    return unicodedata.normalize("NFKC", text)


@cache
def _simplified() -> dict[int, str]:
    """One Simplified character for each Traditional one (OpenCC's t2s table), for ``str.translate``."""
    han = "".join(chr(code) for block in (range(0x3400, 0x4DC0), range(0x4E00, 0xA000)) for code in block)
    converted = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    return {ord(old): new for old, new in zip(han, converted, strict=True) if old != new and len(new) == 1}


def simplify(text: str) -> str:
    """Traditional characters replaced by Simplified ones, one for one: the length never changes."""
    return text.translate(_simplified())


def han_share(text: str) -> float:
    """Share of the letters that are Han characters, 0 to 1; 0 for a text without letters."""
    if text.isascii():
        return 0.0
    han = sum(map(len, _HAN_RUN.findall(text)))
    letters = sum(map(str.isalpha, text)) if han else 0
    return han / letters if letters else 0.0


def language_of(text: str) -> Language:
    """``"zh"`` where Han characters make up a sixth of the letters or more: one of them carries about a word."""
    return "zh" if han_share(text[:20_000]) >= 1 / 6 else "en"


def trimmed(text: str, start: int, end: int) -> Span:
    """The span ``start..end`` without white space at either side."""
    part = text[start:end]
    left = len(part) - len(part.lstrip())
    return Span(start + left, start + max(left, len(part.rstrip())))


def count_tokens(text: str) -> int:
    """About how many word pieces a BERT-style tokenizer makes: one per Han character and mark, one per five letters."""
    return len(_PIECE.findall(text))


def analyse(text: str) -> list[str]:
    """Index terms in order, repeats kept.

    Latin words are folded to lower case without accents and stemmed; an identifier gives itself whole and its parts
    (``core/identifiers.py``). Chinese gives each character and each pair of neighbours, after Traditional became
    Simplified (measured: characters with pairs beat either alone, and a word segmenter at four times the cost).
    """
    return list(_terms(text))


def analyse_query(text: str) -> list[str]:
    """Like ``analyse`` without function words, unless nothing else is left."""
    terms = analyse(text)
    return [term for term in terms if not is_stop_term(term)] or terms


def is_stop_term(term: str) -> bool:
    """Whether a term only carries grammar, in either language."""
    return term in _STOP_EN or term in _STOP_ZH_WORDS or all(character in _STOP_ZH for character in term)


def units(text: str) -> list[str]:
    """The words of a text in order, as they are indexed whole, and each Han character by itself."""
    found: list[str] = []
    for match in _TOKEN.finditer(_plain(text)):
        token = match.group()
        found += token if _IS_HAN.match(token) else _latin_terms(token)[:1]
    return found


def query_weights(text: str, also: Iterable[str] = ()) -> dict[str, float]:
    """How much each term of a question counts: as often as it stands there, and the terms of the phrases
    that mean the same, ``also``, less than one that was asked for."""
    weights: dict[str, float] = dict(Counter(analyse_query(text)))
    for phrase in also:
        for term in analyse_query(phrase):
            weights.setdefault(term, _ALSO)
    return weights


def identifier_share(text: str) -> float:
    """Share, 0 to 1, of a question's content words that are codes, versions or names of code: they are looked up by
    their letters, not by what they mean. Two Han characters count as a word."""
    exact = words = 0.0
    for match in _TOKEN.finditer(_plain(text)):
        token = match.group()
        if _IS_HAN.match(token):
            words += sum(not is_stop_term(character) for character in token) / 2
        elif not is_stop_term(token.casefold()):
            words += 1
            exact += is_identifier(token)
    return exact / words if words else 0.0


def _plain(text: str) -> str:
    """The form whose words are terms. Where Traditional characters stand, words that Taiwan has of its own become the
    mainland's: 應用程式 and 应用程序 meet."""
    plain = normalise(text)
    simple = simplify(plain)
    return (simple if simple == plain else simplify(_to_mainland().convert(plain))).translate(_PLAIN_MARKS)


@cache
def _to_mainland() -> opencc.OpenCC:
    return opencc.OpenCC("tw2sp")


def _terms(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(_plain(text)):
        token = match.group()
        if _IS_HAN.match(token):
            yield from token
            yield from (token[i : i + 2] for i in range(len(token) - 1))
        else:
            yield from _latin_terms(token)


@lru_cache(maxsize=200_000)
def _latin_terms(token: str) -> tuple[str, ...]:
    whole = _POSSESSIVE.sub("", token)
    return (_stem(fold(whole)), *(_stem(fold(part)) for part in parts_of(whole)))


def fold(text: str) -> str:
    """Lower case without accents: ``Café`` and ``cafe`` meet."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word)) if word.isascii() and word.isalpha() else word
