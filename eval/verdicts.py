"""One answer against one judged question, without a judge model: places and words only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from answer.locate import locate
from core.errors import NotFound
from core.text import analyse, analyse_query, han_share
from core.types import Answer, AnswerStatus, Citation, Span
from eval.questions import GoldQuote, JudgedQuestion
from store.source_state import document_id

# Gold quotes that share half of their facts are one statement in two places: a policy and the FAQ that repeats it.
_SAME_FACTS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationVerdict:
    """A shown quote. ``exact``: the stored text has it at its span; ``gold``: its span overlaps a gold quote's."""

    source: str
    quote: str
    exact: bool
    gold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one judged question.

    ``completeness`` is the share, 0 to 1, of the gold quotes' facts that the answer's text holds, and None for a
    question without any; ``unlocated`` are gold quotes that the stored text does not hold, which count as missed.
    """

    question: JudgedQuestion
    answer: Answer
    citations: tuple[CitationVerdict, ...]
    completeness: float | None
    unlocated: tuple[GoldQuote, ...]

    @property
    def answered(self) -> bool:
        """Whether claims were shown."""
        return self.answer.status is AnswerStatus.ANSWERED

    @property
    def abstained(self) -> bool:
        """Whether the answer was an honest no; a part that was down is none."""
        return self.answer.status in (AnswerStatus.INSUFFICIENT_EVIDENCE, AnswerStatus.REFUSED)

    @property
    def located_gold(self) -> bool:
        """Whether some shown quote overlaps a gold quote."""
        return any(citation.gold for citation in self.citations)


class Judge:
    """Judges answers from one knowledge base.

    ``document_text`` gives the stored text by document id and raises ``NotFound`` for an unknown one.
    """

    def __init__(self, kb: str, document_text: Callable[[str], str]) -> None:
        self._kb = kb
        self._document_text = document_text

    def __call__(self, question: JudgedQuestion, answer: Answer) -> Verdict:
        """Compare an answer with what was expected."""
        places = {quote: self._places(quote) for quote in question.gold}
        gold = [place for found in places.values() for place in found]
        sources = {item.hit.chunk.document_id: item.hit.chunk.source for item in answer.evidence}
        shown = [citation for claim in answer.claims for citation in claim.citations]
        text = answer.text if answer.status is AnswerStatus.ANSWERED else ""
        return Verdict(
            question=question,
            answer=answer,
            citations=tuple(self._citation(citation, gold, sources) for citation in shown),
            completeness=completeness([quote.quote for quote in question.gold], text),
            unlocated=tuple(quote for quote, found in places.items() if not found),
        )

    def _citation(
        self, citation: Citation, gold: Sequence[tuple[str, Span]], sources: Mapping[str, str]
    ) -> CitationVerdict:
        text = self._text(citation.document_id)
        return CitationVerdict(
            source=sources.get(citation.document_id, citation.document_id),
            quote=citation.quote,
            exact=text is not None and citation.span.of(text) == citation.quote,
            gold=any(citation.document_id == id_ and citation.span.overlap(span) for id_, span in gold),
        )

    def _places(self, gold: GoldQuote) -> list[tuple[str, Span]]:
        id_ = document_id(self._kb, gold.source)
        return [(id_, span) for span in places_of(gold.quote, self._text(id_) or "")]

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


def completeness(gold: Sequence[str], text: str) -> float | None:
    """Share of the facts of ``gold`` that ``text`` holds, 0 to 1; None where gold has none.

    Of gold quotes that say the same, the one that ``text`` covers best counts; of others each counts.
    """
    present = frozenset(analyse(text))
    best = [max(group, key=lambda wanted: len(wanted & present) / len(wanted)) for group in _groups(map(facts, gold))]
    total = sum(len(wanted) for wanted in best)
    return sum(len(wanted & present) for wanted in best) / total if total else None


def facts(text: str) -> frozenset[str]:
    """Numbers, codes and content words, as index terms. Chinese counts by pairs: single characters meet by chance."""
    return frozenset(term for term in analyse_query(text) if len(term) > 1 or not han_share(term))


def _groups(quotes: Iterable[frozenset[str]]) -> list[list[frozenset[str]]]:
    groups: list[list[frozenset[str]]] = []
    for quote in filter(None, quotes):
        alike = next((group for group in groups if _jaccard(group[0], quote) >= _SAME_FACTS), None)
        if alike is None:
            groups.append([quote])
        else:
            alike.append(quote)
    return groups


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right)
