"""Passages of different documents that give different values for the same fact, and which of them is to be believed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from answer.evidence.labels import differing
from answer.evidence.statements import Statement, different_values, likeness, rivals
from answer.evidence.validity import YEAR, Period, asked_period, is_same_text, is_superseded, is_valid
from answer.sentences.extract import Scored
from core.text import fold, language_of
from core.types import Chunk, Claim, Conflict, Ground, Language, Metadata, Side, Span

# Least likeness of two sentences that state the same fact: under one title or heading, and elsewhere. Set on pairs
# written for it (tests/unit/answer/test_conflict.py), not on any judged set.
_ALIKE_IN_EDITIONS, _ALIKE = 0.4, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rank:
    """What speaks for a statement: whether it was not replaced, whether it is valid then, and its last known day."""

    standing: bool
    valid: bool
    day: str


def conflict_among(
    question: str, ranked: Sequence[Scored], metadata: Mapping[str, Metadata], today: date
) -> Conflict | None:
    """The first disagreement among the sentences that come near the best one, the one to be believed first.

    ``ranked`` is best first; ``metadata`` is that of documents, by id. Its ``ground`` is ``none`` where nothing tells
    which of the two holds.
    """
    if not ranked:
        return None
    for one, other in combinations(rivals(question, ranked, metadata), 2):
        if values := _disagreement(question, one, other):
            return _judged(question, (one, values[0]), (other, values[1]), metadata, today)
    return None


def without_losers(ranked: Sequence[Scored], conflict: Conflict | None) -> list[Scored]:
    """The sentences without those that a conflict decides against."""
    if conflict is None:
        return list(ranked)
    lost = {(side.citation.chunk_id, side.citation.span) for side in conflict.sides[1:]}
    return [each for each in ranked if _place(each) not in lost]


def is_contradicted(claim: Claim, conflict: Conflict | None) -> bool:
    """Whether a claim rests on nothing but the side of a conflict that is not believed."""
    if conflict is None:
        return False
    lost = conflict.sides[1].citation
    return all(each.chunk_id == lost.chunk_id and each.span.overlap(lost.span) for each in claim.citations)


def _place(scored: Scored) -> tuple[str, Span]:
    chunk = scored.sentence.evidence.hit.chunk
    return chunk.id, scored.sentence.span.shifted(chunk.span.start)


def _disagreement(question: str, one: Statement, other: Statement) -> tuple[str, str] | None:
    """Their values, where the two state the same fact about the same thing and differ."""
    if one.chunk.document_id == other.chunk.document_id or differing(one.labels, other.labels):
        return None
    least = _ALIKE_IN_EDITIONS if _under_one_name(one.chunk, other.chunk) else _ALIKE
    return different_values(question, one, other) if likeness(one, other) >= least else None


def _under_one_name(one: Chunk, other: Chunk) -> bool:
    mine, theirs = ({fold(heading) for heading in chunk.heading_path} for chunk in (one, other))
    return is_same_text(one, other) or bool(mine & theirs)


def _judged(
    question: str,
    one: tuple[Statement, str],
    other: tuple[Statement, str],
    metadata: Mapping[str, Metadata],
    today: date,
) -> Conflict:
    period = asked_period(question, today) or Period(today, today)
    first, second = (_rank(side[0].chunk, metadata, period) for side in (one, other))
    ground = _ground(first, second)
    swap = (second.standing, second.valid, second.day) > (first.standing, first.valid, first.day)
    sides = (other, one) if swap and ground is not Ground.NONE else (one, other)
    believed, doubted = (_side(statement, value) for statement, value in sides)
    text = _words([(statement.chunk, value) for statement, value in sides], ground, language_of(question))
    return Conflict(sides=(believed, doubted), ground=ground, text=text)


def _ground(first: _Rank, second: _Rank) -> Ground:
    if first.standing != second.standing:
        return Ground.SUPERSEDED
    if first.valid != second.valid:
        return Ground.VALID_THEN
    return Ground.NEWER if first.day != second.day and first.day and second.day else Ground.NONE


def _rank(chunk: Chunk, metadata: Mapping[str, Metadata], period: Period) -> _Rank:
    known = metadata.get(chunk.document_id, {})
    return _Rank(standing=not is_superseded(known), valid=is_valid(chunk, period), day=next(_days(chunk, known), ""))


def _days(chunk: Chunk, metadata: Metadata) -> Iterator[str]:
    """What tells how new a document is, the surest first."""
    if chunk.valid_from is not None:
        yield chunk.valid_from.isoformat()
    if metadata.get("modified"):
        yield metadata["modified"][:10]
    if years := YEAR.findall(f"{chunk.title} {chunk.source}"):
        yield max(years)


def _side(statement: Statement, value: str) -> Side:
    sentence = statement.sentence
    return Side(value=value, citation=sentence.evidence.quoted(sentence.span))


_WHY: dict[Language, dict[Ground, str]] = {
    "en": {
        Ground.SUPERSEDED: "The second document has been replaced, so the first one holds.",
        Ground.VALID_THEN: "The first one is valid at the time asked about.",
        Ground.NEWER: "The first one is newer.",
        Ground.NONE: "Nothing tells which one holds.",
    },
    "zh": {
        Ground.SUPERSEDED: "后一份文档已被取代，以前者为准。",
        Ground.VALID_THEN: "前者在所问的时间有效，以前者为准。",
        Ground.NEWER: "前者较新，以前者为准。",
        Ground.NONE: "无法判断以哪一份为准。",
    },
}


def _words(sides: Sequence[tuple[Chunk, str]], ground: Ground, language: Language) -> str:
    values = [(_titled(chunk, language), value) for chunk, value in sides]
    if language == "zh":
        return f"文档说法不一：{'，'.join(f'{title}写的是 {value}' for title, value in values)}。{_WHY['zh'][ground]}"
    said = "; ".join(f"{title} says {value}" for title, value in values)
    return f"The documents disagree: {said}. {_WHY['en'][ground]}"


def _titled(chunk: Chunk, language: Language) -> str:
    title = f"《{chunk.title}》" if language == "zh" else f'"{chunk.title}"'
    if chunk.valid_from is None:
        return title
    return f"{title}（{chunk.valid_from} 起）" if language == "zh" else f"{title} (from {chunk.valid_from})"
