"""The claim contract: what a model or the extractive answerer drafts is shown only when its quotes prove it.

Each quote must be located in the cited passage (``answer/proof/locate.py``); what the claim says by number, name,
denial or comparison must be in its quotes (``answer/proof/licence``); and enough of its words must be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from answer.models.claim_stream import DraftCitation, DraftClaim
from answer.proof.licence.licence import facts_of, unlicensed
from answer.proof.licence.polarity import denial_before
from answer.proof.locate import is_same, locate
from core.sentences import split_sentences
from core.text import analyse_query
from core.types import Chunk, Citation, Claim, Evidence, Span

# Words of a claim that must be found in its quotes or their headings, 0..1.
SUPPORT_BAR = 0.5
_CLAUSE_CHARS = 120


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
    chunks = [by_number[citation.evidence].hit.chunk for citation in citations]
    quotes = [_with_cut_denial(citation, chunk) for citation, chunk in zip(citations, chunks, strict=True)]
    verdict = weigh(text, quotes, [chunk.context for chunk in chunks], bar=bar)
    if isinstance(verdict, Refusal):
        return verdict
    return Claim(text=text, citations=tuple(citations), support=verdict)


def _with_cut_denial(citation: Citation, chunk: Chunk) -> str:
    """The quote; where it begins behind a denial of its own clause ("plans are not" + "refundable"), with that."""
    start = citation.span.start - chunk.span.start
    return denial_before(chunk.text[max(0, start - _CLAUSE_CHARS) : start]) + citation.quote


def weigh(
    claim: str, quotes: Sequence[str], contexts: Sequence[str] = (), *, bar: float = SUPPORT_BAR
) -> float | Refusal:
    """The support, 0..1, that located quotes give a claim, or why they do not prove it. ``contexts`` are the titles and
    headings above them. A verbatim claim needs no licence."""
    if any(is_same(claim, quote) for quote in quotes):
        return 1.0
    if why := unlicensed(claim, quotes, contexts):
        return Refusal(claim, why)
    support = _support(claim, [*quotes, *contexts])
    return support if support >= bar else Refusal(claim, f"support {support:.2f} is below {bar:g}")


def _support(claim: str, sources: Sequence[str]) -> float:
    """Coverage of the words of the claim. Its numbers, dates and codes were found already, however they are written."""
    words = facts_of(claim).rest
    return coverage(words, sources) if analyse_query(words) else coverage(claim, sources)


def coverage(claim: str, sources: Sequence[str]) -> float:
    """Share of the claim's distinct content terms that occur in the sources, 0..1."""
    terms = set(analyse_query(claim))
    known = {term for source in sources for term in analyse_query(source)}
    return len(terms & known) / len(terms) if terms else 0.0


def _citation(drafted: DraftCitation, claim: str, cited: Evidence) -> Citation | None:
    chunk = cited.hit.chunk
    span = locate(drafted.quote, chunk.text) if drafted.quote else _closest_sentence(claim, chunk)
    return None if span is None else cited.quoted(span)


def _closest_sentence(claim: str, chunk: Chunk) -> Span | None:
    """For a citation without a quote: the sentence that covers most of the claim; the checks above still judge it."""
    sentences = split_sentences(chunk.text)
    return max(sentences, key=lambda span: coverage(claim, [span.of(chunk.text)]), default=None)
