"""What the holder of a publishable key is told of an answer: what it says and where that stands, and nothing of how it
came about.

Left out, against ``api/schemas.py``: probability, scores, whole passages, paths and ids of documents, what was down,
prompt, tokens, times, and the words of the next step, which speak to an agent.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from api.citation_schema import HeadingPath, Page, Shape, headings_of
from core.types import Answer, AnswerStatus, Citation, Claim, Conflict, Evidence

Links = Mapping[str, str]


class VisitorCitation(Shape):
    """A quote, character for character as the document has it."""

    evidence: int = Field(description="Number of the passage that it is of; counts from 1 in each answer.")
    title: str
    heading_path: HeadingPath
    page: Page
    quote: str
    # Not required in the schema: the framework drops nulls from examples.
    url: str | None = Field(
        default=None, description="The document's own address, where it has one that `service.link_origins` allows."
    )


class VisitorClaim(Shape):
    """One proven statement of an answer."""

    text: str
    citations: tuple[VisitorCitation, ...] = Field(description="Never empty.")


class VisitorSide(Shape):
    """What one document says in a conflict."""

    value: str
    citation: VisitorCitation


class VisitorConflict(Shape):
    """Two documents that say different things of the same fact."""

    text: str
    sides: tuple[VisitorSide, VisitorSide]


class VisitorStep(Shape):
    """What to do now."""

    step: Literal["answer", "ask_back", "hand_off"]
    question: str = Field(description="What to ask the visitor; empty unless the step is ask_back.")
    options: tuple[str, ...]


class VisitorAnswer(Shape):
    """The end of one question, as a visitor of a page may see it."""

    status: str = Field(description="answered, insufficient_evidence, refused or unavailable.")
    text: str
    claims: tuple[VisitorClaim, ...]
    reason: str = Field(description="Why there is no answer, as in the `ask` document; empty where a part was down.")
    question: str = Field(description="As it was searched: a follow-up stands alone here.")
    conflicts: tuple[VisitorConflict, ...]
    next_step: VisitorStep
    trace_id: str = Field(description="By which whoever runs the service finds the answer; it opens nothing.")


def visitor_answer(answer: Answer, links: Links) -> dict[str, object]:
    """Ready for ``json.dumps``. ``links`` has addresses by document id."""
    return VisitorAnswer(
        status=answer.status.value,
        text=answer.text,
        claims=tuple(_claim(claim, _numbered(answer.evidence), links) for claim in answer.claims),
        reason="" if answer.status is AnswerStatus.UNAVAILABLE else answer.reason,
        question=answer.question,
        conflicts=tuple(_conflict(conflict, _numbered(answer.evidence), links) for conflict in answer.conflicts),
        next_step=VisitorStep(
            step=answer.next_step.step.value, question=answer.next_step.question, options=answer.next_step.options
        ),
        trace_id=answer.trace_id,
    ).model_dump(mode="json")


def visitor_claim(claim: Claim, evidence: Iterable[Evidence], links: Links) -> dict[str, object]:
    """One claim as it stands in ``visitor_answer``."""
    return _claim(claim, _numbered(evidence), links).model_dump(mode="json")


def _numbered(evidence: Iterable[Evidence]) -> dict[int, Evidence]:
    return {item.number: item for item in evidence}


def _claim(claim: Claim, evidence: Mapping[int, Evidence], links: Links) -> VisitorClaim:
    citations = tuple(_citation(citation, evidence, links) for citation in claim.citations)
    return VisitorClaim(text=claim.text, citations=citations)


def _conflict(conflict: Conflict, evidence: Mapping[int, Evidence], links: Links) -> VisitorConflict:
    first, second = (
        VisitorSide(value=side.value, citation=_citation(side.citation, evidence, links)) for side in conflict.sides
    )
    return VisitorConflict(text=conflict.text, sides=(first, second))


def _citation(citation: Citation, evidence: Mapping[int, Evidence], links: Links) -> VisitorCitation:
    chunk = evidence[citation.evidence].hit.chunk
    return VisitorCitation(
        evidence=citation.evidence,
        title=chunk.title,
        heading_path=headings_of(chunk),
        page=citation.page,
        quote=citation.quote,
        url=links.get(citation.document_id),
    )
