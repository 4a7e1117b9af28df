"""Answers and what people said about them become judged questions.

An up-voted answer gives an answerable question with the quotes that it showed, an up-voted honest no an unanswerable
one. Whatever was voted down, or judged both ways, is for people to judge.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import ValidationError

from core.errors import InvalidInput
from core.text import language_of
from core.types import AnswerStatus
from eval.sets.import_files import Imported, Rejected, distinct
from eval.sets.jsonl import filled_lines, first_fault, require_file
from eval.sets.questions import GoldQuote, JudgedQuestion, question_id
from eval.sets.records import AnswerRecord, RecordedQuote

_Verdict: TypeAlias = Literal["answerable", "unanswerable", "to judge"]
_HONEST_NO = (AnswerStatus.INSUFFICIENT_EVIDENCE, AnswerStatus.REFUSED)


class _Unusable(Exception):
    """The record judges nothing."""


@dataclass(frozen=True, slots=True)
class _Judged:
    record: AnswerRecord
    verdict: _Verdict
    gold: tuple[GoldQuote, ...]


def import_records(path: Path, kb: str = "") -> Imported:
    """Read an export of ``eval.sets.records.AnswerRecord``, one a line; ``kb`` takes only that knowledge base's.

    Records of one question after the same turns join into one. Raises ``NotFound`` for a missing file and
    ``InvalidInput`` where the export mixes knowledge bases and ``kb`` is empty.
    """
    rejected: list[Rejected] = []
    groups: dict[str, list[_Judged]] = {}
    records = list(_records(require_file(path, "one answer record a line"), rejected))
    _refuse_mixture({record.kb for _, _, record in records}, kb)
    for number, values, record in records:
        try:
            judged = _judged(record, kb)
        except _Unusable as error:
            rejected.append(Rejected(row=number, reason=str(error), values=values))
        else:
            groups.setdefault(_id(record), []).append(judged)
    certain = [group for group in groups.values() if _agreed(group)]
    return Imported(
        questions=tuple(_question(group) for group in certain),
        to_judge=tuple(_to_judge(group) for group in groups.values() if not _agreed(group)),
        rejected=tuple(sorted(rejected, key=lambda one: one.row)),
        merged=sum(len(group) - 1 for group in groups.values()),
    )


def _records(path: Path, rejected: list[Rejected]) -> Iterator[tuple[int, dict[str, object], AnswerRecord]]:
    """Line number, what stands there, and the record; what is none goes to ``rejected``."""
    for number, line in filled_lines(path):
        values: dict[str, object] = {"line": line.decode("utf-8", "replace")}
        try:
            loaded = json.loads(line.decode())
            values = loaded if isinstance(loaded, dict) else values
            yield number, values, AnswerRecord.model_validate(loaded)
        except ValidationError as error:
            rejected.append(Rejected(row=number, reason=first_fault(error), values=values))
        except ValueError as error:
            rejected.append(Rejected(row=number, reason=f"not JSON: {error}", values=values))


def _refuse_mixture(kbs: set[str], kb: str) -> None:
    if not kb and len(kbs) > 1:
        raise InvalidInput(f"the records are of {len(kbs)} knowledge bases ({', '.join(sorted(kbs))}); give --kb NAME")


def _judged(record: AnswerRecord, kb: str) -> _Judged:
    if kb and record.kb != kb:
        raise _Unusable(f"of knowledge base {record.kb!r}, not {kb!r}")
    if record.feedback is None:
        raise _Unusable("no feedback: nobody has judged this answer")
    if record.status is AnswerStatus.UNAVAILABLE:
        raise _Unusable("a part of the service was down: the end says nothing about the documents")
    corrected = _gold(record.feedback.corrected)
    if record.feedback.vote == "down":
        return _Judged(record, "to judge", corrected)
    if record.status in _HONEST_NO:
        return _Judged(record, "to judge" if corrected else "unanswerable", corrected)
    shown = _gold(citation for claim in record.claims for citation in claim.citations)
    if not (corrected or shown):
        raise _Unusable("an answer without a quote")
    return _Judged(record, "answerable", corrected or shown)


def _gold(quotes: Iterable[RecordedQuote]) -> tuple[GoldQuote, ...]:
    return distinct(GoldQuote(source=one.source, quote=one.quote) for one in quotes)


def _id(record: AnswerRecord) -> str:
    text = record.question.strip()
    return question_id(text, language_of(text), record.history)


def _agreed(group: Sequence[_Judged]) -> bool:
    return len({one.verdict for one in group}) == 1 and group[0].verdict != "to judge"


def _question(group: Sequence[_Judged]) -> JudgedQuestion:
    record = group[0].record
    text = record.question.strip()
    gold = distinct(quote for one in group for quote in one.gold)
    return JudgedQuestion(
        id=_id(record),
        question=text,
        language=language_of(text),
        answerable=group[0].verdict == "answerable",
        gold=gold,
        history=record.history,
        tags=("feedback",),
    )


def _to_judge(group: Sequence[_Judged]) -> dict[str, object]:
    """A draft that a person completes: with the corrected quotes where there are any, else with ``answerable`` open."""
    corrected = distinct(
        quote for one in group if one.record.feedback for quote in _gold(one.record.feedback.corrected)
    )
    record = group[0].record
    text = record.question.strip()
    return {
        "id": _id(record),
        "question": text,
        "language": language_of(text),
        "answerable": True if corrected else None,
        "gold": [{"source": quote.source, "quote": quote.quote} for quote in corrected],
        "history": [{"role": turn.role, "content": turn.content} for turn in record.history],
        "tags": ["feedback"],
        "accepted": False,
        "records": [one.record.model_dump(mode="json", exclude={"question", "history"}) for one in group],
    }
