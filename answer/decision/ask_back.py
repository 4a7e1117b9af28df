"""The one question back whose answer decides: what the passages that answer differ in, and the question leaves open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regex

from answer.conversation.entities import entities_of
from answer.conversation.follow_up import own_words
from answer.evidence.labels import differing, dimensions_of, labels_of, labels_of_case, names
from answer.evidence.statements import Statement, different_values, likeness, rivals
from answer.sentences.extract import Scored
from core.filtering import folded
from core.text import analyse_query, language_of, simplify
from core.types import ContextBlock, Language, Metadata

# In log-odds below the best; a passage further off is no second answer. As far as further sentences are shown.
_TIED = 1.5
# Of two sentences that tell the same of different things.
_ALIKE = 0.4
_MOST_OPTIONS = 5
_FEW_WORDS, _FEW_CHARACTERS = 3, 6
_ABOUT_ALL = regex.compile(
    r"\b(?:which|what) (?:\w+ )?(?:plans?|versions?|editions?|products?|models?|regions?|platforms?|devices?)\b"
    r"|\b(?:all|each|every|any|both|per|compar\w+|differ\w*|vs|versus|between)\b"
    r"|哪个|哪些|哪款|哪种|几种|所有|各个|各种|每个|每种|分别|区别|对比|比较|都",
    regex.IGNORECASE,
)
_PUBLIC = {"offer": "plan", "place": "region"}
_WHICH: dict[Language, dict[str, str]] = {
    "en": {
        "product": "Which product do you mean",
        "version": "Which version do you mean",
        "offer": "Which plan do you mean",
        "platform": "Which platform do you use",
        "place": "Which region do you mean",
        "billing": "How do you pay",
        "audience": "Who are you",
    },
    "zh": {
        "product": "请问您指的是哪款产品",
        "version": "请问您使用的是哪个版本",
        "offer": "请问您指的是哪个套餐或版本",
        "platform": "请问您使用的是哪个平台",
        "place": "请问您指的是哪个地区",
        "billing": "请问您是哪种付费方式",
        "audience": "请问您的身份是",
    },
}
_OTHERWISE: dict[Language, str] = {"en": "Which of these do you mean", "zh": "请问您指的是以下哪一种"}
_COLUMN: dict[Language, str] = {"en": "Which {name} do you mean", "zh": "请问您指的是哪个{name}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBack:
    """``question`` for the customer; ``options`` best first, two or more; ``about`` is what they are values of."""

    question: str
    about: str
    options: tuple[str, ...]


def ask_back(question: str, ranked: Sequence[Scored], metadata: Mapping[str, Metadata]) -> AskBack | None:
    """What to ask before one of the tied sentences can be told to be right; None where nothing is left open.

    ``ranked`` is best first; ``metadata`` is that of documents, by id.
    """
    if not ranked or _ABOUT_ALL.search(simplify(question)):
        return None
    tied = rivals(question, ranked, metadata, within=_TIED)
    others = [(other, _open(question, tied[0], other)) for other in tied[1:]]
    for dimension in (name for _, names_open in others for name in names_open):
        options = _options(dimension, [tied[0], *(other for other, names_open in others if dimension in names_open)])
        if len(options) > 1:
            return AskBack(question=_words(question, dimension, options), about=_about(dimension), options=options)
    return None


def is_vague(question: str) -> bool:
    """Whether a question names nothing and has few words of its own: what it is about is for the asker to say."""
    few = _FEW_CHARACTERS if language_of(question) == "zh" else _FEW_WORDS
    return own_words(question) <= few and not entities_of(question)


def fitting(
    question: str, ranked: Sequence[Scored], metadata: Mapping[str, Metadata], context: Sequence[ContextBlock]
) -> list[Scored]:
    """The sentences without those that hold for something else than what the caller knows of the case; all of them
    where none would be left, and where the question names what they hold for."""
    known = labels_of_case(context)
    if not known:
        return list(ranked)
    kept = [each for each in ranked if not _is_of_other_case(question, each, metadata, known)]
    return kept or list(ranked)


def _is_of_other_case(
    question: str, scored: Scored, metadata: Mapping[str, Metadata], known: Mapping[str, str]
) -> bool:
    document = scored.sentence.evidence.hit.chunk.document_id
    labels = labels_of(scored.sentence, metadata.get(document, {}))
    return any(not names(question, labels[name]) for name in differing(known, labels))


def _open(question: str, best: Statement, other: Statement) -> list[str]:
    """In what the two differ and the question does not say, where they tell the same of different things."""
    apart = differing(best.labels, other.labels)
    if not apart or not _tells_the_same(question, best, other):
        return []
    told = dimensions_of(question)
    return [
        name
        for name in apart
        if name.partition(":")[0] not in told and not _is_told(question, best.labels[name], other.labels[name])
    ]


def _is_told(question: str, one: str, other: str) -> bool:
    """Whether the question says something that belongs to one of the two labels and not to the other."""
    mine, theirs, asked = ({term for term in analyse_query(text) if len(term) > 1} for text in (one, other, question))
    return bool((mine ^ theirs) & asked)


def _tells_the_same(question: str, best: Statement, other: Statement) -> bool:
    if _is_in_table_of(best, other):
        return best.sentence.text != other.sentence.text
    shared = best.values.keys() & other.values.keys()
    if shared and not different_values(question, best, other):
        return False
    return likeness(best, other) >= _ALIKE


def _is_in_table_of(one: Statement, other: Statement) -> bool:
    headers = [side.sentence.header.of(side.chunk.text) for side in (one, other) if side.sentence.header is not None]
    return len(headers) == 2 and headers[0] == headers[1] and one.chunk.document_id == other.chunk.document_id


def _options(dimension: str, statements: Sequence[Statement]) -> tuple[str, ...]:
    """The labels, each once, a longer name in place of one inside it."""
    found: dict[str, str] = {}
    for statement in statements:
        if label := statement.labels.get(dimension):
            found.setdefault(folded(label), label)
    return tuple(found.values())[:_MOST_OPTIONS]


def _about(dimension: str) -> str:
    return _PUBLIC.get(dimension, dimension.rpartition(":")[2])


def _words(question: str, dimension: str, options: Sequence[str]) -> str:
    language = language_of(question)
    kind, _, name = dimension.partition(":")
    asked = (
        _COLUMN[language].format(name=name) if kind == "column" else _WHICH[language].get(kind, _OTHERWISE[language])
    )
    if language == "zh":
        space = " " if options[-1][0].isascii() else ""
        return f"{asked}：{'、'.join(options[:-1])}还是{space}{options[-1]}？"
    return f"{asked}: {', '.join(options[:-1])} or {options[-1]}?"
