"""The sentences of the evidence as candidates for an extractive answer, each with what speaks for it.

A sentence is judged together with what it hangs on: its headings, the line that leads into its list, the header of its
table, the question of its FAQ entry.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, log1p

import numpy as np

from answer.question_kind import asked_kinds, holds
from core.ports import TokenEmbedder
from core.text import analyse, analyse_query, split_sentences, trimmed
from core.types import Chunk, ChunkKind, Evidence, FloatArray, Span

FEATURES = (
    "coverage",  # share of the question's terms in the sentence, weighted by idf over the evidence
    "coverage_context",  # the same in the sentence and what it hangs on
    "coverage_passage",  # the same in the whole passage
    "pairs",  # share of the question's neighbouring terms that are neighbours in the sentence
    "identifiers",  # share of the question's identifiers in the sentence and what it hangs on; 1 where it has none
    "maxsim",  # idf-weighted best cosines of the question's tokens among the sentence's tokens
    "maxsim_context",  # the same with what the sentence hangs on
    "kind_found",  # 1 where the question asks for a kind of thing (a price, a date) and the sentence holds one
    "kind_missing",  # 1 where it asks for one and the sentence holds none
    "rank",  # 1 / number of its evidence
    "standing",  # score of its passage above the mean of all evidence, in deviations
    "faq",  # 1 for a sentence of an FAQ entry's stored answer
    "first",  # 1 for the first sentence after a heading or in a passage
    "length",  # log of the number of terms
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One candidate: its span in the passage's text, and what it hangs on.

    ``header`` is the table header that a row is quoted with, ``lead`` the line that opens its list or section.
    ``paragraph`` counts the paragraphs, lists and tables of the passage: only sentences of one paragraph are joined.
    """

    evidence: Evidence
    span: Span
    header: Span | None = None
    lead: str = ""
    first: bool = False
    paragraph: int = 0

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.span.of(self.evidence.hit.chunk.text)

    @property
    def context(self) -> str:
        """Title, headings, lead-in and table header, one a line."""
        chunk = self.evidence.hit.chunk
        header = self.header.of(chunk.text) if self.header else ""
        return "\n".join(part for part in (chunk.context, self.lead, header) if part)

    @property
    def in_context(self) -> str:
        """The context and the sentence."""
        return f"{self.context}\n{self.text}"


def sentences_of(evidence: Evidence) -> list[Sentence]:
    """The candidates of one passage, in order; headings, questions and table headers are only context."""
    chunk = evidence.hit.chunk
    found: list[Sentence] = []
    lead, header, first, paragraph, end = "", None, True, 0, 0
    for span in _units(chunk.text):
        text = span.of(chunk.text)
        paragraph += "\n\n" in chunk.text[end : span.start]
        end = span.end
        if _is_heading(text, chunk):
            lead, header, first, paragraph = text, None, True, paragraph + 1
        elif not text.startswith("|"):
            header = None
            if not text.endswith(("?", "？")):
                found.append(Sentence(evidence=evidence, span=span, lead=lead, first=first, paragraph=paragraph))
                first = False
            if text.endswith((":", "：", "?", "？")):
                lead = text
        elif header is None:
            header = span
        elif not _is_rule(text):
            found.append(Sentence(evidence=evidence, span=span, header=header, lead=lead, paragraph=paragraph))
    return found


def _units(text: str) -> Iterator[Span]:
    """Sentences, and table rows whole: a row's cells may hold full stops."""
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        if line.startswith("|"):
            yield trimmed(text, start, end)
        else:
            yield from (span.shifted(start) for span in split_sentences(line))
        start = end


def _is_heading(text: str, chunk: Chunk) -> bool:
    return text.startswith("#") or text.lstrip("#").strip() in chunk.heading_path


def _is_rule(row: str) -> bool:
    return set(row) <= set("|-: ")


def feature_rows(question: str, sentences: Sequence[Sentence], encoder: TokenEmbedder) -> FloatArray:
    """Raw features, shape (n, len(FEATURES)), float32, in the order of ``sentences``."""
    if not sentences:
        return np.zeros((0, len(FEATURES)), dtype=np.float32)
    rows = zip(
        _lexical(question, sentences), _late(question, sentences, encoder), _other(question, sentences), strict=True
    )
    return np.array([[*lexical, *late, *other] for lexical, late, other in rows], dtype=np.float32)


def _lexical(question: str, sentences: Sequence[Sentence]) -> Iterable[tuple[float, ...]]:
    terms = analyse_query(question)
    passages = {s.evidence.number: frozenset(analyse(s.evidence.hit.chunk.indexed_text)) for s in sentences}
    weights = _idf(terms, list(passages.values()))
    identifiers = {term: 1.0 for term in weights if any(c.isdigit() for c in term)}
    pairs = set(pairwise(terms))
    for sentence in sentences:
        own = analyse(sentence.text)
        context = frozenset(analyse(sentence.in_context))
        yield (
            _share(weights, frozenset(own)),
            _share(weights, context),
            _share(weights, passages[sentence.evidence.number]),
            len(pairs & set(pairwise(own))) / max(1, len(pairs)),
            _share(identifiers, context) if identifiers else 1.0,
        )


def _late(question: str, sentences: Sequence[Sentence], encoder: TokenEmbedder) -> Iterable[tuple[float, float]]:
    asked, *encoded = encoder.embed_tokens([question, *(s.text for s in sentences), *(s.in_context for s in sentences)])
    weights = _token_idf(asked.ids[asked.known].tolist(), [frozenset(e.ids.tolist()) for e in encoded])
    best = [_maxsim(asked.vectors[asked.known], e.vectors[e.known], weights) for e in encoded]
    return zip(best[: len(sentences)], best[len(sentences) :], strict=True)


def _maxsim(question: FloatArray, sentence: FloatArray, weights: FloatArray) -> float:
    if not (len(question) and len(sentence)):
        return 0.0
    return float((question @ sentence.T).max(axis=1) @ weights / weights.sum())


def _other(question: str, sentences: Sequence[Sentence]) -> Iterable[tuple[float, ...]]:
    kinds = asked_kinds(question)
    scores = {s.evidence.number: s.evidence.hit.score for s in sentences}
    values = np.array(list(scores.values()))
    for s in sentences:
        found = any(holds(kind, s.text) for kind in kinds)
        yield (
            float(bool(kinds) and found),
            float(bool(kinds) and not found),
            1 / s.evidence.number,
            float((scores[s.evidence.number] - values.mean()) / (values.std() + 1e-6)),
            float(s.evidence.hit.chunk.kind is ChunkKind.FAQ),
            float(s.first),
            log1p(len(analyse(s.text))),
        )


def _idf(terms: Iterable[str], bags: Sequence[frozenset[str]]) -> dict[str, float]:
    seen = {term: sum(term in bag for bag in bags) for term in dict.fromkeys(terms)}
    return {term: log(1 + (len(bags) - n + 0.5) / (n + 0.5)) for term, n in seen.items()}


def _token_idf(tokens: Sequence[int], bags: Sequence[frozenset[int]]) -> FloatArray:
    seen = [sum(token in bag for bag in bags) for token in tokens]
    return np.array([log(1 + (len(bags) - n + 0.5) / (n + 0.5)) for n in seen], dtype=np.float32)


def _share(weights: Mapping[str, float], held: frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in held) / total if total else 0.0
