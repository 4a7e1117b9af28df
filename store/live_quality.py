"""How answers went of late: what was answered, proven and disliked, by hour or day."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Executable, Row, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from core.types import AnswerStatus
from store.catalog import Catalog
from store.feedback import Rating
from store.tables import feedback, traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Counts of one span of time. ``answers`` are all; ``proven`` and ``dropped`` are claims that were drafted, ``up``
    and ``down`` thumbs. The rates are None where nothing was counted."""

    answers: int = 0
    answered: int = 0
    abstained: int = 0
    refused: int = 0
    unavailable: int = 0
    proven: int = 0
    dropped: int = 0
    up: int = 0
    down: int = 0

    def __add__(self, other: "Quality") -> "Quality":
        return Quality(**{name: getattr(self, name) + getattr(other, name) for name in Quality.__slots__})

    @property
    def abstention_rate(self) -> float | None:
        """Share of the questions that could have been answered and were not; 0 to 1."""
        return _share(self.abstained, self.answered + self.abstained)

    @property
    def proof_failure_rate(self) -> float | None:
        """Share of the drafted claims that could not be proven; 0 to 1."""
        return _share(self.dropped, self.proven + self.dropped)

    @property
    def dislike_rate(self) -> float | None:
        """Share of the thumbs that are down; 0 to 1."""
        return _share(self.down, self.up + self.down)


def live_quality(catalog: Catalog, kbs: Collection[str], *, since: float, step: float) -> dict[float, Quality]:
    """Counts by the beginning of each ``step`` seconds since 1970 in which something happened, oldest first.

    Of answers whose traces are kept, at ``since`` or later; feedback counts when it was given. Blocks.
    """
    found: defaultdict[float, Quality] = defaultdict(Quality)
    answers, thumbs = _answers(kbs, since, step), _thumbs(kbs, since, step)
    with catalog.engine.connect() as connection:
        for row in (*connection.execute(answers), *connection.execute(thumbs)):
            found[row.place * step] += _quality(row)
    return dict(sorted(found.items()))


class _whole(FunctionElement[int]):  # noqa: N801  # read in SQL expressions like func.floor(), which SQLite may lack
    inherit_cache = True
    type = BigInteger()


@compiles(_whole, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS INTEGER)"


@compiles(_whole, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(FLOOR({compiler.process(element.clauses, **options)}) AS BIGINT)"


def _beginning(moment: ColumnElement[float], step: float) -> ColumnElement[int]:
    return _whole(moment / step).label("place")


def _answers(kbs: Collection[str], since: float, step: float) -> Executable:
    statuses = {
        "answered": AnswerStatus.ANSWERED,
        "abstained": AnswerStatus.INSUFFICIENT_EVIDENCE,
        "refused": AnswerStatus.REFUSED,
        "unavailable": AnswerStatus.UNAVAILABLE,
    }
    counts = [_times(traces.c.status == status.value).label(name) for name, status in statuses.items()]
    claims = [func.coalesce(func.sum(traces.c[name]), 0).label(name) for name in ("proven", "dropped")]
    place, made = _beginning(traces.c.created_at, step), traces.c.created_at >= since
    counted = select(place, func.count().label("answers"), *counts, *claims)
    return counted.where(made, traces.c.kb.in_(sorted(kbs))).group_by(place)


def _thumbs(kbs: Collection[str], since: float, step: float) -> Executable:
    counts = [_times(feedback.c.rating == rating.value).label(rating.value) for rating in Rating]
    place, given = _beginning(feedback.c.updated_at, step), feedback.c.updated_at >= since
    return select(place, *counts).where(given, feedback.c.kb.in_(sorted(kbs))).group_by(place)


def _times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _quality(row: Row[Any]) -> Quality:
    return Quality(**{name: value for name, value in row._mapping.items() if name != "place"})


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
