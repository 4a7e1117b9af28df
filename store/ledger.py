"""How far each index has followed the record.

An index belongs to one edition of a knowledge base and one arm (``dense`` or ``lexical``) and exists in generations,
kept apart on disk. A generation is built from the passages of its edition as of one outbox number and follows the
outbox from there; its watermark moves only after its own commit, so a replay may repeat changes and never skips one.
The complete generations of the current edition answer; those of the edition before are kept and follow nothing.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, Select, delete, func, insert, select, update

from core.types import FloatArray
from store.catalog import Catalog
from store.changes import batches
from store.rows import chunk_from, live_chunk_rows, vector_from
from store.statements import unknown_kb
from store.tables import chunks, editions, embeddings, indexes, knowledge_bases, outbox

# Watermark of a generation that follows nothing: it has to be compared with the record id by id.
DETACHED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One build of one index. ``watermark`` is the last outbox number that it holds, contiguously from the first."""

    id: str
    kb: str
    edition: int
    arm: str
    fingerprint: str
    watermark: int
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePassage:
    """What an index needs of a passage; ``vector`` is None where this embedder has not seen the text yet."""

    chunk_id: str
    text: str
    text_key: str
    vector: FloatArray | None


class Ledger:
    """Reads the outbox and keeps the generations of the indexes."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def head(self, kb: str) -> int:
        """The newest outbox number. Raises ``NotFound`` when the knowledge base is gone."""
        with self._catalog.engine.connect() as connection:
            head = connection.scalar(select(knowledge_bases.c.head_seq).where(knowledge_bases.c.name == kb))
            if head is None:
                raise unknown_kb(connection, kb)
        return int(head)

    def changed_since(self, kb: str, watermark: int, limit: int) -> list[tuple[int, str]]:
        """The next changes as (number, passage id), oldest first."""
        statement = (
            select(outbox.c.seq, outbox.c.chunk_id)
            .where(outbox.c.kb == kb, outbox.c.seq > watermark)
            .order_by(outbox.c.seq)
            .limit(limit)
        )
        with self._catalog.engine.connect() as connection:
            return [(row.seq, row.chunk_id) for row in connection.execute(statement)]

    def passages(
        self, kb: str, fingerprint: str, ids: Sequence[str], edition: int | None = None
    ) -> dict[str, LivePassage]:
        """Those of ``ids`` that stand in the edition (None: in the one that answers), by id."""
        found: dict[str, LivePassage] = {}
        for part in batches(ids):
            statement = _passages(kb, fingerprint, edition).where(chunks.c.chunk_id.in_(part))
            with self._catalog.engine.connect() as connection:
                found |= {row.chunk_id: _passage(row) for row in connection.execute(statement)}
        return found

    def all_passages(
        self, kb: str, fingerprint: str, batch: int, edition: int | None = None
    ) -> Iterator[list[LivePassage]]:
        """Every passage of the edition in batches, by id; memory holds one batch."""
        after = ""
        while True:
            statement = _passages(kb, fingerprint, edition).where(chunks.c.chunk_id > after)
            with self._catalog.engine.connect() as connection:
                rows = connection.execute(statement.order_by(chunks.c.chunk_id).limit(batch))
                page = [_passage(row) for row in rows]
            if not page:
                return
            yield page
            after = page[-1].chunk_id

    def lag(self, kb: str) -> dict[str, int]:
        """How many changes each index that answers is behind the record, by arm."""
        head = self.head(kb)
        statement = (
            select(indexes.c.arm, indexes.c.watermark)
            .join(editions, editions.c.id == indexes.c.edition_id)
            .where(indexes.c.kb == kb, indexes.c.complete == 1, editions.c.state == "current")
        )
        with self._catalog.engine.connect() as connection:
            # One that was brought back by a rollback has no number until it was compared.
            return {row.arm: head - max(0, row.watermark) for row in connection.execute(statement)}

    def ready(self, edition: int, arm: str) -> Generation | None:
        """The complete generation of one arm of an edition, if one was built."""
        mine = (indexes.c.edition_id == edition) & (indexes.c.arm == arm) & (indexes.c.complete == 1)
        with self._catalog.engine.connect() as connection:
            row = connection.execute(select(indexes).where(mine)).one_or_none()
        return None if row is None else _generation(row)

    def generations(self) -> list[Generation]:
        """Every generation of every knowledge base; a folder that none of them names is rubbish."""
        with self._catalog.engine.connect() as connection:
            return [_generation(row) for row in connection.execute(select(indexes))]

    def begin(self, kb: str, edition: int, arm: str, fingerprint: str) -> Generation:
        """A new generation, not complete yet, that will hold everything up to the present head."""
        made = Generation(
            id=uuid.uuid4().hex,
            kb=kb,
            edition=edition,
            arm=arm,
            fingerprint=fingerprint,
            watermark=self.head(kb),
            complete=False,
        )
        values = {"generation": made.id, "kb": kb, "edition_id": edition, "arm": arm, "fingerprint": fingerprint}
        with self._catalog.writing() as connection:
            connection.execute(insert(indexes).values(**values, watermark=made.watermark, complete=0))
        return made

    def publish(self, generation: Generation) -> None:
        """Put this generation in the place of the one before in its edition, which is forgotten."""
        same = (indexes.c.edition_id == generation.edition) & (indexes.c.arm == generation.arm)
        with self._catalog.writing() as connection:
            connection.execute(delete(indexes).where(same, indexes.c.generation != generation.id))
            connection.execute(update(indexes).where(indexes.c.generation == generation.id).values(complete=1))

    def attach(self, generation: Generation, watermark: int) -> None:
        """Let a generation that was compared with the record follow it from here on, unless its edition was left."""
        left = select(editions.c.id).where(editions.c.id == generation.edition, editions.c.state == "previous")
        mine = (indexes.c.generation == generation.id) & indexes.c.edition_id.not_in(left)
        with self._catalog.writing() as connection:
            connection.execute(update(indexes).where(mine).values(watermark=watermark))

    def advance(self, generation: Generation, watermark: int) -> None:
        """Record that the index holds everything up to ``watermark``; outbox rows that all have seen are dropped."""
        mine = (indexes.c.generation == generation.id) & (indexes.c.watermark != DETACHED)
        following = (indexes.c.kb == generation.kb) & (indexes.c.watermark != DETACHED)
        with self._catalog.writing() as connection:
            connection.execute(update(indexes).where(mine, indexes.c.watermark < watermark).values(watermark=watermark))
            seen = select(func.min(indexes.c.watermark)).where(following).scalar_subquery()
            connection.execute(delete(outbox).where(outbox.c.kb == generation.kb, outbox.c.seq <= seen))

    def forget(self, generations: Sequence[Generation]) -> None:
        """Forget generations: builds that a crash left unfinished would hold back the outbox for ever."""
        for part in batches([generation.id for generation in generations]):
            with self._catalog.writing() as connection:
                connection.execute(delete(indexes).where(indexes.c.generation.in_(part)))


def _passages(kb: str, fingerprint: str, edition: int | None) -> Select[tuple[object, ...]]:
    vector = (embeddings.c.text_key == chunks.c.text_key) & (embeddings.c.fingerprint == fingerprint)
    return live_chunk_rows(kb, edition).add_columns(embeddings.c.vector).outerjoin(embeddings, vector)


def _passage(row: Row[tuple[object, ...]]) -> LivePassage:
    chunk = chunk_from(row)
    vector = None if row.vector is None else vector_from(row.vector)
    return LivePassage(chunk_id=chunk.id, text=chunk.indexed_text, text_key=row.text_key, vector=vector)


def _generation(row: Row[tuple[object, ...]]) -> Generation:
    return Generation(
        id=row.generation,
        kb=row.kb,
        edition=row.edition_id,
        arm=row.arm,
        fingerprint=row.fingerprint,
        watermark=row.watermark,
        complete=bool(row.complete),
    )
