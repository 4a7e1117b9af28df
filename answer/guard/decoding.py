"""What a text holds in base64, hexadecimal, URL or Unicode escapes and rot13, as far as it decodes to words.

Work is bounded: decoded characters and pieces are counted over all depths, and a clock ends what takes too long.
"""

import base64
import codecs
import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import unquote

from core.types import Span

MAX_DEPTH = 3
_SHORTEST = 20  # encoded characters; sixteen of base64 hold two words
_WORDS = 12  # decoded characters
_LINE = 4_000
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,}(?:\r?\n[A-Za-z0-9+/_-]{20,})*={0,2}")
_HEX = re.compile(r"[0-9A-Fa-f]{20,}")
_SPACED_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[ ,:]){9,}[0-9A-Fa-f]{2}(?![0-9A-Fa-f])")
_MARKED_HEX = re.compile(r"(?:(?:\\x|0x)[0-9A-Fa-f]{2}[ ,]{0,2}){8,}")
# Three pairs in a row, found faster than ten.
_MAYBE_SPACED_HEX = re.compile(r"[ ,:][0-9A-Fa-f]{2}[ ,:][0-9A-Fa-f]{2}[ ,:][0-9A-Fa-f]{2}[ ,:]")
_NOT_HEX = re.compile(r"\\x|0x|[ ,:]")
_ESCAPED_LINE = re.compile(r"[^\n]*(?:\\u|\\x|&#)[^\n]*")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f]{1,6})\})")
_PERCENT_LINE = re.compile(r"[^\n]*%[0-9A-Fa-f]{2}[^\n]*")
# ignore, disregard, previous, instruction, prompt, system in rot13.
_ROT13_SIGNS = ("vtaber", "qvfertneq", "cerivbhf", "vafgehpg", "cebzcg", "flfgrz")


@dataclass(slots=True)
class Budget:
    """What may still be decoded of one text, in decoded characters, pieces and seconds of a clock."""

    chars: int = 50_000
    pieces: int = 100
    seconds: float = 0.05
    clock: Callable[[], float] = monotonic
    _started: float = field(default=-1.0)

    def take(self, decoded: str) -> bool:
        """Whether this piece may still be looked at; it is counted."""
        if self._started < 0:
            self._started = self.clock()
        self.chars -= len(decoded)
        self.pieces -= 1
        return self.chars >= 0 and self.pieces >= 0 and self.clock() - self._started <= self.seconds


def decoded_pieces(text: str, budget: Budget) -> Iterator[tuple[Span, str]]:
    """Each piece of ``text`` that decodes to words, with its place; ends when the budget is used up."""
    for find in (_base64, _hexadecimal, _escapes, _percent, _rot13):
        for span, decoded in find(text):
            if decoded == span.of(text) or not _is_words(decoded):
                continue
            if not budget.take(decoded):
                return
            yield span, decoded


def _is_words(decoded: str) -> bool:
    return len(decoded) >= _WORDS and all(character.isprintable() or character.isspace() for character in decoded)


def _base64(text: str) -> Iterator[tuple[Span, str]]:
    if _longest_word(text) < _SHORTEST:
        return
    for match in _BASE64.finditer(text):
        packed = re.sub(r"[\r\n=]", "", match.group()).replace("-", "+").replace("_", "/")
        packed = packed[: len(packed) - (len(packed) % 4 == 1)]
        yield from _utf8(match, packed + "=" * (-len(packed) % 4), base64.b64decode)


def _hexadecimal(text: str) -> Iterator[tuple[Span, str]]:
    long, spaced = _longest_word(text) >= _SHORTEST, _MAYBE_SPACED_HEX.search(text)
    marked = "\\x" in text or "0x" in text
    for pattern, wanted in ((_HEX, long), (_SPACED_HEX, spaced), (_MARKED_HEX, marked)):
        for match in pattern.finditer(text) if wanted else ():
            digits = _NOT_HEX.sub("", match.group())
            yield from _utf8(match, digits[: len(digits) // 2 * 2], bytes.fromhex)


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def _utf8(match: re.Match[str], packed: str, unpack: Callable[[str], bytes]) -> Iterator[tuple[Span, str]]:
    try:
        yield Span(*match.span()), unpack(packed).decode("utf-8")
    except ValueError:  # it only looked encoded
        return


def _escapes(text: str) -> Iterator[tuple[Span, str]]:
    if "\\u" not in text and "\\x" not in text and "&#" not in text:
        return
    for match in _ESCAPED_LINE.finditer(text):
        line = html.unescape(match.group()[:_LINE])
        yield Span(*match.span()), _ESCAPE.sub(_character, line)


def _character(match: re.Match[str]) -> str:
    code = int(next(group for group in match.groups() if group), 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else " "


def _percent(text: str) -> Iterator[tuple[Span, str]]:
    if text.count("%") < 3:
        return
    for match in _PERCENT_LINE.finditer(text):
        yield Span(*match.span()), unquote(match.group()[:_LINE])


def _rot13(text: str) -> Iterator[tuple[Span, str]]:
    lower = text.lower()
    if any(sign in lower for sign in _ROT13_SIGNS):
        yield Span(0, len(text)), codecs.decode(text, "rot13")
