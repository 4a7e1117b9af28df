"""Versions, codes and names of a text: what is looked up by its letters."""

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from answer.proof.licence.bounds import bounds_of
from answer.sentences.question_kind import HeldNames, named
from core.text import fold

_VERSION = regex.compile(
    r"(?i)(?<![A-Za-z\d.\-_])(?:v|ver\.?\s?|versions?\s)(?P<number>\d+(?:\.\d+)*(?:-[a-z]+\.?\d*)?)(?![\d\-]|\.\d)"
    r"|(?<![A-Za-z\d.\-_/])(?P<number>\d+(?:\.\d+)+)"
    r"(?=\s?(?:版|[及或]?(?:以上|以下)的?版)|\s(?:and|or)\s(?:later|newer|earlier|older))"
    r"|(?<![A-Za-z\d.\-_/])(?P<number>\d+(?:\.\d+){2,}(?:-[a-z]+\.?\d*)?)(?![\d\-])"
)
_NUMBER = regex.compile(r"(?<![A-Za-z\d.\-_/])\d+(?:\.\d+)*(?![A-Za-z\d\-_/]|\.\d)")
# Letters and digits together, capitals joined by marks, or digits joined by marks.
_CODE = regex.compile(
    r"(?V1)(?<![A-Za-z\d_])(?:[A-Za-z]+[\-_.]?\d[A-Za-z\d]*|\d+[A-Za-z][A-Za-z\d]*|[A-Z][A-Z\d]*(?=[_\-][A-Z\d]))"
    r"(?:[_\-./:][A-Za-z\d]+)*|(?<![\w.\-])\d+(?:[\-/:]\d+){1,}(?![\w\-])"
)
_PLAIN_PREFIX = regex.compile(r"(?i)v(?:er(?:sion)?)?(?=\d)")


@dataclass(frozen=True, slots=True)
class Version:
    """``number`` is written without its ``v``; ``bounds`` as in ``bounds``."""

    number: str
    bounds: frozenset[str]


def taken_versions(text: str) -> tuple[list[Version], str]:
    """Every version, and the text with spaces in their places."""
    found = [Version(match["number"].lower(), bounds_of(text, *match.span())) for match in _VERSION.finditer(text)]
    return found, _VERSION.sub(_blank, text)


def plain_numbers(text: str) -> frozenset[str]:
    """Every number as it is written: a version may stand without a word that says so."""
    return frozenset(match.group() for match in _NUMBER.finditer(text))


def taken_codes(text: str) -> tuple[list[str], str]:
    """Codes as they are written, and the text with spaces in their places."""
    return [match.group() for match in _CODE.finditer(text)], _CODE.sub(_blank, text)


def strange_names(text: str, sources: Sequence[str]) -> list[str]:
    """Names of the text that no source holds. ``text`` is what is left without amounts, dates and codes.

    A word that opens an English sentence is no name here: its capital says nothing.
    """
    held = HeldNames("\n".join(sources))
    return [name for name in named(text) if not any(map(str.isdigit, name)) and held.missing([name])]


def folded(code: str) -> str:
    """Codes are compared without case: people type them in small letters."""
    return fold(_PLAIN_PREFIX.sub("", code))


def _blank(match: "regex.Match[str]") -> str:
    return " " * len(match.group())
