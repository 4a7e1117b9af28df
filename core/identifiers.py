"""The parts by which an identifier is found as well: ``ERR_CONN_502``, ``v2.13.0``, ``maxRetryCount``, ``5GHz``."""

from collections.abc import Iterator

import regex

_BETWEEN = regex.compile(r"[/:@&]+")  # what stands at either side is a name of its own: 127.0.0.1:8080
_INSIDE = regex.compile(r"[_\-+\#]+")
_WORD = regex.compile(r"(?V1)(?:[\p{L}\p{N}]\p{M}*)+")
_RUN = regex.compile(r"(?:\p{L}\p{M}*)+|\p{N}+(?:\.\p{N}+)*")
_RUNS = regex.compile(rf"(?:{_RUN.pattern})+")
# Letters beside digits, a number with two dots, an underscore, an address, or a long number that is no year.
_IDENTIFIER = regex.compile(
    r"\p{L}[\-.]?\p{N}|\p{N}[\-.]?\p{L}|\p{N}\.\p{N}+\.\p{N}|[_@]|^(?!(?:19|20)\p{N}{2}$)\p{N}{3,}$"
)
_HUMP = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll}{2})")


def parts_of(token: str) -> list[str]:
    """The parts of a Latin word or identifier, each once, as they are written and without the token itself.

    What ``/ : @ &`` separate, then what ``_ - .`` separate; the letters and the number of ``5GHz`` and ``v2.13.0``, a
    number with dots whole and as the shorter ones that it begins with (``2.13``, ``2``); the words of a name in camel
    case. A day or month loses its leading zero. A name of two capitalised words (``GitHub``) stays whole: measured,
    its halves bring more noise than they find.
    """
    return [part for part in dict.fromkeys(_parts(token)) if part not in ("", token)]


def is_identifier(token: str) -> bool:
    """Whether a token is a code, a version, an address or a name in code, and no word, year or amount."""
    return _IDENTIFIER.search(token) is not None or len(_humps(token)) > 1


def _parts(token: str) -> Iterator[str]:
    for name in _BETWEEN.split(token):
        yield from () if _WORD.fullmatch(name) else [name]
        for piece in _INSIDE.split(name):
            if _RUNS.fullmatch(piece):
                yield from _of_runs(piece)
            else:
                for word in _WORD.findall(piece):
                    yield from _of_runs(word)


def _of_runs(word: str) -> Iterator[str]:
    """Of letters and numbers that stand together without a mark."""
    yield word.removeprefix("0") if len(word) == 2 and word.isdigit() else word
    for run in _RUN.findall(word):
        if run[0].isdigit():
            yield from _numbers(run) if run != word or "." in run else ()
        elif len(run) > 1:
            yield run
            yield from _humps(run)


def _numbers(number: str) -> Iterator[str]:
    while number:
        yield number
        number = number.rpartition(".")[0]


def _humps(word: str) -> list[str]:
    """The words of a name in camel case; none where it is one word or two capitalised ones."""
    humps = _HUMP.split(word)
    is_name = len(humps) == 2 and word[0].isupper() and word[1].islower()
    return [] if is_name or len(humps) < 2 or min(map(len, humps)) < 2 else humps
