"""How feedback is spread: over reasons, over the prompts that wrote the answers, over the documents they quoted."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select

from store.catalog import Catalog
from store.feedback import Rating, Wanted
from store.tables import feedback, feedback_documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Feedback counted. ``up``, ``down``, ``corrected`` and ``missing_document`` overlap where people said both."""

    total: int
    up: int
    down: int
    corrected: int
    missing_document: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTally(Tally):
    """Of the answers that a prompt wrote; ``prompt`` is empty for those that no model wrote."""

    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTally(Tally):
    """Of the answers that quoted a document, which may be gone by now."""

    document_id: str
    source: str
    kb: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackCounts:
    """``reasons`` count thumbs down by why. ``prompts`` come by how often they wrote, ``documents`` by how often an
    answer that quoted them was disliked."""

    total: Tally
    reasons: Mapping[str, int]
    prompts: tuple[PromptTally, ...]
    documents: tuple[DocumentTally, ...]


def count_feedback(catalog: Catalog, wanted: Wanted, *, documents: int = 100) -> FeedbackCounts:
    """All of the ``wanted`` feedback, with at most so many documents. Blocks."""
    held, cited = wanted.condition(), feedback_documents.c
    by_prompt = select(feedback.c.prompt, *_TALLY).where(held).group_by(feedback.c.prompt)
    joined = feedback.join(feedback_documents, cited.feedback_id == feedback.c.id)
    of_document = (feedback.c.kb, cited.document_id, cited.source)
    by_document = select(*of_document, *_TALLY).select_from(joined).where(held).group_by(*of_document)
    by_reason = select(feedback.c.reason, _count()).where(held, feedback.c.reason != "").group_by(feedback.c.reason)
    with catalog.engine.connect() as connection:
        worst = by_document.order_by(_DOWN.desc(), _TOTAL.desc(), cited.source, cited.document_id).limit(documents)
        return FeedbackCounts(
            total=Tally(**connection.execute(select(*_TALLY).where(held)).one()._mapping),
            reasons={row.reason: row.n for row in connection.execute(by_reason.order_by(feedback.c.reason))},
            prompts=tuple(
                PromptTally(**row._mapping)
                for row in connection.execute(by_prompt.order_by(_TOTAL.desc(), feedback.c.prompt))
            ),
            documents=tuple(DocumentTally(**row._mapping) for row in connection.execute(worst)),
        )


def _count() -> ColumnElement[int]:
    return func.count().label("n")


def _times(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)


_TOTAL = func.count().label("total")
_DOWN = _times(feedback.c.rating == Rating.DOWN.value, "down")
_TALLY: tuple[ColumnElement[int], ...] = (
    _TOTAL,
    _times(feedback.c.rating == Rating.UP.value, "up"),
    _DOWN,
    _times(feedback.c.corrected_answer != "", "corrected"),
    _times(feedback.c.missing_document == 1, "missing_document"),
)
