"""The claim contract: what a model or the extractive answerer drafts is shown only when its quotes prove it.

Each quote must be located in the cited passage; every number, date, version, code and negation of the claim must be in
its quotes; and enough of the claim's words must be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from answer.claim_stream import DraftCitation, DraftClaim
from answer.facts import is_negated, unlicensed
from answer.locate import locate
from core.sentences import split_sentences
from core.text import analyse_query
from core.types import Chunk, Citation, Claim, Evidence, Span

# Words of a claim that must be found in its quotes or their headings, 0..1.
SUPPORT_BAR = 0.5


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a drafted claim is not shown."""

    claim: str
    reason: str


def prove(draft: DraftClaim, evidence: Sequence[Evidence], *, bar: float = SUPPORT_BAR) -> Claim | Refusal:
    """The claim with located citations, or the first reason why it is not proven. ``bar`` is on support, 0..1."""
    by_number = {item.number: item for item in evidence}
    if not draft.citations:
        return Refusal(draft.text, "no citation")
    citations: list[Citation] = []
    for drafted in draft.citations:
        cited = by_number.get(drafted.evidence)
        if cited is None:
            return Refusal(draft.text, f"evidence {drafted.evidence} does not exist")
        citation = _citation(drafted, draft.text, cited)
        if citation is None:
            return Refusal(draft.text, f"quote not found in evidence {drafted.evidence}: {drafted.quote[:80]!r}")
        citations.append(citation)
    return _judged(draft.text, citations, by_number, bar)


def _judged(text: str, citations: Sequence[Citation], by_number: Mapping[int, Evidence], bar: float) -> Claim | Refusal:
    quotes = [citation.quote for citation in citations]
    contexts = [by_number[citation.evidence].hit.chunk.context for citation in citations]
    missing = unlicensed(text, [*quotes, *contexts])
    if missing:
        return Refusal(text, f"not in its quotes: {', '.join(sorted(missing))}")
    if is_negated(text) and not any(map(is_negated, quotes)):
        return Refusal(text, "denies what its quotes do not deny")
    if not is_negated(text) and all(map(is_negated, quotes)):
        return Refusal(text, "affirms what its quotes deny")
    support = coverage(text, [*quotes, *contexts])
    if support < bar:
        return Refusal(text, f"support {support:.2f} is below {bar:g}")
    return Claim(text=text, citations=tuple(citations), support=support)


def coverage(claim: str, sources: Sequence[str]) -> float:
    """Share of the claim's distinct content terms that occur in the sources, 0..1."""
    terms = set(analyse_query(claim))
    known = {term for source in sources for term in analyse_query(source)}
    return len(terms & known) / len(terms) if terms else 0.0


def _citation(drafted: DraftCitation, claim: str, cited: Evidence) -> Citation | None:
    chunk = cited.hit.chunk
    span = locate(drafted.quote, chunk.text) if drafted.quote else _closest_sentence(claim, chunk)
    if span is None:
        return None
    return Citation(
        evidence=cited.number,
        chunk_id=chunk.id,
        document_id=chunk.document_id,
        page=chunk.page,
        span=span.shifted(chunk.span.start),
        quote=span.of(chunk.text),
    )


def _closest_sentence(claim: str, chunk: Chunk) -> Span | None:
    """For a citation without a quote: the sentence that covers most of the claim; the checks above still judge it."""
    sentences = split_sentences(chunk.text)
    return max(sentences, key=lambda span: coverage(claim, [span.of(chunk.text)]), default=None)
