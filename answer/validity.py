"""Which passages hold today. A policy that was replaced must not answer unless the question is about its time."""

from datetime import date

import regex

from core.text import normalise
from core.types import Chunk

_YEAR = regex.compile(r"(?<!\d)20\d\d(?!\d)")
_PAST = regex.compile(
    r"\b(?:old|older|previous|previously|former|formerly|earlier|used to|back then|last year|at the time)\b"
    r"|去年|前年|以前|之前的|过去|旧版|老版|原来的|当时",
    regex.IGNORECASE,
)


def holds(chunk: Chunk, question: str, today: date) -> bool:
    """Whether the passage's document is valid on the day that the question is about.

    Without a year or a word of the past in the question that day is today; with one every version may answer.
    """
    begun = chunk.valid_from is None or chunk.valid_from <= today
    ended = chunk.valid_until is not None and chunk.valid_until < today
    return (begun and not ended) or asks_about_another_time(question, today)


def asks_about_another_time(question: str, today: date) -> bool:
    """Whether the question names a year that is not this one, or speaks of the past."""
    plain = normalise(question)
    return any(int(year) != today.year for year in _YEAR.findall(plain)) or bool(_PAST.search(plain))
