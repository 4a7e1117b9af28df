"""Documents that say the same or nearly so: a sketch of each live version's text, and the similar ones of each.

Both hang on versions and go with them. That two documents say the same is not kept but read from the hashes, so that
deleting or changing one leaves nothing stale.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from store.catalog import Catalog
from store.changes import add_new, batches
from store.tables import documents, near_duplicates, sketches, versions

_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """``words_hash``: SHA-256, in hexadecimal, of the text's normal form; ``signature``: its MinHash, packed."""

    words_hash: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Two versions whose texts are alike; ``similarity``: estimated share of common word sequences, below 1."""

    version: int
    other: int
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """Another document of the knowledge base; ``similarity`` is 1 exactly where it says the same."""

    source: str
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What chooses between documents that hold one passage: later versions have higher numbers.

    ``words_hash`` is empty where the version has no sketch yet.
    """

    version: int
    words_hash: str


class Duplicates:
    """Reads and keeps what is known of one record's duplicates. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def unsketched(self, kb: str, limit: int) -> dict[int, str]:
        """Texts of live versions without a sketch by version, oldest first."""
        statement = (
            select(versions.c.id, versions.c.text)
            .join(documents, documents.c.current_version == versions.c.id)
            .outerjoin(sketches, sketches.c.version_id == versions.c.id)
            .where(documents.c.kb == kb, sketches.c.version_id.is_(None))
            .order_by(versions.c.id)
            .limit(limit)
        )
        with self._catalog.engine.connect() as connection:
            return {row.id: row.text for row in connection.execute(statement)}

    def sketches(self, kb: str) -> dict[int, Sketch]:
        """Of every live version that has one, oldest first."""
        statement = _live(kb).add_columns(sketches.c.signature).order_by(sketches.c.version_id)
        with self._catalog.engine.connect() as connection:
            return {
                row.version_id: Sketch(words_hash=row.words_hash, signature=row.signature)
                for row in connection.execute(statement)
            }

    def put(self, made: Mapping[int, Sketch], near: Sequence[Near]) -> None:
        """Keep sketches and pairs, in one transaction; versions that are gone meanwhile get nothing."""
        with self._catalog.writing() as connection:
            wanted = sorted({*made, *(pair.other for pair in near)})
            present: set[int] = set()
            for part in batches(wanted):
                present.update(connection.scalars(select(versions.c.id).where(versions.c.id.in_(part))))
            rows = [
                {"version_id": version, "words_hash": each.words_hash, "signature": each.signature}
                for version, each in made.items()
                if version in present
            ]
            add_new(connection, sketches, rows)
            add_new(connection, near_duplicates, _both_ways(near, present))

    def sources(self, kb: str, of: Sequence[int]) -> dict[int, str]:
        """The sources of live versions."""
        found: dict[int, str] = {}
        with self._catalog.engine.connect() as connection:
            for part in batches(of):
                rows = connection.execute(_live(kb).where(sketches.c.version_id.in_(part)))
                found |= {row.version_id: row.source for row in rows}
        return found

    def by_source(self, kb: str) -> dict[str, tuple[Duplicate, ...]]:
        """The duplicates of every document that has some: those that say the same, the oldest 20 at most, then the
        most similar."""
        found: dict[str, list[Duplicate]] = defaultdict(list)
        for group in self._same(kb):
            oldest = [Duplicate(source=source, similarity=1.0) for source in group[: _NAMED + 1]]
            for source in group:
                found[source] += [each for each in oldest if each.source != source][:_NAMED]
        for source, near in self._near(kb).items():
            found[source] += near
        return {source: tuple(each) for source, each in found.items()}

    def standings(self, kb: str, ids: Sequence[str]) -> dict[str, Standing]:
        """Of live documents by their ids."""
        statement = (
            select(documents.c.id, documents.c.current_version, sketches.c.words_hash)
            .outerjoin(sketches, sketches.c.version_id == documents.c.current_version)
            .where(documents.c.kb == kb, documents.c.current_version.is_not(None))
        )
        found: dict[str, Standing] = {}
        with self._catalog.engine.connect() as connection:
            for part in batches(ids):
                rows = connection.execute(statement.where(documents.c.id.in_(part)))
                found |= {r.id: Standing(version=r.current_version, words_hash=r.words_hash or "") for r in rows}
        return found

    def _same(self, kb: str) -> list[list[str]]:
        live = _live(kb).subquery()
        repeated = select(live.c.words_hash).group_by(live.c.words_hash).having(func.count() > 1)
        statement = _live(kb).where(sketches.c.words_hash.in_(repeated)).order_by(sketches.c.version_id)
        groups: dict[str, list[str]] = defaultdict(list)
        with self._catalog.engine.connect() as connection:
            for row in connection.execute(statement):
                groups[row.words_hash].append(row.source)
        return list(groups.values())

    def _near(self, kb: str) -> dict[str, list[Duplicate]]:
        one, other = documents.alias("one"), documents.alias("other")
        statement = (
            select(one.c.source, other.c.source.label("other"), near_duplicates.c.similarity)
            .join(one, one.c.current_version == near_duplicates.c.version_id)
            .join(other, other.c.current_version == near_duplicates.c.other_id)
            .where(one.c.kb == kb, other.c.kb == kb)
            .order_by(near_duplicates.c.similarity.desc(), other.c.source)
        )
        found: dict[str, list[Duplicate]] = defaultdict(list)
        with self._catalog.engine.connect() as connection:
            for row in connection.execute(statement):
                found[row.source].append(Duplicate(source=row.other, similarity=row.similarity))
        return found


def _live(kb: str) -> Select[tuple[str, int, str]]:
    return (
        select(documents.c.source, sketches.c.version_id, sketches.c.words_hash)
        .join(documents, documents.c.current_version == sketches.c.version_id)
        .where(documents.c.kb == kb)
    )


def _both_ways(near: Sequence[Near], present: set[int]) -> list[dict[str, object]]:
    pairs = [pair for pair in near if {pair.version, pair.other} <= present]
    ends = [(pair.version, pair.other, pair.similarity) for pair in pairs]
    ends += [(pair.other, pair.version, pair.similarity) for pair in pairs]
    return [{"version_id": one, "other_id": other, "similarity": alike} for one, other, alike in ends]
