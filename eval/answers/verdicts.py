"""One answer against one judged question, without a judge model: places and words only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from answer.proof.locate import locate
from core.errors import NotFound
from core.types import Answer, AnswerStatus, Citation, Claim, Span
from eval.answers.char_overlap import GoldPlaces, Place, char_precision, char_recall
from eval.answers.gold_facts import completeness
from eval.answers.text_overlap import bleu, rouge_l
from eval.sets.questions import GoldQuote, JudgedQuestion
from store.source_state import document_id

GradeSupport: TypeAlias = Callable[[str, Sequence[str]], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationVerdict:
    """A shown quote. ``exact``: the stored text has it at its span; ``gold``: its span overlaps a gold quote's."""

    source: str
    quote: str
    exact: bool
    gold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one judged question; shares lie in 0 to 1.

    - ``char_precision``, ``char_recall``: the shown characters that are gold and the gold characters that are shown;
      None where nothing is shown, or where an answerable question has no gold quote
    - ``completeness``: share of the facts of the gold quotes (or, without any, of the reference) that the answer's
      text holds; ``rouge_l`` and ``bleu`` of the text against the reference (or, without any, the gold quotes); 0 where
      the question was not answered, None where it has no answer
    - ``support``: graded support of each shown claim by its quotes; empty where nobody was asked to grade it
    - ``unlocated``: gold quotes that the stored text does not hold, which count as missed
    - ``right_if_shown``: whether the answer, or what would have been shown without the bar, is right: it shows a gold
      quote, or, where the question has a reference only, the question is answerable. None where it was never drafted
    """

    question: JudgedQuestion
    answer: Answer
    citations: tuple[CitationVerdict, ...]
    char_precision: float | None
    char_recall: float | None
    completeness: float | None
    rouge_l: float | None
    bleu: float | None
    support: tuple[float, ...]
    unlocated: tuple[GoldQuote, ...]
    right_if_shown: bool | None

    @property
    def answered(self) -> bool:
        """Whether claims were shown."""
        return self.answer.status is AnswerStatus.ANSWERED

    @property
    def abstained(self) -> bool:
        """Whether the answer was an honest no; a part that was down is none."""
        return self.answer.status in (AnswerStatus.INSUFFICIENT_EVIDENCE, AnswerStatus.REFUSED)

    @property
    def unavailable(self) -> bool:
        """Whether a part of the system was down."""
        return self.answer.status is AnswerStatus.UNAVAILABLE

    @property
    def located_gold(self) -> bool:
        """Whether some shown quote overlaps a gold quote."""
        return any(citation.gold for citation in self.citations)

    @property
    def right(self) -> bool:
        """Whether the question ended as it should: a right answer, or an honest no where there is none."""
        return bool(self.right_if_shown) if self.answered else self.abstained and not self.question.answerable


class Judge:
    """Judges answers from one knowledge base.

    ``document_text`` gives the stored text by document id and raises ``NotFound`` for an unknown one; ``grade`` gives
    the support, 0 to 1, of a claim by some texts.
    """

    def __init__(self, kb: str, document_text: Callable[[str], str], grade: GradeSupport | None = None) -> None:
        self._kb = kb
        self._document_text = document_text
        self._grade = grade

    def __call__(self, question: JudgedQuestion, answer: Answer, anyway: Answer | None = None) -> Verdict:
        """Compare an answer with what was expected.

        ``anyway`` is the answer to the same question without the bar, where ``answer`` is a no.
        """
        gold = [GoldPlaces(quote=each.quote, places=self._places(each)) for each in question.gold]
        places = [place for each in gold for place in each.places]
        citations = tuple(self._citation(citation, places, _sources(answer)) for citation in _shown(answer))
        shown = [(citation.document_id, citation.span) for citation in _shown(answer)]
        text = answer.text if answer.status is AnswerStatus.ANSWERED else ""
        references = [question.reference] if question.reference else [each.quote for each in question.gold]
        return Verdict(
            question=question,
            answer=answer,
            citations=citations,
            char_precision=char_precision(shown, gold) if gold or not question.answerable else None,
            char_recall=char_recall(shown, gold),
            completeness=completeness([each.quote for each in question.gold] or [question.reference], text),
            rouge_l=rouge_l(text, references) if references else None,
            bleu=bleu(text, references) if references else None,
            support=tuple(grade(claim.text, _quotes(claim)) for claim in answer.claims)
            if (grade := self._grade)
            else (),
            unlocated=tuple(each for each, found in zip(question.gold, gold, strict=True) if not found.places),
            right_if_shown=_right(question, answer, anyway, places),
        )

    def _citation(self, citation: Citation, gold: Sequence[Place], sources: Mapping[str, str]) -> CitationVerdict:
        text = self._text(citation.document_id)
        return CitationVerdict(
            source=sources.get(citation.document_id, citation.document_id),
            quote=citation.quote,
            exact=text is not None and citation.span.of(text) == citation.quote,
            gold=_hits(citation, gold),
        )

    def _places(self, gold: GoldQuote) -> tuple[Place, ...]:
        id_ = document_id(self._kb, gold.source)
        return tuple((id_, span) for span in places_of(gold.quote, self._text(id_) or ""))

    def _text(self, id_: str) -> str | None:
        try:
            return self._document_text(id_)
        except NotFound:
            return None


def places_of(quote: str, text: str) -> list[Span]:
    """Every place of ``quote`` in ``text``, in order: a warning that a page repeats may be cited from any of them."""
    found: list[Span] = []
    start = 0
    while start < len(text) and (span := locate(quote, text, Span(start, len(text)))) is not None:
        found.append(span)
        start = span.end
    return found


def _right(question: JudgedQuestion, answer: Answer, anyway: Answer | None, gold: Sequence[Place]) -> bool | None:
    drafted = anyway if anyway is not None and answer.status is not AnswerStatus.ANSWERED else answer
    if drafted.status is not AnswerStatus.ANSWERED:
        return None if anyway is None else False
    return any(_hits(citation, gold) for citation in _shown(drafted)) if question.gold else question.answerable


def _hits(citation: Citation, gold: Sequence[Place]) -> bool:
    return any(citation.document_id == id_ and citation.span.overlap(span) for id_, span in gold)


def _quotes(claim: Claim) -> list[str]:
    return [citation.quote for citation in claim.citations]


def _shown(answer: Answer) -> list[Citation]:
    return list(chain.from_iterable(claim.citations for claim in answer.claims))


def _sources(answer: Answer) -> dict[str, str]:
    return {item.hit.chunk.document_id: item.hit.chunk.source for item in answer.evidence}
