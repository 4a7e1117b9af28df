"""What people thought of answers: one row for each author and answer, with a copy of its trace.

Traces are swept by age; what was said of an answer is worth nothing without it, so the copy stays. Who said it is kept
as a digest only.
"""

import hashlib
import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, insert, or_, select, update

from core.errors import InvalidInput, NotFound
from core.types import Language
from store.catalog import Catalog
from store.clock import seconds_now
from store.tables import feedback, feedback_documents, knowledge_bases
from store.traces import unknown_trace


class Rating(StrEnum):
    """A thumb."""

    UP = "up"
    DOWN = "down"


class Reason(StrEnum):
    """Why a thumb is down."""

    WRONG = "wrong"
    INCOMPLETE = "incomplete"
    OFF_TOPIC = "off_topic"
    OUTDATED = "outdated"
    WRONG_QUOTE = "wrong_quote"
    SHOULD_HAVE_ANSWERED = "should_have_answered"
    SHOULD_NOT_HAVE_ANSWERED = "should_not_have_answered"
    HARD_TO_READ = "hard_to_read"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What somebody says of an answer. ``corrected_answer`` is what it should have been, in their words;
    ``missing_document`` says that the documents lack what was asked for.

    Raises ``InvalidInput`` where it says nothing, or gives a reason without a thumb down.
    """

    rating: Rating | None = None
    reason: Reason | None = None
    comment: str = ""
    corrected_answer: str = ""
    missing_document: bool = False

    def __post_init__(self) -> None:
        if self.reason is not None and self.rating is not Rating.DOWN:
            raise InvalidInput(f"the reason {self.reason.value!r} says why a thumb is down; rate it down or leave it")
        if not (self.rating or self.comment.strip() or self.corrected_answer.strip() or self.missing_document):
            raise InvalidInput("nothing is said; give a rating, a comment, a corrected answer or missing_document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer that an opinion is about. ``prompt`` names the prompt that wrote it, empty where no model did;
    ``documents`` are the sources that it quoted, by document id; ``trace`` is how it came about."""

    trace_id: str
    kb: str
    status: str
    language: Language
    question: str
    prompt: str
    documents: Mapping[str, str]
    trace: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """An opinion as it is kept, without the trace. Times are in seconds since 1970; ``author`` is a digest."""

    id: str
    kb: str
    trace_id: str
    author: str
    created_at: float
    updated_at: float
    status: str
    language: Language
    question: str
    prompt: str
    opinion: Opinion


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which feedback is asked for: of these knowledge bases, by key, and with all of what else is given.

    ``since`` is in seconds since 1970.
    """

    kbs: Collection[str]
    rating: Rating | None = None
    reason: Reason | None = None
    missing_document: bool | None = None
    corrected: bool | None = None
    since: float = 0.0

    def condition(self) -> ColumnElement[bool]:
        """The same for the record."""
        held = [feedback.c.kb.in_(sorted(self.kbs)), feedback.c.updated_at >= self.since]
        if self.rating is not None:
            held.append(feedback.c.rating == self.rating.value)
        if self.reason is not None:
            held.append(feedback.c.reason == self.reason.value)
        if self.missing_document is not None:
            held.append(feedback.c.missing_document == int(self.missing_document))
        if self.corrected is not None:
            held.append((feedback.c.corrected_answer != "") == self.corrected)
        return and_(*held)


class FeedbackRecord:
    """The feedback of one record. Thread-safe; any number of processes may use it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def put(self, answered: Answered, author: str, opinion: Opinion) -> tuple[Feedback, bool]:
        """Keep what ``author`` says of an answer, in place of what they said before; and whether it is the first.

        ``author`` is any name, of which a digest is kept. Raises ``NotFound`` where the knowledge base is gone.
        """
        number = feedback_id(answered.trace_id, author)
        with self._catalog.writing() as connection:
            # Locked where others may write at the same time, so that one author's two words come one after the other.
            held = select(knowledge_bases.c.name).where(knowledge_bases.c.name == answered.kb)
            if connection.scalar(held.with_for_update(key_share=True)) is None:
                raise unknown_trace(answered.trace_id)
            changed = update(feedback).where(feedback.c.id == number)
            row = connection.execute(
                changed.values(**_said(opinion), updated_at=seconds_now()).returning(*_LINE)
            ).one_or_none()
            if row is not None:
                return _line(row), False
            new = insert(feedback).values(id=number, author=_digest(author), **_new(answered), **_said(opinion))
            row = connection.execute(new.returning(*_LINE)).one()
            cited = [
                {"feedback_id": number, "document_id": document_id, "source": source}
                for document_id, source in answered.documents.items()
            ]
            if cited:
                connection.execute(insert(feedback_documents), cited)
        return _line(row), True

    def get(self, number: str) -> Feedback:
        """Raises ``NotFound``."""
        with self._catalog.engine.connect() as connection:
            row = connection.execute(select(*_LINE).where(feedback.c.id == number)).one_or_none()
        if row is None:
            raise unknown_feedback(number)
        return _line(row)

    def trace(self, number: str) -> Mapping[str, Any]:
        """How the answer came about, also where its trace is swept. Raises ``NotFound``."""
        with self._catalog.engine.connect() as connection:
            packed = connection.scalar(select(feedback.c.trace).where(feedback.c.id == number))
        if packed is None:
            raise unknown_feedback(number)
        document: Mapping[str, Any] = json.loads(zlib.decompress(packed))
        return document

    def documents(self, number: str) -> dict[str, str]:
        """The sources that the answer quoted, by document id."""
        cited = select(feedback_documents.c.document_id, feedback_documents.c.source)
        with self._catalog.engine.connect() as connection:
            rows = connection.execute(cited.where(feedback_documents.c.feedback_id == number)).all()
        return {row.document_id: row.source for row in sorted(rows, key=lambda row: (row.source, row.document_id))}

    def page(self, wanted: Wanted, *, limit: int, before: tuple[float, str] | None = None) -> Sequence[Feedback]:
        """The newest first; ``before`` is time and id of the last one of the page before."""
        statement = select(*_LINE).where(wanted.condition())
        if before is not None:
            moment, number = before
            same = and_(feedback.c.updated_at == moment, feedback.c.id < number)
            statement = statement.where(or_(feedback.c.updated_at < moment, same))
        newest = statement.order_by(feedback.c.updated_at.desc(), feedback.c.id.desc())
        with self._catalog.engine.connect() as connection:
            return [_line(row) for row in connection.execute(newest.limit(limit))]

    def delete(self, number: str) -> None:
        """Forget one, with its copy of the trace. Raises ``NotFound``."""
        with self._catalog.writing() as connection:
            if not connection.execute(delete(feedback).where(feedback.c.id == number)).rowcount:
                raise unknown_feedback(number)


def feedback_id(trace_id: str, author: str) -> str:
    """The same for everything that one author says of one answer."""
    return f"fb_{_digest(f'{trace_id}{chr(0)}{author}')}"


def unknown_feedback(number: str) -> NotFound:
    """What is said of feedback that is not there, or not for whoever asks."""
    return NotFound(f"there is no feedback {number[:80]!r}; `citedesk feedback list` shows what there is")


_LINE = [column for column in feedback.c if column.name != "trace"]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _new(answered: Answered) -> dict[str, object]:
    packed = zlib.compress(json.dumps(answered.trace, allow_nan=False).encode())
    names = ("trace_id", "kb", "status", "language", "question", "prompt")
    now = {"created_at": seconds_now(), "updated_at": seconds_now()}
    return {**{name: getattr(answered, name) for name in names}, **now, "trace": packed}


def _said(opinion: Opinion) -> dict[str, object]:
    return {
        "rating": opinion.rating or "",
        "reason": opinion.reason or "",
        "comment": opinion.comment,
        "corrected_answer": opinion.corrected_answer,
        "missing_document": int(opinion.missing_document),
    }


def _line(row: Row[Any]) -> Feedback:
    opinion = Opinion(
        rating=Rating(row.rating) if row.rating else None,
        reason=Reason(row.reason) if row.reason else None,
        comment=row.comment,
        corrected_answer=row.corrected_answer,
        missing_document=bool(row.missing_document),
    )
    names = [name for name in Feedback.__slots__ if name != "opinion"]
    return Feedback(**{name: row._mapping[name] for name in names}, opinion=opinion)
