"""A text as a reader would take it, for looking only: hidden characters gone, look-alikes and forms of a letter as one.

Every character of a view knows where it comes from, so that what is found in the view has a span in the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from answer.guard.homoglyphs import latin_lookalikes
from core.text import simplify
from core.types import Span

# Format characters (zero width, bidi, soft hyphen, tags), variation selectors, fillers; of tags the letters are kept.
_HIDDEN = regex.compile(r"[\p{Cf}\uFE00-\uFE0F\U000E0100-\U000E01EF\u115F\u1160\u3164\uFFA0\u034F]")
_TAGS = range(0xE0020, 0xE007F)
_MAY_LOOK_LATIN = regex.compile(r"[[\p{L}\p{N}\p{S}]--[\p{Latin}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]]", regex.V1)
# i g n o r e, i-g-n-o-r-e and 忽 略: at least six single letters, each followed by separators.
_SPACED = re.compile(r"(?<!\w)(?:[^\W\d_][ .\-_*·|]{1,3}){5,400}[^\W\d_](?!\w)")
# Three in a row, found ten times as fast.
_MAYBE_SPACED = re.compile(r"[ .\-_*·|]\w[ .\-_*·|]{1,3}\w[ .\-_*·|]{1,3}\w[ .\-_*·|]")


@dataclass(frozen=True, slots=True)
class View:
    """``text`` as it is looked at; character ``i`` comes from offset ``origins[i]``, or ``i`` where origins is None."""

    text: str
    origins: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> Span:
        """Where ``text[start:end]`` comes from; ``start < end``."""
        if self.origins is None:
            return Span(start, end)
        return Span(self.origins[start], self.origins[end - 1] + 1)


class _Forms(dict[int, str]):
    """One form of each character, made when it is first met; ``""`` for a hidden one. Bounded by Unicode's size.

    ``uneven`` holds those met whose form is not one character.
    """

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()

    def __missing__(self, code: int) -> str:
        form = _form(chr(code))
        if len(form) != 1:
            self.uneven.add(chr(code))
        self[code] = form
        return form


def _form(character: str) -> str:
    if ord(character) in _TAGS:
        return chr(ord(character) - 0xE0000).lower()
    if _HIDDEN.match(character):
        return ""
    plain = unicodedata.normalize("NFKC", character).lower()
    if plain.isascii():
        return plain
    if _MAY_LOOK_LATIN.match(character):
        return "".join(latin_lookalikes().get(part, part) for part in plain)
    bare = unicodedata.normalize("NFD", plain)[0]
    return simplify(bare if bare.isascii() else plain)


_FORMS = _Forms()


def plain_view(text: str) -> View:
    """The text in lower case and one form of each character (NFKC, Simplified, no accents, Latin look-alikes)."""
    if text.isascii():
        return View(text.lower())
    plain = text.translate(_FORMS)
    return View(plain) if _FORMS.uneven.isdisjoint(text) else _uneven(text)


def _uneven(text: str) -> View:
    """As ``plain_view`` where forms are longer or shorter than the characters."""
    forms = [_FORMS[ord(character)] for character in text]
    origins = tuple(offset for offset, form in enumerate(forms) for _ in form)
    return View("".join(forms), origins)


def squeezed_views(view: View) -> Iterator[View]:
    """Each run of spaced-out letters of a view, without what stands between them."""
    if not _MAYBE_SPACED.search(view.text):
        return
    for match in _SPACED.finditer(view.text):
        kept = [offset for offset in range(*match.span()) if view.text[offset].isalpha()]
        origins = kept if view.origins is None else [view.origins[offset] for offset in kept]
        yield View("".join(view.text[offset] for offset in kept), tuple(origins))
