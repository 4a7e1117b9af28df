"""Hits become numbered evidence: copies left out, within a token budget."""

from collections.abc import Iterable

from core.settings import AnswerSettings
from core.types import Evidence, Hit


def gather(hits: Iterable[Hit], settings: AnswerSettings) -> tuple[Evidence, ...]:
    """The first distinct passages, best first, numbered from 1; the first one is taken whatever its size."""
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
    return tuple(Evidence(number=number, hit=hit) for number, hit in enumerate(chosen, start=1))
