"""Writes that a client may send again: the first one is done, and its answer kept for those that come after."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.errors import InvalidInput
from store.catalog import Catalog
from store.clock import seconds_now
from store.tables import idempotency
from store.worker_name import is_dead, worker_name

KEEP_SECONDS = 24 * 3600.0
# No write takes longer; one that is older belongs to a process of another machine that has ended.
_LONGEST_SECONDS = 600.0
_OVER = delete(idempotency).where(idempotency.c.created_at < seconds_now() - bindparam("keep"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """What the first request was answered with."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class InFlight(InvalidInput):
    """The first request with this key is at work."""

    retryable = True


class KeyReused(InvalidInput):
    """The key came with another request before."""


class Idempotency:
    """The answers of one home. Thread-safe; any number of processes may use one record."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._owner = worker_name()

    def claim(self, tenant: str, key: str, digest: str) -> StoredAnswer | None:
        """The stored answer to the request of this key; None for the first, which then has to ``keep`` or ``release``.

        ``digest`` stands for everything that the request asks. Raises ``InFlight``, or ``KeyReused`` where the key
        came with another digest in the last 24 hours.
        """
        try:
            return self._claim(tenant, key, digest)
        except IntegrityError:
            raise _in_flight(key) from None  # another process was first by a moment

    def keep(self, tenant: str, key: str, answer: StoredAnswer) -> None:
        """Store what the claimed request was answered with."""
        values = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
        with self._catalog.writing() as connection:
            connection.execute(update(idempotency).where(_mine(tenant, key)).values(values))

    def release(self, tenant: str, key: str) -> None:
        """Forget a claim: the request came to nothing and may be sent again."""
        with self._catalog.writing() as connection:
            connection.execute(delete(idempotency).where(_mine(tenant, key), idempotency.c.status.is_(None)))

    def _claim(self, tenant: str, key: str, digest: str) -> StoredAnswer | None:
        with self._catalog.writing() as connection:
            connection.execute(_OVER, {"keep": KEEP_SECONDS})
            lost = (idempotency.c.created_at < seconds_now() - _LONGEST_SECONDS).label("lost")
            row = connection.execute(select(idempotency, lost).where(_mine(tenant, key))).one_or_none()
            if row is not None and row.status is None and (row.lost or is_dead(row.owner)):
                connection.execute(delete(idempotency).where(_mine(tenant, key)))
                row = None
            if row is None:
                values = {"tenant": tenant, "key": key, "digest": digest, "owner": self._owner}
                new = insert(idempotency).values(**values, created_at=seconds_now(), headers={}, body=b"")
                connection.execute(new)
                return None
        if row.digest != digest:
            raise KeyReused(f"the Idempotency-Key {key!r} came with another request before; use a new one")
        if row.status is None:
            raise _in_flight(key)
        return StoredAnswer(status=row.status, headers=row.headers, body=row.body)


def _in_flight(key: str) -> InFlight:
    return InFlight(f"the request with the Idempotency-Key {key!r} is at work; send it again in a moment")


def _mine(tenant: str, key: str) -> ColumnElement[bool]:
    return (idempotency.c.tenant == tenant) & (idempotency.c.key == key)
