"""What each term of a query gave a passage, out of tantivy's own account of a score."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.explanation import TermShare

_TERM = re.compile(r'Term=Term\(field=\d+, type=Str, "(.*)"\)', re.DOTALL)


def shares_of(account: Mapping[str, Any]) -> tuple[TermShare, ...]:
    """Of ``Query.explain``'s JSON, the weightiest first; their scores add up to the passage's.

    A term that the query holds twice counts twice.
    """
    found: dict[str, TermShare] = {}
    for share in _shares(account, 1.0):
        known = found.get(share.term)
        found[share.term] = share if known is None else replace(known, score=known.score + share.score)
    return tuple(sorted(found.values(), key=lambda share: (-share.score, share.term)))


def _shares(account: Mapping[str, Any], boost: float) -> Iterator[TermShare]:
    """A clause is a term, or a sum or boost of clauses."""
    for context in account.get("context") or ():
        if named := _TERM.fullmatch(context):
            yield _share(named.group(1), boost * account["value"], account["details"])
            return
    inner = account.get("details") or ()
    if account["description"].startswith("Boost") and inner and inner[0]["value"]:
        boost *= account["value"] / inner[0]["value"]
    for each in inner:
        yield from _shares(each, boost)


def _share(term: str, score: float, factors: list[dict[str, Any]]) -> TermShare:
    idf = next(each for each in factors if each["description"].startswith("idf"))
    freq = next(each for each in factors if each["description"].startswith("freq"))
    return TermShare(
        term=term,
        score=score,
        idf=idf["value"],
        passages=int(idf["details"][0]["value"]),
        count=int(freq["details"][0]["value"]),
    )
