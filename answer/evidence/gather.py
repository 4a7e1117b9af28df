"""Hits become numbered evidence: copies and what does not hold left out, within a token budget."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from answer.evidence.labels import differing, labels_of_case, labels_of_passage, names
from answer.evidence.validity import asks_about_another_time, holds, is_superseded, of_the_time
from core.settings import AnswerSettings
from core.types import ContextBlock, Evidence, Hit, Metadata

_NOTHING: Mapping[str, Metadata] = {}


def gather(
    hits: Sequence[Hit],
    settings: AnswerSettings,
    *,
    question: str,
    today: date,
    metadata: Mapping[str, Metadata] = _NOTHING,
    context: Sequence[ContextBlock] = (),
) -> tuple[Evidence, ...]:
    """The first distinct passages that hold on the day asked about, best first, numbered from 1.

    The first one is taken whatever its size. ``metadata`` is that of documents, by id. What holds for another product,
    version or plan than ``context`` tells and the question names comes last.
    """
    standing = [hit for hit in hits if _stands(hit, question, today, metadata)]
    standing = of_the_time(standing, question, today)
    if known := labels_of_case(context):
        standing.sort(key=lambda hit: _is_of_other_case(hit, question, metadata, known))
    return _numbered(standing, settings, first=1)


def gather_expired(
    hits: Sequence[Hit],
    settings: AnswerSettings,
    *,
    question: str,
    today: date,
    metadata: Mapping[str, Metadata] = _NOTHING,
    first: int = 1,
) -> tuple[Evidence, ...]:
    """The passages that ``gather`` leaves out because they do not hold, numbered from ``first``."""
    return _numbered([hit for hit in hits if not _stands(hit, question, today, metadata)], settings, first=first)


def _stands(hit: Hit, question: str, today: date, metadata: Mapping[str, Metadata]) -> bool:
    if not holds(hit.chunk, question, today):
        return False
    return not is_superseded(metadata.get(hit.chunk.document_id, {})) or asks_about_another_time(question, today)


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
