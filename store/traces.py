"""How answers came about, one row each: written behind the answer, read by those who look into it, swept by age.

What a row says (``document``) is the answer path's affair (``answer/traces/trace.py``); here it is JSON, kept
compressed: a trace of 32 hits takes 4 KB in place of 14.
"""

import json
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from core.errors import NotFound, RecordError
from store.catalog import Catalog
from store.statements import INDEXES_NOW, KB_NOW
from store.tables import knowledge_bases, traces

# Rows deleted in one transaction: an ingestion beside it waits for no more than that.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """A trace in a list. ``created_at`` is in seconds since 1970; ``question`` is as it was kept, redacted."""

    trace_id: str
    kb: str
    created_at: float
    status: str
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow(TraceLine):
    """A whole trace. ``proven`` and ``dropped`` count the claims that were drafted for it, by what the proof made of
    them; both are None where the answer was given once more, and in rows of earlier releases."""

    document: Mapping[str, Any]
    proven: int | None = None
    dropped: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What answers in a knowledge base now: its edition (None: none yet), the index generation of each arm, and the
    number of the record's last change."""

    edition: int | None
    generations: Mapping[str, str]
    change: int


class Traces:
    """The traces of one record. Thread-safe; several processes may write and sweep at once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        dialect = postgresql if catalog.engine.dialect.name == "postgresql" else sqlite
        self._insert = dialect.insert

    def put(self, rows: Sequence[TraceRow]) -> None:
        """Write them in one transaction; those of knowledge bases that are gone are left out, as their texts are.

        Raises ``RecordError`` where the record cannot be written.
        """
        with _mapped(), self._catalog.writing() as connection:
            known = set(connection.scalars(select(knowledge_bases.c.name)))
            values = [_values(row) for row in rows if row.kb in known]
            if values:
                connection.execute(self._insert(traces).on_conflict_do_nothing(), values)

    def standing(self, kb: str) -> Standing:
        """What a trace made now says of the record; all empty for a knowledge base that is gone."""
        with self._catalog.engine.connect() as connection:
            now = connection.execute(KB_NOW, {"kb": kb}).one_or_none()
            rows = connection.execute(INDEXES_NOW, {"kb": kb}).all()
        if now is None:
            return Standing(edition=None, generations={}, change=0)
        generations = {row.arm: row.generation for row in rows if row.complete and row.edition_id == now.edition}
        return Standing(edition=now.edition, generations=generations, change=now.head_seq)

    def get(self, trace_id: str) -> TraceRow:
        """Raises ``NotFound``."""
        with self._catalog.engine.connect() as connection:
            row = connection.execute(select(traces).where(traces.c.trace_id == trace_id)).one_or_none()
        if row is None:
            raise unknown_trace(trace_id)
        return TraceRow(**{**row._mapping, "document": json.loads(zlib.decompress(row.document))})

    def newest(self, kb: str | None = None, *, limit: int, status: str | None = None) -> list[TraceLine]:
        """The newest first, of one knowledge base or of all."""
        names = TraceLine.__slots__
        statement = select(*(traces.c[name] for name in names)).order_by(traces.c.created_at.desc(), traces.c.trace_id)
        if kb is not None:
            statement = statement.where(traces.c.kb == kb)
        if status is not None:
            statement = statement.where(traces.c.status == status)
        with self._catalog.engine.connect() as connection:
            return [_line(row) for row in connection.execute(statement.limit(limit))]

    def of_status(self, kbs: Collection[str], status: str, *, since: float, limit: int) -> list[TraceLine]:
        """The newest first, of these knowledge bases, made at ``since`` (seconds since 1970) or later."""
        statement = select(*(traces.c[name] for name in TraceLine.__slots__)).where(
            traces.c.kb.in_(sorted(kbs)), traces.c.status == status, traces.c.created_at >= since
        )
        newest = statement.order_by(traces.c.created_at.desc(), traces.c.trace_id)
        with self._catalog.engine.connect() as connection:
            return [_line(row) for row in connection.execute(newest.limit(limit))]

    def sweep(self, *, before: float, keep: int) -> int:
        """Delete what was made before that time (seconds since 1970), and of each knowledge base all but the newest
        ``keep``. Returns how many went. Raises ``RecordError``."""
        old = select(traces.c.trace_id).where(traces.c.created_at < before)
        return self._delete(old) + sum(self._delete(_beyond(kb, keep)) for kb in self._catalog.kb_names())

    def _delete(self, which: Select[tuple[str]]) -> int:
        gone = 0
        while True:
            with self._catalog.engine.connect() as connection:
                ids = list(connection.scalars(which.limit(_AT_ONCE)))
            if ids:
                with _mapped(), self._catalog.writing() as connection:
                    gone += connection.execute(delete(traces).where(traces.c.trace_id.in_(ids))).rowcount
            if len(ids) < _AT_ONCE:
                return gone


def unknown_trace(trace_id: str) -> NotFound:
    """What is said of a trace that is not there, or not for whoever asks."""
    return NotFound(
        f"there is no trace {trace_id!r:.80}: it never was, or it is past traces.keep_days or traces.keep; "
        "`citedesk traces list` shows those that are kept"
    )


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        # Without the statement's values, which the vendor's words repeat: they would end in the log.
        raise RecordError(f"the record does not take traces: {error.orig}; see to its disk and its locks") from error


def _beyond(kb: str, keep: int) -> Select[tuple[str]]:
    ranked = select(traces.c.trace_id).where(traces.c.kb == kb)
    return ranked.order_by(traces.c.created_at.desc(), traces.c.trace_id).offset(keep)


def _values(row: TraceRow) -> dict[str, object]:
    line = {name: getattr(row, name) for name in TraceLine.__slots__}
    line["question"] = row.question.replace("\0", "")  # PostgreSQL takes no NUL
    claims = {"proven": row.proven, "dropped": row.dropped}
    return {**line, **claims, "document": zlib.compress(json.dumps(row.document, allow_nan=False).encode())}


def _line(row: Row[Any]) -> TraceLine:
    return TraceLine(**row._mapping)
