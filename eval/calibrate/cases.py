"""Judged questions as the answer path sees them: with their evidence, before anything is decided.

Fitting the shipped numbers and calibrating a home both start here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from answer.assemble import Desk
from answer.conversation.understand import stand_alone
from answer.evidence.gather import gather
from answer.proof.locate import locate
from answer.sentences.sentences import Sentence
from core.text import language_of
from core.types import Evidence, Language, SearchStage, Span
from eval.answers.judge import as_question
from eval.sets.questions import JudgedQuestion
from store.document_metadata import DocumentMetadata
from store.source_state import document_id

_DEPTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question with its evidence. ``gold`` are the places in documents that answer it; none: it has no answer."""

    question: str
    evidence: tuple[Evidence, ...]
    answerable: bool
    gold: tuple[tuple[str, Span], ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def language(self) -> Language:
        """Of the question, as the answer path sees it."""
        return language_of(self.question)

    def answers(self, sentence: Sentence) -> bool:
        """Whether the sentence overlaps a gold place."""
        chunk = sentence.evidence.hit.chunk
        span = sentence.span.shifted(chunk.span.start)
        return any(chunk.document_id == document and span.overlap(place) for document, place in self.gold)


def judged_cases(desk: Desk, kb: str, questions: Iterable[JudgedQuestion]) -> Iterator[Case]:
    """Every judged question with the evidence that the product finds for it, in order.

    Raises ``NotFound`` for a gold source that the knowledge base does not hold.
    """
    metadata = DocumentMetadata(desk.catalog.engine)
    for judged in questions:
        asked = stand_alone(as_question(judged, kb))
        hits = desk.search(kb, asked, _DEPTH, SearchStage.RERANK).hits
        documents = {hit.chunk.document_id for hit in hits}
        yield Case(
            question=asked,
            evidence=gather(
                hits, desk.settings.answer, question=asked, today=date.today(), metadata=metadata(documents)
            ).evidence,
            answerable=judged.answerable,
            gold=tuple(_places(desk, kb, judged)),
            tags=judged.tags,
        )


def _places(desk: Desk, kb: str, judged: JudgedQuestion) -> Iterator[tuple[str, Span]]:
    for quote in judged.gold:
        document = document_id(kb, quote.source)
        if span := locate(quote.quote, desk.catalog.document(document).text):
            yield document, span
