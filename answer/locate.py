"""Where a quote stands in a text, character for character.

Both sides are brought to one form that forgives what copying changes (width, case, spacing, punctuation, quotation
marks, hyphens, Traditional characters, list marks, table pipes) and keeps what carries meaning (letters, digits, the
marks inside numbers, signs of currency and comparison). A quote is found in that form exactly or not at all; nothing is
relaxed until something sticks.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import regex

from core.text import simplify
from core.types import Span

_ELLIPSIS = regex.compile(r"\s*(?:\[?(?:\.{3,}|…+)\]?)\s*")
_HAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_NUMBER_MARKS = frozenset(".,:/-")
# A comma belongs to a number only before thousands; in "5.4.2，1,299" the first one separates.
_THOUSANDS = regex.compile(r"(?<=\p{Nd})[,，](?=\p{Nd}{3}(?!\p{Nd}))")
_KEPT_SYMBOLS = frozenset("Sm Sc So".split())
_KEPT_MARKS = frozenset("%‰#@&")
# What NFKC leaves apart, in the form after NFKC: dashes and table pipes.
_ALIKE = str.maketrans({"‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "|": " ", "│": " "})
_CLOSING = frozenset(".!?;:。！？；：")
_MOST_PARTS = 4
_MOST_GAP = 600  # characters between the parts of a quote with an ellipsis


@dataclass(frozen=True, slots=True)
class _Normal:
    """A text in the compared form, with the original offset of each character."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def locate(quote: str, text: str, within: Span | None = None) -> Span | None:
    """The span of ``quote`` in ``text``, or None.

    ``within`` limits the search; offsets always count from the start of ``text``. An ellipsis in the quote stands for
    up to 600 characters, and the span then reaches from the first part to the last. Linear in the text's length.
    """
    area = within if within is not None else Span(0, len(text))
    normal = _normal(area.of(text))
    parts = [part for piece in _ELLIPSIS.split(quote) if (part := _normal(piece).text)]
    if not parts or len(parts) > _MOST_PARTS:
        return None
    found = _find_parts(parts, normal.text)
    if found is None:
        return None
    start, end = found
    span = Span(area.start + normal.starts[start], area.start + normal.ends[end - 1])
    return _with_closing_marks(span, quote, text, area.end)


def _with_closing_marks(span: Span, quote: str, text: str, limit: int) -> Span:
    """Take the full stop along where the quote has one: it is dropped in the compared form."""
    end = span.end
    if quote and quote.rstrip()[-1:] in _CLOSING:
        while end < limit and text[end] in _CLOSING:
            end += 1
    return Span(span.start, end)


def _find_parts(parts: list[str], text: str) -> tuple[int, int] | None:
    """Start and end of the parts in order, each close behind the one before; the first place where all fit."""
    begin = 0
    while (first := _find(parts[0], text, begin)) is not None:
        end = first + len(parts[0])
        for part in parts[1:]:
            following = _find(part, text, end)
            if following is None or following - end > _MOST_GAP:
                break
            end = following + len(part)
        else:
            return first, end
        begin = first + 1
    return None


def _find(part: str, text: str, begin: int) -> int | None:
    """The first place at or after ``begin`` where ``part`` stands as whole words and whole numbers."""
    while (start := text.find(part, begin)) >= 0:
        if not _joins(text, start) and not _joins(text, start + len(part)):
            return start
        begin = start + 1
    return None


def _joins(text: str, at: int) -> bool:
    """Whether cutting ``text`` at this offset would cut a word or a number in two."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if before in _NUMBER_MARKS or after in _NUMBER_MARKS:
        return True  # marks are kept only inside numbers and codes
    return before.isalnum() and after.isalnum() and not (_HAN.match(before) or _HAN.match(after))


@lru_cache(maxsize=512)
def _normal(text: str) -> _Normal:
    """The compared form: letters and digits folded, one space between Latin words, number marks only inside numbers."""
    kept: list[tuple[str, int, int]] = []
    gap: list[tuple[str, int]] = []
    thousands = {match.start() for match in _THOUSANDS.finditer(text)}
    for offset, raw in enumerate(simplify(text)):
        for character in unicodedata.normalize("NFKC", raw).translate(_ALIKE).casefold():
            if _is_content(character):
                kept.extend(_bridge(kept, gap, character))
                gap.clear()
                kept.append((character, offset, offset + 1))
            elif unicodedata.category(character) != "Mn":
                gap.append((" " if character == "," and offset not in thousands else character, offset))
    return _Normal(
        "".join(character for character, _, _ in kept),
        tuple(start for _, start, _ in kept),
        tuple(end for _, _, end in kept),
    )


def _is_content(character: str) -> bool:
    return character.isalnum() or character in _KEPT_MARKS or unicodedata.category(character) in _KEPT_SYMBOLS


def _bridge(kept: list[tuple[str, int, int]], gap: list[tuple[str, int]], following: str) -> list[tuple[str, int, int]]:
    """What stands for the characters between two kept ones: a number's own mark, a space, or nothing."""
    if not kept or not gap:
        return []
    before = kept[-1][0]
    mark, offset = gap[0]
    if len(gap) == 1 and mark in _NUMBER_MARKS and before.isdigit() and following.isdigit():
        return [(mark, offset, offset + 1)]
    if _is_word(before) and _is_word(following):
        return [(" ", offset, offset + 1)]
    return []


def _is_word(character: str) -> bool:
    return character.isalnum() and not _HAN.match(character)
