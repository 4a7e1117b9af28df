"""The form in which quotes and texts are compared: what copying changes is gone, what carries meaning is kept.

Gone: width, case, white space, punctuation, quotation marks, hyphens, Traditional characters, thousands marks, signs of
lists, headings and tables, invisible characters. Kept: letters and digits, the marks inside numbers, a minus, signs of
currency and comparison, ``% ‰ # @ &``.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from core.text import simplify
from core.types import Span

_BETWEEN = "\x1f"
_DASH = r"[-‐‑‒–−－﹣]"
_MARK = (
    r"(?:[.．/／]|[:：](?=\p{Nd}{2}(?!\p{Nd}))|[,，](?=\p{Nd}{3}(?!\p{Nd}))"
    rf"|{_DASH}|\s{{1,2}}{_DASH}\s{{1,2}})"
)
_BELONGS = r"[\p{M}\p{Cf}]{0,8}+"  # bounded: to compose a thousand marks takes a million steps
_LETTER = rf"(?:[\p{{L}}\p{{N}}--[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}]]{_BELONGS})"
_DIGIT = rf"(?:\p{{Nd}}{_BELONGS})"
_TOKEN = regex.compile(
    rf"(?V1)(?P<number>(?:(?<![\p{{L}}\p{{N}})\]）%％]){_DASH})?{_DIGIT}++(?:{_MARK}{_DIGIT}++)*+)"
    rf"|(?:\p{{N}}|{_LETTER}(?:{_LETTER}|(?<=\p{{Nd}})[.．](?=\p{{Nd}}))*+)"
    rf"|[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}]{_BELONGS}"
    r"|[\p{Sm}\p{Sc}\p{So}%‰#@&％＃＠＆--[|｜¦│┃™®©←→⇒●○■□▪▫◆◇►▶➢➤◦\u2500-\u257F]]"
)
# At the start of a line: bullets, ticks, headings, quotations. A run of # is a heading anywhere: lines may be joined.
_SIGN = regex.compile(r"(?m)^[ \t]*(?:[-*+•‣◦·–—✓✔»>]+(?=\s)|[✓✔]+)+|(?<!\S)#{1,6}(?=\s)")
_LIST_NUMBER = regex.compile(
    r"(?m)^[ \t]*(?:[(（]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{2,4}|[一二三四五六七八九十]{1,3})[.)、．）](?=\s|\p{Han})|[①-⑳])"
)
_INVISIBLE = regex.compile(r"[\p{Mn}\p{Me}\p{Cf}]")
_DASHES = regex.compile(rf"\s*{_DASH}\s*")
_CACHED_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class NormalForm:
    """Words, numbers, Han characters and signs of a text, with a separator before, between and behind them.

    ``places[i]`` is where token ``i`` begins in ``text``, ``spans[i]`` where it stands in the original.
    """

    text: str
    places: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> Span:
        """The original of ``text[start:end]``, which begins and ends with a separator."""
        first = bisect_right(self.places, start)
        last = bisect_right(self.places, end - 1) - 1
        return Span(self.spans[first][0], self.spans[last][1])


def has_list_numbers(text: str) -> bool:
    """Whether any line begins with the number of a list item."""
    return _LIST_NUMBER.search(text) is not None


def normal_form(text: str, *, numbered: bool = True) -> NormalForm:
    """``numbered`` False leaves out the numbers of a list as well."""
    return _cached(text, numbered) if len(text) <= _CACHED_CHARS else _normal_form(text, numbered)


def _normal_form(text: str, numbered: bool) -> NormalForm:
    bare = _SIGN.sub(_blank, simplify(text))
    if not numbered:
        bare = _LIST_NUMBER.sub(_blank, bare)
    tokens, places, spans = [""], [], []
    end = 1
    for match in _TOKEN.finditer(bare):
        for token in _plain(match.group()):
            tokens.append(token)
            places.append(end)
            spans.append(match.span())
            end += len(token) + 1
    return NormalForm(f"{_BETWEEN.join(tokens)}{_BETWEEN}", tuple(places), tuple(spans))


_cached = lru_cache(maxsize=512)(_normal_form)


@lru_cache(maxsize=50_000)
def _plain(token: str) -> tuple[str, ...]:
    """What a token is compared as: mostly one, several for a character like ½ or ℃."""
    folded = unicodedata.normalize("NFKC", token).casefold()
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFC", folded))
    folded = _DASHES.sub("-", folded).replace(",", "")
    if folded == token or folded.isalnum() or len(token) > 1:
        return (folded,) if folded else ()
    return tuple(_parts(folded))


def _parts(folded: str) -> Iterator[str]:
    for match in _TOKEN.finditer(folded):
        yield match.group()


def _blank(match: "regex.Match[str]") -> str:
    return " " * len(match.group())
