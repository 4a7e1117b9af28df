"""The extractive answerer: the sentences that answer, verbatim. The default, and the fallback without a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from answer.calibration import Logistic, load_models
from answer.claim_stream import DraftCitation, DraftClaim
from answer.sentences import FEATURES, Sentence, feature_rows, sentences_of
from core.ports import TokenEmbedder
from core.text import language_of
from core.types import Evidence, FloatArray, Language

# A second and third sentence are shown only when they stand nearly as high as the first, in log-odds.
_CLOSE = 0.7
_MOST_CLAIMS = 3
_READ = 5  # evidence passages whose sentences are weighed


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate sentence with the log-odds that it answers the question, and the features behind them."""

    sentence: Sentence
    log_odds: float
    features: FloatArray


class ExtractiveAnswerer:
    """Weighs every sentence of the first passages."""

    def __init__(self, encoder: TokenEmbedder, models: Mapping[Language, Logistic] | None = None) -> None:
        self._encoder = encoder
        self._models = models

    def rank(self, question: str, evidence: Sequence[Evidence]) -> list[Scored]:
        """Candidate sentences, best first."""
        candidates = [sentence for item in evidence[:_READ] for sentence in sentences_of(item)]
        rows = feature_rows(question, candidates, self._encoder)
        models = self._models or load_models("sentence", FEATURES)
        scores = models[language_of(question)].log_odds(rows)
        scored = [Scored(*parts) for parts in zip(candidates, scores.tolist(), rows, strict=True)]
        return sorted(scored, key=lambda s: (-s.log_odds, s.sentence.evidence.number, s.sentence.span))

    def draft(self, ranked: Sequence[Scored]) -> list[DraftClaim]:
        """The best sentence and those that come close to it, in the order of their documents."""
        if not ranked:
            return []
        chosen = [s.sentence for s in ranked if s.log_odds >= ranked[0].log_odds - _CLOSE][:_MOST_CLAIMS]
        distinct = {sentence.text: sentence for sentence in reversed(chosen)}.values()
        ordered = sorted(distinct, key=lambda s: (s.evidence.number, s.span))
        return [_claim(sentence) for sentence in ordered]


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
