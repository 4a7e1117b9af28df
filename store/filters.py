"""What a filter leaves of a knowledge base, out of the record."""

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches

from sqlalchemy import ColumnElement, Connection, Select, func, select

from core.errors import InvalidInput
from core.filtering import FORMAT, KIND, SOURCE, folded, format_of, key_of, require_usable, source_matcher
from core.types import ChunkKind, Condition, Filter
from store.catalog import Catalog
from store.changes import batches
from store.kb_key import split_key
from store.selection import Selection
from store.statements import PLACES_BY_VERSION, REVISION, unknown_kb
from store.tables import chunks, documents, edition_versions, facets

_EVERY_DOCUMENT = (SOURCE, "language", FORMAT, KIND)
_SHOWN = 10
_COMPARED = 5_000


class Filters:
    """Reads one record. Thread-safe. A filter sees one knowledge base and one edition of it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def revision(self, kb: str) -> int:
        """Changes with every write that may change what a filter leaves. Raises ``NotFound``."""
        with self._catalog.engine.connect() as connection:
            return _revision(connection, kb)

    def select(self, kb: str, edition: int, filter: Filter) -> Selection:
        """What the filter leaves of an edition.

        Raises ``InvalidInput`` for a name that no document of the knowledge base has, and for a value that none has.
        """
        require_usable(filter)
        of_kind = [each for each in filter.conditions if folded(each.name) == KIND]
        kinds = _kinds(of_kind) if of_kind else None
        with self._catalog.engine.connect() as connection:
            revision = _revision(connection, kb)
            versions = frozenset(_versions(connection, kb, edition, filter))
            return Selection(
                versions=versions,
                kinds=kinds,
                passages=_count(connection, sorted(versions), kinds),
                of=_count_all(connection, kb, edition),
                revision=revision,
            )

    def count(self, kb: str, edition: int) -> int:
        """Live passages of an edition."""
        with self._catalog.engine.connect() as connection:
            return _count_all(connection, kb, edition)

    def passages(self, selection: Selection, versions: Sequence[int]) -> Iterator[tuple[int, str, str]]:
        """Version, id and text key of the selection's passages in these versions."""
        with self._catalog.engine.connect() as connection:
            for part in batches(versions):
                rows = connection.execute(PLACES_BY_VERSION, {"versions": part})
                yield from (
                    (row.version_id, row.chunk_id, row.text_key)
                    for row in rows
                    if selection.holds(row.version_id, row.kind)
                )


def _revision(connection: Connection, kb: str) -> int:
    found = connection.scalar(REVISION, {"kb": kb})
    if found is None:
        raise unknown_kb(connection, kb)
    return int(found)


def _versions(connection: Connection, kb: str, edition: int, filter: Filter) -> Iterator[int]:
    """Versions that stand in the edition and meet every condition on documents."""
    of_source: list[tuple[Callable[[str], bool], bool]] = []
    of_version: list[ColumnElement[bool]] = []
    stands = func.coalesce(edition_versions.c.version_id, documents.c.current_version)
    for condition in filter.conditions:
        name = folded(condition.name)
        if name in {SOURCE, FORMAT}:
            of_source.append((_of_source(connection, kb, name, condition), not condition.negated))
        elif name != KIND:
            inside = stands.in_(_facet(connection, kb, name, condition))
            of_version.append(~inside if condition.negated else inside)
    if filter.as_of is not None:
        day = filter.as_of.isoformat()
        later, earlier = facets.c.value_key > day, facets.c.value_key < day
        for name, out in (("valid_from", later), ("valid_until", earlier)):
            of_version.append(stands.not_in(select(facets.c.version_id).where(facets.c.name == name, out)))
    for row in connection.execute(_standing(kb, edition, stands).where(*of_version)):
        if all(matches(row.source) is wanted for matches, wanted in of_source):
            yield row.version_id


def _standing(kb: str, edition: int, stands: "ColumnElement[int]") -> Select[tuple[int, str]]:
    other = (edition_versions.c.document_id == documents.c.id) & (edition_versions.c.edition_id == edition)
    places = documents.outerjoin(edition_versions, other)
    rows = select(stands.label("version_id"), documents.c.source).select_from(places)
    return rows.where(documents.c.kb == kb, documents.c.current_version.is_not(None))


def _facet(connection: Connection, kb: str, name: str, condition: Condition) -> Select[tuple[int]]:
    """Versions that have one of the values; of other knowledge bases too."""
    wanted = {key_of(value): value for value in condition.values}
    mine = _of_kb(kb).where(facets.c.name == name)
    unknown = [
        value
        for key, value in wanted.items()
        if connection.scalar(mine.with_only_columns(1).where(facets.c.value_key == key).limit(1)) is None
    ]
    if unknown:
        values = connection.scalars(mine.with_only_columns(facets.c.value).distinct().limit(_COMPARED)).all()
        if not values:
            raise _unknown_name(connection, kb, condition.name)
        raise _unknown_value(condition.name, unknown[0], values)
    return select(facets.c.version_id).where(facets.c.name == name, facets.c.value_key.in_(wanted))


def _of_source(connection: Connection, kb: str, name: str, condition: Condition) -> Callable[[str], bool]:
    """Whether a document's name meets the condition; each value has to fit some document."""
    sources = connection.scalars(
        select(documents.c.source).where(documents.c.kb == kb, documents.c.current_version.is_not(None))
    ).all()
    for value in condition.values:
        one = _matcher(name, [value])
        if not any(map(one, sources)):
            known = sources if name == SOURCE else [format_of(source) for source in sources]
            raise _unknown_value(name, value, sorted({each for each in known if each}))
    return _matcher(name, condition.values)


def _matcher(name: str, values: Sequence[str]) -> Callable[[str], bool]:
    if name == SOURCE:
        return source_matcher(values)
    wanted = {folded(value).removeprefix(".") for value in values}
    return lambda source: format_of(source) in wanted


def _kinds(conditions: Sequence[Condition]) -> frozenset[str]:
    left = {kind.value for kind in ChunkKind}
    for condition in conditions:
        wanted = {folded(value) for value in condition.values}
        if unknown := sorted(wanted - {kind.value for kind in ChunkKind}):
            raise _unknown_value(KIND, unknown[0], [kind.value for kind in ChunkKind])
        left = left - wanted if condition.negated else left & wanted
    return frozenset(left)


def _count(connection: Connection, versions: Sequence[int], kinds: frozenset[str] | None) -> int:
    counted = select(func.count()).select_from(chunks)
    if kinds is not None:
        counted = counted.where(chunks.c.kind.in_(sorted(kinds)))
    return sum(connection.scalar(counted.where(chunks.c.version_id.in_(part))) or 0 for part in batches(versions))


def _count_all(connection: Connection, kb: str, edition: int) -> int:
    stands = func.coalesce(edition_versions.c.version_id, documents.c.current_version)
    standing = _standing(kb, edition, stands).subquery()
    counted = select(func.count()).select_from(standing.join(chunks, chunks.c.version_id == standing.c.version_id))
    return connection.scalar(counted) or 0


def _of_kb(kb: str) -> Select[tuple[str]]:
    joined = facets.join(documents, documents.c.current_version == facets.c.version_id)
    return select(facets.c.name).select_from(joined).where(documents.c.kb == kb)


def _unknown_name(connection: Connection, kb: str, name: str) -> InvalidInput:
    known = sorted({*connection.scalars(_of_kb(kb).distinct()), *_EVERY_DOCUMENT})
    return InvalidInput(f"no document of {split_key(kb)[1]!r} has {name!r:.80}; there is: {', '.join(known[:100])}")


def _unknown_value(name: str, value: str, known: Sequence[str]) -> InvalidInput:
    by_key = {folded(each): each for each in known}
    near = [by_key[key] for key in get_close_matches(folded(value)[:200], by_key, n=5, cutoff=0.5)]
    shown = ", ".join(repr(each)[:80] for each in near or sorted(by_key.values())[:_SHOWN]) or "none"
    return InvalidInput(f"no document has {name} {value!r:.80}; {'near it' if near else 'there is'}: {shown}")
