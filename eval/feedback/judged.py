"""What people said of answers, as judged questions: which words of which documents answer, or that none do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from answer.proof.locate import locate
from core.sentences import split_sentences
from core.types import AnswerStatus, Turn
from eval.sets.questions import GoldQuote, JudgedQuestion, question_id
from eval.sets.similar import SimilarQuestions
from store.feedback import Feedback, Rating


class LeftOut(StrEnum):
    """Why feedback gives no question."""

    REPEATED = "repeated"
    FILTERED = "filtered"
    NO_JUDGEMENT = "no_judgement"


class Texts(Protocol):
    """The documents as they stand now; ``eval.check.documents.StoredDocuments`` is the real one."""

    @property
    def ids(self) -> Mapping[str, str]:
        """Document id by source."""
        ...

    def text(self, source: str) -> str:
        """The stored text of a source that is in ``ids``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Feedback with the JSON of its answer's trace."""

    feedback: Feedback
    trace: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """``questions`` are judged; ``to_judge`` are drafts for a person to complete, each tagged with what is known of it;
    ``left_out`` counts the others by reason."""

    questions: tuple[JudgedQuestion, ...]
    to_judge: tuple[JudgedQuestion, ...]
    left_out: Mapping[LeftOut, int]


def judge(said: Iterable[Said], documents: Texts) -> Judged:
    """One question for each that was asked, by the first word on it in the order of ``said``: give the newest first.

    Liked answers give their quotes as gold, as far as these still stand in the documents; a correction gives the
    sentences of the documents that it repeats, and itself as reference. A liked honest no and a missing document give
    unanswerable questions. What nobody can use as it is becomes a draft.
    """
    known, left = _Known(), dict.fromkeys(LeftOut, 0)
    questions: list[JudgedQuestion] = []
    for each in said:
        if isinstance(found := _judged(each, documents, known), LeftOut):
            left[found] += 1
        else:
            questions.append(found)
    return Judged(
        questions=tuple(question for question in questions if question.accepted),
        to_judge=tuple(question for question in questions if not question.accepted),
        left_out=left,
    )


class _Known:
    """The questions so far; follow-ups are told apart by their whole conversation."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._similar = SimilarQuestions()

    def is_new(self, number: str, text: str, history: Sequence[Turn]) -> bool:
        if number in self._ids or (not history and self._similar.add(text) is not None):
            return False
        self._ids.add(number)
        return True


def _judged(said: Said, documents: Texts, known: _Known) -> JudgedQuestion | LeftOut:
    feedback, asked = said.feedback, said.trace["question"]
    opinion = feedback.opinion
    if not (opinion.rating or opinion.corrected_answer or opinion.missing_document):
        return LeftOut.NO_JUDGEMENT
    if asked["filter"] is not None:
        return LeftOut.FILTERED
    history = tuple(Turn(role=turn["role"], content=turn["content"]) for turn in asked["history"])
    number = question_id(feedback.question, feedback.language, history)
    if not known.is_new(number, feedback.question, history):
        return LeftOut.REPEATED
    draft = JudgedQuestion(
        id=number,
        question=feedback.question,
        language=feedback.language,
        answerable=False,
        history=history,
        tags=tuple(_tags(feedback)),
        accepted=False,
    )
    return _with_gold(draft, said, documents)


def _with_gold(draft: JudgedQuestion, said: Said, documents: Texts) -> JudgedQuestion:
    """The draft with what the opinion settles of it."""
    opinion, status = said.feedback.opinion, said.feedback.status
    if words := opinion.corrected_answer:
        gold = tuple(_repeated(words, _sources(said.trace), documents))
        return replace(draft, answerable=True, gold=gold, reference=words, accepted=True)
    if opinion.missing_document:
        return replace(draft, accepted=True)
    if opinion.rating is Rating.UP and status == AnswerStatus.INSUFFICIENT_EVIDENCE.value:
        return replace(draft, accepted=True)
    if opinion.rating is Rating.UP and status == AnswerStatus.ANSWERED.value:
        if gold := tuple(dict.fromkeys(_quoted(said.trace, documents))):
            return replace(draft, answerable=True, gold=gold, accepted=True)
        return replace(draft, tags=(*draft.tags, "changed_since"))
    return draft


def _tags(feedback: Feedback) -> Iterator[str]:
    opinion = feedback.opinion
    yield "feedback"
    if opinion.rating is not None:
        yield "liked" if opinion.rating is Rating.UP else "disliked"
    if opinion.reason is not None:
        yield opinion.reason.value
    if opinion.corrected_answer:
        yield "corrected"
    if opinion.missing_document:
        yield "missing_document"
    if feedback.status == AnswerStatus.INSUFFICIENT_EVIDENCE.value:
        yield "unanswered"


def _sources(trace: Mapping[str, Any]) -> dict[str, str]:
    """Of all hits, by document id, the best hit first."""
    return {hit["document_id"]: hit["source"] for hit in trace["hits"]}


def _quoted(trace: Mapping[str, Any], documents: Texts) -> Iterator[GoldQuote]:
    sources = _sources(trace)
    for claim in trace["ending"]["claims"]:
        for citation in claim["citations"]:
            source = sources.get(citation["document_id"], "")
            if source in documents.ids and locate(citation["quote"], documents.text(source)) is not None:
                yield GoldQuote(source=source, quote=citation["quote"])


def _repeated(words: str, sources: Mapping[str, str], documents: Texts) -> Iterator[GoldQuote]:
    """The sentences of a correction that stand in a document which was found for the question."""
    texts = {source: documents.text(source) for source in sources.values() if source in documents.ids}
    for span in split_sentences(words):
        for source, text in texts.items():
            if (place := locate(span.of(words), text)) is not None:
                yield GoldQuote(source=source, quote=place.of(text))
                break
