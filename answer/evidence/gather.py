"""Hits become numbered evidence: copies and what does not hold left out, within a token budget."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from answer.evidence.labels import differing, labels_of_case, labels_of_passage, names
from answer.evidence.validity import Period, asks_about_another_time, is_superseded, is_valid, of_the_time
from core.settings import AnswerSettings
from core.types import ContextBlock, Evidence, Hit, Metadata

_NOTHING: Mapping[str, Metadata] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """``evidence`` holds on the day asked about, ``expired`` does not; numbered from 1, one after the other."""

    evidence: tuple[Evidence, ...]
    expired: tuple[Evidence, ...]


def gather(
    hits: Sequence[Hit],
    settings: AnswerSettings,
    *,
    question: str,
    today: date,
    metadata: Mapping[str, Metadata] = _NOTHING,
    context: Sequence[ContextBlock] = (),
) -> Gathered:
    """The first distinct passages that hold on the day asked about, best first, and the first of those that do not.

    The first one is taken whatever its size. ``metadata`` is that of documents, by id. What holds for another product,
    version or plan than ``context`` tells and the question names comes last.
    """
    # With a year or a word of the past in the question every version may answer; else the day is today.
    any_day = asks_about_another_time(question, today)
    standing = of_the_time([hit for hit in hits if any_day or _stands(hit, today, metadata)], question, today)
    fallen = [hit for hit in hits if not (any_day or _stands(hit, today, metadata))]
    if known := labels_of_case(context):
        standing.sort(key=lambda hit: _is_of_other_case(hit, question, metadata, known))
    evidence = _numbered(standing, settings, first=1)
    return Gathered(evidence=evidence, expired=_numbered(fallen, settings, first=len(evidence) + 1))


def _stands(hit: Hit, today: date, metadata: Mapping[str, Metadata]) -> bool:
    is_replaced = is_superseded(metadata.get(hit.chunk.document_id, {}))
    return not is_replaced and is_valid(hit.chunk, Period(today, today))


def _is_of_other_case(hit: Hit, question: str, metadata: Mapping[str, Metadata], known: Mapping[str, str]) -> bool:
    labels = labels_of_passage(hit.chunk, metadata.get(hit.chunk.document_id, {}))
    return any(not names(question, labels[name]) for name in differing(known, labels))


def _numbered(hits: Iterable[Hit], settings: AnswerSettings, *, first: int) -> tuple[Evidence, ...]:
    chosen: list[Hit] = []
    texts: set[str] = set()
    budget = settings.evidence_tokens
    for hit in hits:
        if len(chosen) == settings.evidence:
            break
        if hit.chunk.text in texts or (chosen and hit.chunk.token_count > budget):
            continue
        texts.add(hit.chunk.text)
        budget -= hit.chunk.token_count
        chosen.append(hit)
    return tuple(Evidence(number=number, hit=hit) for number, hit in enumerate(chosen, start=first))
