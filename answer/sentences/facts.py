"""Numbers, dates, versions and codes of a text as they are written, and whether it denies anything.

The proof of claims reads them more closely (``answer/proof/licence``); this is what fitted scores were fitted on.
"""

from collections.abc import Iterable

import regex

from core.text import fold, normalise, simplify

# A number with its marks, or any word with a digit in it: 3.50, 1,299, 2026-01-01, v5.4.2, TM-1042, 14天 gives 14.
_FACT = regex.compile(r"(?V1)[\p{L}\p{N}--\p{Han}]*\p{N}(?:[\p{L}\p{N}--\p{Han}]|[.,:/_\-](?=[\p{L}\p{N}--\p{Han}]))*")
_JOINED_CODE = regex.compile(r"[A-Z][A-Z0-9]*(?:[_\-][A-Z0-9]+)+")
_UNIT_SPLIT = regex.compile(r"^(\d[\d.,:/\-]*?)([a-z%]+)$")
_NEGATION = regex.compile(
    r"\b(?:not|no|never|none|neither|nor|cannot|without|nothing)\b|n't\b|不|没|無|无|未|非|勿|禁止|别", regex.IGNORECASE
)
# Chinese words that contain a negating character and deny nothing.
_NOT_NEGATING = regex.compile(
    r"不同|不仅|不但|不过|不断|无论|不论|非常|除非|未来|不管|区别|级别|类别|分别|特别|别名|个别|识别|not only"
)
_MONTHS = {
    name: str(number)
    for number, names in enumerate(
        "january jan,february feb,march mar,april apr,may,june jun,july jul,august aug,september sep sept,october oct,"
        "november nov,december dec".split(","),
        start=1,
    )
    for name in names.split()
}
_MONTH = regex.compile(
    rf"\b(?:{'|'.join(name for name in _MONTHS if name != 'may')})\b|\bMay(?=\s+\d)|(?<=\d\s)May\b", regex.I
)


def facts(text: str) -> set[str]:
    """Numbers, dates, versions and codes in one spelling: thousands marks dropped, units split off, months kept."""
    plain = simplify(normalise(text))
    found = {_plain_number(match.group()) for match in _FACT.finditer(plain)}
    split = {part for fact in found for part in _unit_parts(fact)}
    codes = {fold(match.group()) for match in _JOINED_CODE.finditer(plain)}
    months = {f"month {_MONTHS[match.group().lower()]}" for match in _MONTH.finditer(plain)}
    return split | codes | months


def unlicensed(claim: str, sources: Iterable[str]) -> set[str]:
    """The facts of the claim that occur in none of the sources."""
    known = set().union(*(facts(source) for source in sources))
    return facts(claim) - known


def is_negated(text: str) -> bool:
    """Whether the text denies something, by an English or Chinese negation."""
    return bool(_NEGATION.search(_NOT_NEGATING.sub(" ", simplify(normalise(text)))))


def _plain_number(fact: str) -> str:
    folded = fold(fact).strip(".,:/-_")
    return regex.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", folded)


def _unit_parts(fact: str) -> tuple[str, ...]:
    """``80gb`` and ``80 GB`` must meet, so the number stands for itself; versions and codes stay whole."""
    match = _UNIT_SPLIT.match(fact)
    return (match.group(1), match.group(2)) if match else (fact,)
