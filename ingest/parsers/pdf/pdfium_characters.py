"""The characters of a page as pdfium counts them: which they are, where they stand and what their type looks like.

Most of the time that a PDF takes goes into asking pdfium about single characters. The functions of pypdfium2 check and
convert what they are given at every call; with plain addresses a call costs half.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from ctypes import CFUNCTYPE, addressof, c_float, c_int, c_ushort, c_void_p, cast, create_string_buffer
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeAlias

from ingest.parsers.pdf.types import HYPHEN

Edges: TypeAlias = tuple[float, float, float, float]

_CHUNK = 64
_BOLD_WEIGHT = 650
_FIXED_PITCH, _FORCE_BOLD = 1, 1 << 18
_BOLD_NAMES = (b"bold", b"black", b"heavy")
_MONO_NAMES = (b"mono", b"courier", b"consol", b"menlo", b"typewriter", b"inconsolata", b"cmtt")
_LATIN_END = 0x250
_NAME_BYTES = 128
_RECTANGLE_BYTES = 16


class Characters:
    """The characters of one page by their index; ``close`` it after use. Boxes are in the page's own coordinates."""

    def __init__(self, page: Any) -> None:
        self._text_page = page.get_textpage()
        self._handle = cast(self._text_page.raw, c_void_p).value
        self._matrix = (c_float * 6)()
        self._at_matrix = addressof(self._matrix)
        self._ask = _calls()

    def close(self) -> None:
        """Free what pdfium holds for the page."""
        self._text_page.close()

    def text(self) -> str:
        """All characters; the index of one is its offset.

        pdfium's text of a page leaves characters out. Where a piece of it has as many as the page, none is left out,
        and only the marks of hyphens differ; the characters of other pieces are asked for one by one.
        """
        count = self._text_page.count_chars()
        return "".join(self._piece(start, min(_CHUNK, count - start)) for start in range(0, count, _CHUNK))

    def _piece(self, start: int, count: int) -> str:
        buffer = (c_ushort * (count + 1))()
        written = max(0, self._ask.text(self._handle, start, count, addressof(buffer)) - 1)
        text = bytes(buffer)[: 2 * written].decode("utf-16-le", "surrogatepass")
        if len(text) != count:
            return "".join([self._character(index) for index in range(start, start + count)])
        if HYPHEN in text:
            return "".join(self._character(start + n) if each == HYPHEN else each for n, each in enumerate(text))
        return text

    def _character(self, index: int) -> str:
        return chr(self._ask.unicode(self._handle, index))

    def is_generated(self, index: int) -> bool:
        """Whether the character is not in the file but in pdfium's view of the distance."""
        return self._ask.is_generated(self._handle, index) != 0

    def unmapped(self, indices: Iterable[int]) -> set[int]:
        """Those of the characters whose font does not say which character they are."""
        ask, handle = self._ask.is_unmapped, self._handle
        return {index for index in indices if ask(handle, index) == 1}

    def boxes(self, indices: Sequence[int]) -> list[Edges]:
        """Left, bottom, right and top of each character."""
        ask, handle = self._ask.box, self._handle
        found = (c_float * (4 * len(indices)))()
        at = addressof(found)
        for index in indices:
            ask(handle, index, at)
            at += _RECTANGLE_BYTES
        values = iter(found[:])
        # pdfium's order is left, top, right, bottom. A font that states no height gives a flat box.
        return [
            (left, bottom, left if left > right else right, bottom + 1 if bottom + 1 > top else top)
            for left, top, right, bottom in zip(values, values, values, values, strict=True)
        ]

    def size_and_turns(self, index: int) -> tuple[float, int]:
        """Points as seen on the page (some files keep size 1 and scale by the matrix), and quarter turns."""
        size = self._ask.size(self._handle, index)
        if not self._ask.matrix(self._handle, index, self._at_matrix):
            return max(1.0, size), 0
        a, b, c, d, _, _ = self._matrix
        turns = round(math.atan2(b, a) / (math.pi / 2)) % 4
        return max(1.0, size * (math.hypot(c, d) or 1.0)), turns

    def is_bold_and_mono(self, index: int) -> tuple[bool, bool]:
        """Whether the type is bold, and whether it is monospaced."""
        name, flags = create_string_buffer(_NAME_BYTES), c_int()
        self._ask.font(self._handle, index, addressof(name), _NAME_BYTES, addressof(flags))
        bold, mono = _stated(name.value, flags.value)
        # Chinese fonts are called fixed pitch for their equally wide characters.
        mono = mono and self._ask.unicode(self._handle, index) < _LATIN_END
        return bold or self._ask.weight(self._handle, index) >= _BOLD_WEIGHT, mono


@lru_cache(maxsize=256)
def _stated(name: bytes, flags: int) -> tuple[bool, bool]:
    """Whether the name or the flags of a font say that it is bold, and that it is monospaced."""
    lower = name.lower()
    bold = any(word in lower for word in _BOLD_NAMES) or bool(flags & _FORCE_BOLD)
    return bold, any(word in lower for word in _MONO_NAMES) or bool(flags & _FIXED_PITCH)


class _Calls(NamedTuple):
    """Functions of pdfium; each takes a page of text and the index of a character first, then where results go."""

    text: Callable[..., int]
    unicode: Callable[..., int]
    is_generated: Callable[..., int]
    is_unmapped: Callable[..., int]
    box: Callable[..., int]
    size: Callable[..., float]
    matrix: Callable[..., int]
    font: Callable[..., int]
    weight: Callable[..., int]


@cache
def _calls() -> _Calls:
    import pypdfium2.raw as raw

    return _Calls(
        text=_plain(raw.FPDFText_GetText),
        unicode=_plain(raw.FPDFText_GetUnicode),
        is_generated=_plain(raw.FPDFText_IsGenerated),
        is_unmapped=_plain(raw.FPDFText_HasUnicodeMapError),
        box=_plain(raw.FPDFText_GetLooseCharBox),
        size=_plain(raw.FPDFText_GetFontSize),
        matrix=_plain(raw.FPDFText_GetMatrix),
        font=_plain(raw.FPDFText_GetFontInfo),
        weight=_plain(raw.FPDFText_GetFontWeight),
    )


def _plain(function: Any) -> Callable[..., Any]:
    """``function`` with addresses in the place of pointers with types."""
    kinds = [c_void_p if hasattr(kind, "contents") else kind for kind in function.argtypes]
    return CFUNCTYPE(function.restype, *kinds)(cast(function, c_void_p).value or 0)
