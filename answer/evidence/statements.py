"""Candidate sentences made comparable: which of them say something about the same thing, and with which values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from answer.evidence.labels import differing, labels_of, names
from answer.evidence.quantities import quantities
from answer.sentences.extract import Scored
from answer.sentences.question_kind import asked_kinds
from answer.sentences.sentences import Sentence
from core.filtering import folded
from core.text import analyse_query, is_stop_term
from core.types import Chunk, Language, Metadata

# In log-odds below the best: what lies further off is no rival of it.
_RIVAL = 2.5
_MOST = 12
_KIND_UNITS: Mapping[str, frozenset[str]] = {
    "price": frozenset({"dollar", "euro", "yuan", "pound", "percent"}),
    "duration": frozenset({"business_day", "day", "hour", "minute", "second", "week", "month", "year"}),
    "date": frozenset({"date", "day", "business_day", "month", "hour"}),
    "version": frozenset({"version"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A sentence with what it holds for, its values by unit, and its other words."""

    sentence: Sentence
    labels: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    terms: frozenset[str]

    @property
    def chunk(self) -> Chunk:
        """The passage that it stands in."""
        return self.sentence.evidence.hit.chunk

    @property
    def language(self) -> Language:
        """The passage's."""
        return self.chunk.language


def rivals(
    question: str, ranked: Sequence[Scored], metadata: Mapping[str, Metadata], *, within: float = _RIVAL
) -> list[Statement]:
    """The sentences that come near the best one, best first, of which none holds for something else than asked about.

    ``metadata`` is that of documents, by id.
    """
    near = [each.sentence for each in ranked[:_MOST] if each.log_odds >= ranked[0].log_odds - within]
    found = [_statement(sentence, metadata.get(sentence.evidence.hit.chunk.document_id, {})) for sentence in near]
    return _asked_about(question, found)


def different_values(question: str, one: Statement, other: Statement) -> tuple[str, str] | None:
    """What the two say of the same unit where they have no value in common, as it is written; of the asked kind."""
    for unit in one.values:
        mine, theirs = one.values[unit], other.values.get(unit)
        if theirs and not mine.keys() & theirs.keys() and is_asked(question, unit):
            return next(iter(mine.values())), next(iter(theirs.values()))
    return None


def is_asked(question: str, unit: str) -> bool:
    """Whether an answer to the question may be of this unit; where it asks for no kind, of any."""
    kinds = asked_kinds(question) & _KIND_UNITS.keys()
    return not kinds or any(unit in _KIND_UNITS[kind] for kind in kinds)


def likeness(one: Statement, other: Statement) -> float:
    """Share of the shorter one's words, besides values and labels, that the other one has; 0 to 1."""
    if one.language != other.language or not one.terms or not other.terms:
        return 0.0
    return len(one.terms & other.terms) / min(len(one.terms), len(other.terms))


def _statement(sentence: Sentence, metadata: Metadata) -> Statement:
    text = sentence.text
    values: dict[str, dict[str, str]] = {}
    rest, end = "", 0
    for quantity in quantities(text):
        values.setdefault(quantity.unit, {})[quantity.value] = quantity.span.of(text)
        rest, end = rest + text[end : quantity.span.start] + " ", quantity.span.end
    labels = labels_of(sentence, metadata)
    return Statement(sentence=sentence, labels=labels, values=values, terms=_terms(rest + text[end:], labels.values()))


def _terms(text: str, labels: Iterable[str]) -> frozenset[str]:
    """Stems, and of Chinese pairs of characters: single ones meet everywhere."""
    named = {term for label in labels for term in analyse_query(label)}
    terms = {term for term in analyse_query(text) if (len(term) > 1 or term.isdigit()) and not is_stop_term(term)}
    return frozenset(terms - named)


def _asked_about(question: str, statements: Sequence[Statement]) -> list[Statement]:
    """Without those that hold for another thing than one that the question names."""
    named: dict[str, dict[str, str]] = {}
    for statement in statements:
        for dimension, label in statement.labels.items():
            if names(question, label):
                named.setdefault(dimension, {})[folded(label)] = label
    # A question that names two plans compares them.
    wanted = {dimension: next(iter(labels.values())) for dimension, labels in named.items() if len(labels) == 1}
    return [statement for statement in statements if not differing(wanted, statement.labels)]
