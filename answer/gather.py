"""Hits become numbered evidence: copies and what no longer holds left out, within a token budget."""

from collections.abc import Iterable
from datetime import date

from answer.validity import holds
from core.settings import AnswerSettings
from core.types import Evidence, Hit


def gather(hits: Iterable[Hit], settings: AnswerSettings, *, question: str, today: date) -> tuple[Evidence, ...]:
    """The first distinct passages that hold on the day asked about, best first, numbered from 1.

    The first one is taken whatever its size.
    """
    chosen: list[Hit] = []
    texts: set[str] = set()
    budget = settings.evidence_tokens
    for hit in hits:
        if len(chosen) == settings.evidence:
            break
        if hit.chunk.text in texts or not holds(hit.chunk, question, today):
            continue
        if chosen and hit.chunk.token_count > budget:
            continue
        texts.add(hit.chunk.text)
        budget -= hit.chunk.token_count
        chosen.append(hit)
    return tuple(Evidence(number=number, hit=hit) for number, hit in enumerate(chosen, start=1))
