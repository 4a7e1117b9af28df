"""Which passages hold at the time that a question is about. A policy that was replaced must not answer unless the
question is about its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import regex

from core.text import fold, normalise, simplify
from core.types import Chunk, Hit, Metadata

YEAR = regex.compile(r"(?<!\d)20\d\d(?!\d)")
_PAST = regex.compile(
    r"\b(?:old|older|previous|previously|former|formerly|earlier|used to|back then|last year|at the time)\b"
    r"|去年|前年|以前|之前的|过去|旧版|老版|原来的|当时",
    regex.IGNORECASE,
)
_LAST_YEAR = regex.compile(r"\blast year\b|去年", regex.IGNORECASE)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH_EN = regex.compile(rf"\b({'|'.join(_MONTHS)})[a-z]*\.?,?\s+(20\d\d)\b", regex.IGNORECASE)
_MONTH_ZH = regex.compile(r"(20\d\d)\s*年\s*(\d{1,2})\s*月")
# What sets editions of one text apart in its title or its file's name.
_EDITION = regex.compile(
    r"[(（\[【][^)）\]】]*(?:\d|old|new|draft|旧|新|版)[^)）\]】]*[)）\]】]|(?<![\p{L}\d])v?\d[\d.\-_]*(?:\s*年)?(?:\s*版)?|旧版|新版"
    r"|\b(?:old|new|version|edition|draft)\b",
    regex.IGNORECASE,
)
_SUPERSEDED = frozenset({"supersededby", "replacedby", "取代者", "替代文件", "已被取代", "替代为"})
_NO_WORD = regex.compile(r"[^\p{L}\p{N}]+")


@dataclass(frozen=True, slots=True)
class Period:
    """From its first day to its last."""

    start: date
    end: date


def asks_about_another_time(question: str, today: date) -> bool:
    """Whether the question names a year that is not this one, or speaks of the past."""
    plain = normalise(question)
    return any(int(year) != today.year for year in YEAR.findall(plain)) or bool(_PAST.search(plain))


def asked_period(question: str, today: date) -> Period | None:
    """The other time that a question is about; None where it is about today, or about the past and does not say when.

    A month stands for all its days, a year for all its months; of several years the first to the last.
    """
    plain = normalise(question)
    if months := _months(plain):
        return Period(min(months), max(map(_month_end, months)))
    years = [int(year) for year in YEAR.findall(plain)]
    if _LAST_YEAR.search(plain):
        years.append(today.year - 1)
    if not years or set(years) == {today.year}:
        return None
    return Period(date(min(years), 1, 1), date(max(years), 12, 31))


def is_valid(chunk: Chunk, period: Period) -> bool:
    """Whether the passage's document is valid on some day of the period; one without dates is on every day."""
    begun = chunk.valid_from is None or chunk.valid_from <= period.end
    return begun and (chunk.valid_until is None or chunk.valid_until >= period.start)


def is_superseded(metadata: Metadata) -> bool:
    """Whether a document's metadata names another one in its place."""
    return any(value.strip() and _NO_WORD.sub("", key.casefold()) in _SUPERSEDED for key, value in metadata.items())


def of_the_time(hits: Sequence[Hit], question: str, today: date) -> list[Hit]:
    """Without hits whose document holds at another time than asked about, where another edition of it holds then.

    The rules of 2026 do not answer what was right in 2025 where the rules of 2025 are found; where they are not, what
    was written later may still tell.
    """
    if not asks_about_another_time(question, today):
        return list(hits)
    period = asked_period(question, today) or Period(date.min, today - timedelta(days=1))
    then = [hit.chunk for hit in hits if _is_dated(hit.chunk) and _held(hit.chunk, period, today)]
    return [
        hit
        for hit in hits
        if _held(hit.chunk, period, today) or not any(is_same_text(hit.chunk, chunk) for chunk in then)
    ]


def is_same_text(one: Chunk, other: Chunk) -> bool:
    """Whether two documents look like editions of one text: equal titles or file names but for years and versions."""
    if one.document_id == other.document_id:
        return True
    return (bool(_stem(one.title)) and _stem(one.title) == _stem(other.title)) or _name(one.source) == _name(
        other.source
    )


def _held(chunk: Chunk, period: Period, today: date) -> bool:
    # "Before" without a date means what no longer holds.
    if period.start == date.min:
        return chunk.valid_until is not None and chunk.valid_until < today
    return is_valid(chunk, period)


def _is_dated(chunk: Chunk) -> bool:
    return chunk.valid_from is not None or chunk.valid_until is not None


def _months(plain: str) -> list[date]:
    english = [(int(year), _MONTHS.index(name.lower()) + 1) for name, year in _MONTH_EN.findall(plain)]
    chinese = [(int(year), int(month)) for year, month in _MONTH_ZH.findall(plain)]
    return [date(year, month, 1) for year, month in english + chinese if 1 <= month <= 12]


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _stem(title: str) -> str:
    return _NO_WORD.sub(" ", _EDITION.sub(" ", simplify(fold(normalise(title))))).strip()


def _name(source: str) -> str:
    """A file's folder and name without edition and ending."""
    folder, _, name = source.rpartition("/")
    stem = _stem(name.rpartition(".")[0].replace("_", "-") or name)
    return f"{folder}/{stem}" if stem else source
