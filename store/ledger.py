"""How far each index has followed the record.

An index belongs to one knowledge base and one arm (``dense`` or ``lexical``) and exists in generations, kept apart on
disk; one of them is live. A generation is built from the live passages as of one outbox number and follows the
outbox from there; its watermark moves only after its own commit, so a replay may repeat changes and never skips one.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, Select, delete, func, insert, select, update

from core.errors import NotFound
from core.types import FloatArray
from store.catalog import Catalog
from store.changes import batches
from store.rows import chunk_from, live_chunk_rows, vector_from
from store.tables import chunks, embeddings, indexes, knowledge_bases, outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One build of one index. ``watermark`` is the last outbox number that it holds, contiguously from the first."""

    id: str
    kb: str
    arm: str
    fingerprint: str
    watermark: int
    live: bool


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
            raise NotFound(f"no knowledge base named {kb!r}")
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

    def passages(self, kb: str, fingerprint: str, ids: Sequence[str]) -> dict[str, LivePassage]:
        """Those of ``ids`` that are live, by id."""
        found: dict[str, LivePassage] = {}
        for part in batches(ids):
            statement = _passages(kb, fingerprint).where(chunks.c.chunk_id.in_(part))
            with self._catalog.engine.connect() as connection:
                found |= {row.chunk_id: _passage(row) for row in connection.execute(statement)}
        return found

    def all_passages(self, kb: str, fingerprint: str, batch: int) -> Iterator[list[LivePassage]]:
        """Every live passage in batches, by id; memory holds one batch."""
        after = ""
        while True:
            statement = _passages(kb, fingerprint).where(chunks.c.chunk_id > after).order_by(chunks.c.chunk_id)
            with self._catalog.engine.connect() as connection:
                page = [_passage(row) for row in connection.execute(statement.limit(batch))]
            if not page:
                return
            yield page
            after = page[-1].chunk_id

    def lag(self, kb: str) -> dict[str, int]:
        """How many changes each live index is behind the record, by arm."""
        head = self.head(kb)
        return {g.arm: head - g.watermark for g in self.generations() if g.kb == kb and g.live}

    def live_generation(self, kb: str, arm: str) -> Generation | None:
        """The generation that answers, if one was built."""
        statement = select(indexes).where(indexes.c.kb == kb, indexes.c.arm == arm, indexes.c.live == 1)
        with self._catalog.engine.connect() as connection:
            row = connection.execute(statement).one_or_none()
        return None if row is None else _generation(row)

    def generations(self) -> list[Generation]:
        """Every generation of every knowledge base; a folder that none of them names is rubbish."""
        with self._catalog.engine.connect() as connection:
            return [_generation(row) for row in connection.execute(select(indexes))]

    def begin(self, kb: str, arm: str, fingerprint: str) -> Generation:
        """A new generation, not live yet, that will hold everything up to the present head."""
        head = self.head(kb)
        made = Generation(id=uuid.uuid4().hex, kb=kb, arm=arm, fingerprint=fingerprint, watermark=head, live=False)
        with self._catalog.writing() as connection:
            values = {"generation": made.id, "kb": kb, "arm": arm, "fingerprint": fingerprint}
            connection.execute(insert(indexes).values(**values, watermark=head, live=0))
        return made

    def publish(self, generation: Generation) -> None:
        """Let this generation answer in place of the one before, which is forgotten."""
        same_arm = (indexes.c.kb == generation.kb) & (indexes.c.arm == generation.arm)
        with self._catalog.writing() as connection:
            connection.execute(delete(indexes).where(same_arm, indexes.c.generation != generation.id))
            connection.execute(update(indexes).where(indexes.c.generation == generation.id).values(live=1))

    def advance(self, generation: Generation, watermark: int) -> None:
        """Record that the index holds everything up to ``watermark``; outbox rows that all have seen are dropped."""
        with self._catalog.writing() as connection:
            mine = indexes.c.generation == generation.id
            connection.execute(update(indexes).where(mine, indexes.c.watermark < watermark).values(watermark=watermark))
            seen = select(func.min(indexes.c.watermark)).where(indexes.c.kb == generation.kb).scalar_subquery()
            connection.execute(delete(outbox).where(outbox.c.kb == generation.kb, outbox.c.seq <= seen))

    def forget(self, generations: Sequence[Generation]) -> None:
        """Forget generations: builds that a crash left unfinished would hold back the outbox for ever."""
        for part in batches([generation.id for generation in generations]):
            with self._catalog.writing() as connection:
                connection.execute(delete(indexes).where(indexes.c.generation.in_(part)))


def _passages(kb: str, fingerprint: str) -> Select[tuple[object, ...]]:
    vector = (embeddings.c.text_key == chunks.c.text_key) & (embeddings.c.fingerprint == fingerprint)
    return live_chunk_rows(kb).add_columns(embeddings.c.vector).outerjoin(embeddings, vector)


def _passage(row: Row[tuple[object, ...]]) -> LivePassage:
    chunk = chunk_from(row)
    vector = None if row.vector is None else vector_from(row.vector)
    return LivePassage(chunk_id=chunk.id, text=chunk.indexed_text, text_key=row.text_key, vector=vector)


def _generation(row: Row[tuple[object, ...]]) -> Generation:
    return Generation(
        id=row.generation,
        kb=row.kb,
        arm=row.arm,
        fingerprint=row.fingerprint,
        watermark=row.watermark,
        live=bool(row.live),
    )
