"""The extractive answerer: the sentences that answer, verbatim. The default, and the fallback without a model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from answer.decision.calibration import Logistic, load_sentence_models
from answer.models.claim_stream import DraftCitation, DraftClaim
from answer.sentences.sentence_features import FEATURES, Judge, feature_rows
from answer.sentences.sentences import Sentence, sentences_of
from core.ports import TokenEmbedder, Warmable
from core.text import language_of
from core.types import Evidence, FloatArray, Language, Span

# Further sentences are shown only when they stand nearly as high as the first, in log-odds. The sentence
# above the best one often names the subject and holds none of the answer, so the bar is not tight.
_CLOSE = 1.5
_MOST_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate sentence with the log-odds that it answers the question, and the features behind them."""

    sentence: Sentence
    log_odds: float
    features: FloatArray


class ExtractiveAnswerer:
    """Weighs every sentence of the evidence."""

    def __init__(self, encoder: TokenEmbedder, judge: Judge, models: Mapping[Language, Logistic] | None = None) -> None:
        self._encoder = encoder
        self._judge = judge
        self._models = models

    def warm(self) -> None:
        """Load the reader, so that no question waits for it."""
        if isinstance(self._judge, Warmable):
            self._judge.warm()

    def rank(self, question: str, evidence: Sequence[Evidence]) -> list[Scored]:
        """Candidate sentences, best first."""
        candidates = [sentence for item in evidence for sentence in sentences_of(item)]
        models = self._models or load_sentence_models(FEATURES)
        return scored(candidates, self.rows(question, candidates), models[language_of(question)])

    def rows(self, question: str, candidates: Sequence[Sentence]) -> FloatArray:
        """What speaks for each candidate, shape (n, len(FEATURES))."""
        return feature_rows(question, candidates, self._encoder, self._judge)

    def draft(self, ranked: Sequence[Scored]) -> list[DraftClaim]:
        """The best sentence and those that come close to it, in the order of their documents.

        Neighbours of one paragraph become one claim with one quote.
        """
        return [_claim(sentence) for sentence in chosen(ranked)]


def scored(candidates: Sequence[Sentence], rows: FloatArray, model: Logistic) -> list[Scored]:
    """Best first; ties by evidence and place."""
    found = [Scored(*parts) for parts in zip(candidates, model.log_odds(rows).tolist(), rows, strict=True)]
    return sorted(found, key=lambda s: (-s.log_odds, s.sentence.evidence.number, s.sentence.span))


def chosen(ranked: Sequence[Scored]) -> list[Sentence]:
    """What is shown of a ranking: few sentences, each text once, in the order of their documents."""
    best = [s.sentence for s in ranked if s.log_odds >= ranked[0].log_odds - _CLOSE][:_MOST_SENTENCES]
    return joined({sentence.text: sentence for sentence in reversed(best)}.values())


def joined(sentences: Iterable[Sentence]) -> list[Sentence]:
    """In the order of their documents; sentences that follow one another in one paragraph become one."""
    found: list[Sentence] = []
    for sentence in sorted(sentences, key=lambda s: (s.evidence.number, s.span)):
        if found and _follows(found[-1], sentence):
            found[-1] = replace(found[-1], span=Span(found[-1].span.start, sentence.span.end))
        else:
            found.append(sentence)
    return found


def _follows(first: Sentence, second: Sentence) -> bool:
    if first.evidence.number != second.evidence.number or first.paragraph != second.paragraph:
        return False
    between = first.evidence.hit.chunk.text[first.span.end : second.span.start]
    return first.header is None and second.header is None and not between.strip()


def _claim(sentence: Sentence) -> DraftClaim:
    number, chunk = sentence.evidence.number, sentence.evidence.hit.chunk
    quotes = [sentence.text]
    text = sentence.text.lstrip("-*•· \t")
    if sentence.header is not None:
        header = sentence.header.of(chunk.text)
        quotes.append(header)
        text = _row_as_words(header, sentence.text)
    return DraftClaim(text=text, citations=tuple(DraftCitation(evidence=number, quote=quote) for quote in quotes))


def _row_as_words(header: str, row: str) -> str:
    """``Plan: Team; Price: $12`` for a table row under its header; empty cells are left out."""
    cells = zip(_cells(header), _cells(row), strict=False)
    return "; ".join(f"{name}: {value}" if name else value for name, value in cells if value)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]
