"""Whether the quotes of a claim license what it says: read this file first.

Numbers with their units and bounds, dates, times, versions, codes, names, negations and comparatives of the claim must
be in its quotes, in whatever way either of them writes it. Title and headings license names and numbers, never
a denial.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from answer.proof.licence.amounts import Amount, taken_amounts
from answer.proof.licence.bounds import is_licensed
from answer.proof.licence.comparison import off_comparison
from answer.proof.licence.moments import Day, Hour, taken_days, taken_hours
from answer.proof.licence.names import Version, folded, plain_numbers, strange_names, taken_codes, taken_versions
from answer.proof.licence.polarity import off_polarity
from answer.proof.licence.units import mentioned
from core.text import normalise, simplify

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-") | {"’": "'"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a text says that must not be wrong by a character. ``rest`` is the text without it; ``codes`` are folded,
    ``numbers`` as they are written, ``units`` those that stand anywhere."""

    amounts: tuple[Amount, ...]
    days: tuple[Day, ...]
    hours: tuple[Hour, ...]
    versions: tuple[Version, ...]
    codes: tuple[str, ...]
    numbers: frozenset[str]
    units: frozenset[str]
    rest: str


def unlicensed(claim: str, quotes: Sequence[str], contexts: Sequence[str] = ()) -> str:
    """The first reason why the quotes do not license the claim; empty where they do."""
    sources = (*quotes, *contexts)
    missing = [*_missing(facts_of(claim), [facts_of(source) for source in sources])]
    missing += strange_names(facts_of(claim).rest, [_plain(source) for source in sources])
    if missing:
        return f"not in its quotes: {', '.join(dict.fromkeys(missing))}"
    return off_polarity(claim, quotes) or off_comparison(claim, sources)


@lru_cache(maxsize=1_024)
def facts_of(text: str) -> Facts:
    """Each kind is taken out before the next is looked for: the digits of a date are no amount."""
    plain = _plain(text)
    days, rest = taken_days(plain)
    hours, rest = taken_hours(rest)
    versions, rest = taken_versions(rest)
    amounts, rest = taken_amounts(rest)
    codes, rest = taken_codes(rest)
    return Facts(
        amounts=tuple(amounts),
        days=tuple(days),
        hours=tuple(hours),
        versions=tuple(versions),
        codes=tuple(map(folded, codes)),
        numbers=plain_numbers(plain),
        units=mentioned(plain),
        rest=rest,
    )


def _plain(text: str) -> str:
    return simplify(normalise(text)).translate(_DASHES)


def _missing(claimed: Facts, stated: Sequence[Facts]) -> Iterator[str]:
    numbers = frozenset().union(*(facts.numbers for facts in stated))
    versions = [version for facts in stated for version in facts.versions]
    yield from _missing_amounts(claimed, stated, versions)
    yield from _missing_days(claimed, stated, numbers)
    hours = [hour for facts in stated for hour in facts.hours]
    yield from (str(asked) for asked in claimed.hours if not any(hour.tells(asked) for hour in hours))
    yield from (each.number for each in claimed.versions if not _is_version(each, versions, numbers))
    codes = {code for facts in stated for code in facts.codes} | numbers | {each.number for each in versions}
    yield from (code for code in claimed.codes if code not in codes)


def _missing_amounts(claimed: Facts, stated: Sequence[Facts], versions: Sequence[Version]) -> Iterator[str]:
    known = _Known(stated)
    years = {day.year for facts in stated for day in facts.days}
    for amount in claimed.amounts:
        if amount.unit == "" and (amount.number in years or _is_version(Version(amount.text, amount.bounds), versions)):
            continue
        if why := known.off(amount):
            yield why


class _Known:
    """The amounts of the sources."""

    def __init__(self, stated: Sequence[Facts]) -> None:
        self._units = frozenset().union(*(facts.units for facts in stated))
        self._by_measure: defaultdict[tuple[Fraction, str], list[Amount]] = defaultdict(list)
        self._by_number: defaultdict[Fraction, list[Amount]] = defaultdict(list)
        self._counted: defaultdict[str, set[Fraction]] = defaultdict(set)
        for amount in {amount for facts in stated for amount in facts.amounts}:
            self._by_measure[amount.measure].append(amount)
            self._by_number[amount.number].append(amount)
            self._counted[amount.noun].add(amount.number)

    def off(self, amount: Amount) -> str:
        """Why the sources do not say this; empty where they do."""
        same = self._same(amount)
        counted = self._counted.get(amount.noun, set()) if amount.noun else set()
        if not same or (counted and amount.number not in counted):
            return amount.text
        if not any(is_licensed(amount.bounds, each.bounds) for each in same):
            return f"{'/'.join(sorted(amount.bounds))} {amount.text}"
        return ""

    def _same(self, amount: Amount) -> list[Amount]:
        """A number without a unit has that of the table's header; a claim may leave a unit out, not put another."""
        same = list(self._by_measure.get(amount.measure, ()))
        for each in self._by_number.get(amount.number, ()):
            if (each.unit == "" and amount.unit in self._units) or (amount.unit == "" and not amount.noun):
                same.append(each)
        return same


def _missing_days(claimed: Facts, stated: Sequence[Facts], numbers: Collection[str]) -> Iterator[str]:
    days = [day for facts in stated for day in facts.days]
    years = {int(number) for number in numbers if len(number) == 4 and number.isdecimal()} | {day.year for day in days}
    for asked in claimed.days:
        if not any(_tells(day, asked, years) for day in (*days, _NO_DAY)):
            yield str(asked)


def _is_version(asked: Version, versions: Sequence[Version], numbers: Collection[str] = ()) -> bool:
    same = [each for each in versions if each.number == asked.number]
    if not same:
        return asked.number in numbers
    return any(is_licensed(asked.bounds, each.bounds) for each in same)


_NO_DAY = Day(None, None, None)


def _tells(day: Day, asked: Day, years: Collection[int | None]) -> bool:
    """A year may stand apart from its day, in the title ``Prices 2026``."""
    if day.year is None and asked.year in years:
        asked = replace(asked, year=None)
    return day.tells(asked)
