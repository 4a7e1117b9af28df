"""Where words of a stored text stand among the characters of a page, as another reader of that page gives them.

Two readers agree on letters and digits, hardly on spaces, hyphens, marks and widths: only letters and digits are
compared.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_CELLS = "|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A piece of a page's stored text, and what the page says ``before`` it, which tells one of several alike."""

    text: str
    before: str = ""


def find_words(page: str, wanted: Sequence[Words]) -> list[list[int]]:
    """For each piece that is found the offsets of its characters in ``page``, in order.

    A piece that does not stand there as a whole is looked for line by line, then cell by cell.
    """
    letters, places = _letters(page)
    found: list[list[int]] = []
    for words in wanted:
        found += _places(page, letters, places, words)
    return found


def _places(page: str, letters: str, places: Sequence[int], words: Words) -> list[list[int]]:
    for mark in ("", "\n", _CELLS):
        parts = [words.text] if not mark else [part for part in words.text.replace("\n", mark).split(mark) if part]
        hits, before = [], words.before
        for part in parts:
            needle = _letters(part)[0]
            at = _find(letters, needle, _count(_letters(before)[0], needle)) if needle else -1
            if at >= 0:
                hits.append(_with_marks(page, list(dict.fromkeys(places[at : at + len(needle)])), part))
            before += part
        if hits:
            return hits
    return []


def _with_marks(page: str, found: list[int], part: str) -> list[int]:
    """The marks around the piece too, where both have them: ``%``, a full stop, a currency sign."""
    inner = [offset for offset, character in enumerate(part) if _letters(character)[0]]
    head, tail = part[: inner[0]][::-1], part[inner[-1] + 1 :]
    return sorted([*_alike(page, found[0], -1, head), *found, *_alike(page, found[-1], 1, tail)])


def _alike(page: str, start: int, step: int, marks: str) -> list[int]:
    """Offsets of the marks from ``start`` on, whatever spaces stand between, as far as they are the same."""
    same, at = [], start + step
    for mark in "".join(marks.split()):
        while 0 <= at < len(page) and page[at].isspace():
            at += step
        if not 0 <= at < len(page) or page[at] != mark:
            break
        same.append(at)
        at += step
    return same


def _letters(text: str) -> tuple[str, list[int]]:
    """Letters and digits in one width and case, and the offset that each comes from."""
    found, places = [], []
    for offset, character in enumerate(text):
        for each in unicodedata.normalize("NFKC", character).casefold():
            if each.isalnum():
                found.append(each)
                places.append(offset)
    return "".join(found), places


def _count(text: str, needle: str) -> int:
    return text.count(needle) if needle else 0


def _find(text: str, needle: str, skip: int) -> int:
    """The place of the one after ``skip`` others, or of the last one there is; -1 for none."""
    at, last = text.find(needle), -1
    while at >= 0:
        last = at
        if skip == 0:
            return at
        skip -= 1
        at = text.find(needle, at + len(needle))
    return last
