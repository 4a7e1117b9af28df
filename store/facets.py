"""The names and values by which documents are filtered, put beside each version.

A facet is made of its version's metadata and goes with it: moves, switches of editions and deletions leave nothing to
follow. Sources and formats belong to documents and are read from them.
"""

import re
from collections.abc import Iterator
from datetime import date

from core.filtering import FORMAT, KIND, LANGUAGE, SOURCE, folded, key_of, visible
from core.types import Document, Metadata

_MAX_PARTS = 20
_MAX_LIST_CHARS = 200
_MAX_SHOWN_CHARS = 200
# Metadata keeps lists as text with marks between.
_MARK = re.compile(r"[,;|，；、｜]")
_WHOLE = frozenset({"title"})
_NOT_FROM_METADATA = frozenset({SOURCE, FORMAT, KIND, LANGUAGE, "valid_from", "valid_until"})


def facets_of(version: int, document: Document) -> list[dict[str, object]]:
    """Rows of ``facets`` for a new version."""
    validity = {"valid_from": document.valid_from, "valid_until": document.valid_until}
    return facet_rows(version, document.language, document.metadata, validity)


def facet_rows(
    version: int, language: str, metadata: Metadata, validity: dict[str, date | None]
) -> list[dict[str, object]]:
    """Rows of ``facets``: at least its language, at most 21 of each name, lists also by their parts."""
    values = {(name, key_of(value)): value for name, value in _values(language, metadata, validity)}
    return [
        {"version_id": version, "name": name, "value_key": key, "value": value[:_MAX_SHOWN_CHARS]}
        for (name, key), value in values.items()
    ]


def _values(language: str, metadata: Metadata, validity: dict[str, date | None]) -> Iterator[tuple[str, str]]:
    yield LANGUAGE, language
    if folded(metadata.get(LANGUAGE, "")):
        yield LANGUAGE, metadata[LANGUAGE]
    yield from ((name, day.isoformat()) for name, day in validity.items() if day is not None)
    for name, value in metadata.items():
        plain = folded(name)
        if plain and plain not in _NOT_FROM_METADATA:
            yield from ((plain, part) for part in _parts(plain, value))


def _parts(name: str, value: str) -> Iterator[str]:
    """The value itself and, of a list, its parts."""
    parts = _MARK.split(value) if len(value) <= _MAX_LIST_CHARS and name not in _WHOLE else []
    for part in (value, *parts[:_MAX_PARTS]):
        if folded(part):
            yield " ".join(visible(part).split())
