"""What people thought of answers, as one caller may give it and see it."""

from collections.abc import Mapping
from typing import Any

from answer.guard.personal import redact
from answer.traces.trace_json import redacted_document
from api.cursor import after_of, cursor_of
from api.errors import InvalidField
from api.feedback_json import counts_json, documents_json, feedback_json
from api.room import Room
from api.schemas import JsonObject
from core.errors import NotFound
from core.text import language_of
from store.feedback import Answered, Feedback, FeedbackRecord, Opinion, Wanted, feedback_id, unknown_feedback
from store.feedback_counts import count_feedback
from store.kb_key import KbKey
from store.traces import unknown_trace


class Opinions:
    """Takes and gives the caller's own names, as ``Room`` does. Every call blocks."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._caller = room.caller
        self._record = FeedbackRecord(room.catalog)

    def give(self, trace_id: str, opinion: Opinion, author: str) -> tuple[JsonObject, bool]:
        """Keep an opinion, and whether it is the author's first of this answer. Raises ``NotFound``.

        ``author`` is who speaks through the key, or empty for the key itself.
        """
        name = f"author {author}" if author else f"key {self._caller.key}"
        answered = answered_of(self._trace(trace_id, feedback_id(trace_id, name)))
        kept, is_new = self._record.put(answered, name, _without_personal_data(opinion))
        return self._line(kept), is_new

    def page(self, kb: str | None, *, cursor: str, limit: int, **wanted: Any) -> JsonObject:
        """One page, the newest first; ``wanted`` as in ``Wanted``. Raises ``NotFound`` or ``InvalidInput``."""
        rows = self._record.page(Wanted(kbs=self.kbs(kb), **wanted), limit=limit + 1, before=_place(cursor))
        shown = rows[:limit]
        further = cursor_of(f"{shown[-1].updated_at!r} {shown[-1].id}") if len(rows) > limit else None
        return {"feedback": [self._line(each) for each in shown], "next_cursor": further}

    def one(self, number: str) -> JsonObject:
        """With the trace of its answer. Raises ``NotFound``."""
        line = self._line(self._own(number))
        trace = self._room.own(self._record.trace(number), number)
        return {**line, "documents": documents_json(self._record.documents(number)), "trace": trace}

    def delete(self, number: str) -> None:
        """Forget it. Raises ``NotFound``."""
        self._own(number)
        self._record.delete(number)

    def counts(self, kb: str | None, *, since: float = 0.0) -> JsonObject:
        """By reason, prompt and document. Raises ``NotFound``."""
        kbs = self.kbs(kb)
        return counts_json(count_feedback(self._room.catalog, Wanted(kbs=kbs, since=since)), self.names(kbs))

    def kbs(self, kb: str | None) -> list[KbKey]:
        """The key of the one that is named, or those of all that the caller sees. Raises ``NotFound``."""
        return self._room.keys() if kb is None else [self._room.require(kb)]

    def names(self, kbs: list[KbKey]) -> dict[KbKey, str]:
        """What the caller calls them, by key."""
        return {key: self._caller.name_of(key) for key in kbs}

    def _trace(self, trace_id: str, number: str) -> Mapping[str, Any]:
        """Of the record, or, where it is swept, what was copied when the author spoke for the first time."""
        try:
            trace = self._room.raw_trace(trace_id)
        except NotFound:
            try:
                trace = self._record.trace(number)
            except NotFound:
                raise unknown_trace(trace_id) from None
        if not self._caller.sees(trace["question"]["kb"]):
            raise unknown_trace(trace_id)
        return trace

    def _own(self, number: str) -> Feedback:
        found = self._record.get(number)
        if not self._caller.sees(found.kb):
            raise unknown_feedback(number)
        return found

    def _line(self, feedback: Feedback) -> JsonObject:
        return feedback_json(feedback, self._caller.name_of(KbKey(feedback.kb)))


def answered_of(trace: Mapping[str, Any]) -> Answered:
    """What feedback keeps of an answer; ``trace`` is the JSON of its trace."""
    sources = {hit["document_id"]: hit["source"] for hit in trace["hits"]}
    quoted = [each["document_id"] for claim in trace["ending"]["claims"] for each in claim["citations"]]
    document = redacted_document(trace)
    question = document["question"]["text"]
    return Answered(
        trace_id=trace["trace_id"],
        kb=trace["question"]["kb"],
        status=trace["ending"]["status"],
        language=language_of(question),
        question=_without_nul(question),
        prompt=_prompt_of(trace),
        documents={number: sources[number] for number in quoted if number in sources},
        trace=document,
    )


def _prompt_of(trace: Mapping[str, Any]) -> str:
    """The one of the last answer model that was asked; a rewriter's is none."""
    names = [each["prompt"] for each in trace["exchanges"] if each["prompt"].startswith("answer.")]
    return names[-1] if names else ""


def _without_personal_data(opinion: Opinion) -> Opinion:
    return Opinion(
        rating=opinion.rating,
        reason=opinion.reason,
        comment=_clean(opinion.comment),
        corrected_answer=_clean(opinion.corrected_answer),
        missing_document=opinion.missing_document,
    )


def _clean(text: str) -> str:
    return redact(_without_nul(text).strip())


def _without_nul(text: str) -> str:
    return text.replace("\0", "")  # PostgreSQL takes none


def _place(cursor: str) -> tuple[float, str] | None:
    if not cursor:
        return None
    moment, _, number = after_of(cursor).partition(" ")
    try:
        return float(moment), number
    except ValueError as error:
        raise InvalidField("#/cursor", f"{cursor[:80]!r} is no cursor of this list; leave it out") from error
