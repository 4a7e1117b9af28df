"""What to do with an answer: send it, ask the customer one thing back, or hand the case to a person with a packet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from answer.decision.ask_back import AskBack, ask_back, is_vague
from answer.sentences.extract import Scored
from core.text import language_of
from core.types import (
    AnswerStatus,
    Citation,
    Conflict,
    Evidence,
    HandOff,
    Language,
    Metadata,
    NextStep,
    Question,
    Span,
    Step,
)
from store.kb_key import split_key

_MOST_PASSAGES = 3
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "answered": "The answer can be sent; every statement has its quote.",
        "ask_back": "The documents say different things for different cases; ask this first.",
        "other_time": "The documents that deal with this are not valid at the time asked about; ask this first.",
        "ask_period": "What we have only tells about another time. Do you ask about that time?",
        "only_orders": "The message only gives orders to the assistant. What would you like to know?",
        "nothing_relevant": "No document deals with this. A colleague should take over.",
        "related_but_not_answering": "The documents deal with this and do not give the answer. A colleague should take "
        "over; the nearest passages are attached.",
        "conflicting": "A colleague should decide which document holds.",
        "not_valid_at_date": "Only documents that are not valid at the time asked about deal with this. A colleague "
        "should say what holds then.",
        "nothing_proven": "Nothing that the model said could be proven by the documents. A colleague should take over.",
        "unavailable": "A part of the service is down. Ask again later, or let a colleague take over.",
    },
    "zh": {
        "answered": "可以直接答复，每句话都附有原文依据。",
        "ask_back": "不同情况下文档给出的答案不同，请先确认这一点。",
        "other_time": "涉及这个问题的文档在所问时间无效，请先确认这一点。",
        "ask_period": "现有资料只说明了其他时间的规定。请问您问的是那个时间吗？",
        "only_orders": "这条消息只是在给助手下指令。请问您想了解什么？",
        "nothing_relevant": "没有文档涉及这个问题，请转给同事处理。",
        "related_but_not_answering": "文档提到了这个话题，但没有给出答案。请转给同事处理，已附上最接近的段落。",
        "conflicting": "请同事判断以哪份文档为准。",
        "not_valid_at_date": "只有在所问时间无效的文档涉及这个问题，请同事确认当时的规定。",
        "nothing_proven": "模型给出的内容都无法用文档证实，请转给同事处理。",
        "unavailable": "服务的一部分暂时不可用，请稍后再问，或转给同事处理。",
    },
}
_TRIED: dict[Language, dict[str, str]] = {
    "en": {
        "searched": "searched {kb} for: {asked}",
        "read": "read {passages} passages of {documents} documents",
        "expired": "left out {passages} passages that are not valid at the time asked about",
        "probability": "the documents answer it with a probability of {probability:.0%}",
        "dropped": "dropped {dropped} statements that their quotes do not prove",
        "down": "did without what was down: {parts}",
    },
    "zh": {
        "searched": "在 {kb} 中检索：{asked}",
        "read": "阅读了 {documents} 份文档中的 {passages} 个段落",
        "expired": "排除了 {passages} 个在所问时间无效的段落",
        "probability": "文档能回答该问题的概率为 {probability:.0%}",
        "dropped": "舍弃了 {dropped} 条引文无法证实的陈述",
        "down": "以下部分不可用：{parts}",
    },
}
# "until" and "from" a day, for the options of a question about time.
_UNTIL: dict[Language, tuple[str, str]] = {"en": ("until {day}", "from {day}"), "zh": ("{day} 及以前", "{day} 起")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a question ended, and with what: all that the next step depends on. ``ranked`` is best first."""

    question: Question
    asked: str
    status: AnswerStatus
    reason: str = ""
    probability: float = 0.0
    dropped: int = 0
    degraded: tuple[str, ...] = ()
    evidence: Sequence[Evidence] = ()
    expired: Sequence[Evidence] = ()
    ranked: Sequence[Scored] = ()
    metadata: Mapping[str, Metadata] = field(default_factory=dict)
    conflict: Conflict | None = None

    @property
    def language(self) -> Language:
        """Of what the person wrote."""
        return language_of(self.question.text)


def next_step(ending: Ending) -> NextStep:
    """One of ``answer``, ``ask_back`` and ``hand_off``, in the words of the question's language."""
    words = _WORDS[ending.language]
    if ending.status is AnswerStatus.REFUSED:
        return NextStep(step=Step.ASK_BACK, text=words["only_orders"], question=words["only_orders"])
    if ending.status is AnswerStatus.UNAVAILABLE:
        return _handed_off(ending, words["unavailable"])
    if ending.reason == "not_valid_at_date":
        return _about_time(ending)
    if open_ := _left_open(ending):
        return NextStep(
            step=Step.ASK_BACK,
            text=words["ask_back"],
            question=open_.question,
            about=open_.about,
            options=open_.options,
        )
    said = f"{ending.conflict.text} " if ending.conflict else ""
    if ending.status is AnswerStatus.ANSWERED:
        return NextStep(text=f"{said}{words['answered']}")
    return _handed_off(ending, f"{said}{words[ending.reason]}")


def _left_open(ending: Ending) -> AskBack | None:
    """What to ask before the answer can be told. Where there is none, only of a question that says little: what the
    documents do not say will not be found by asking for a plan."""
    if ending.reason == "conflicting" or (ending.reason and not is_vague(ending.asked)):
        return None
    return ask_back(ending.asked, ending.ranked, ending.metadata)


def _about_time(ending: Ending) -> NextStep:
    """Whether the customer means the time that the documents tell about, where they say which it is."""
    words = _WORDS[ending.language]
    until, since = _UNTIL[ending.language]
    chunks = [item.hit.chunk for item in ending.expired]
    days = [until.format(day=chunk.valid_until) for chunk in chunks if chunk.valid_until]
    days += [since.format(day=chunk.valid_from) for chunk in chunks if chunk.valid_from and not chunk.valid_until]
    if not days:
        return _handed_off(ending, words["not_valid_at_date"])
    options = tuple(dict.fromkeys(days))[:_MOST_PASSAGES]
    return NextStep(
        step=Step.ASK_BACK,
        text=words["other_time"],
        question=words["ask_period"],
        about="period",
        options=options,
    )


def _handed_off(ending: Ending, text: str) -> NextStep:
    packet = HandOff(
        question=ending.question.text,
        asked=ending.asked,
        history=ending.question.history,
        context=ending.question.context,
        tried=tuple(_tried(ending)),
        passages=tuple(_nearest(ending)),
        reason="unavailable" if ending.status is AnswerStatus.UNAVAILABLE else ending.reason,
    )
    return NextStep(step=Step.HAND_OFF, text=text, hand_off=packet)


def _tried(ending: Ending) -> list[str]:
    said = _TRIED[ending.language]
    tried = [said["searched"].format(kb=split_key(ending.question.kb)[1], asked=ending.asked)]
    if ending.evidence:
        documents = len({item.hit.chunk.document_id for item in ending.evidence})
        tried.append(said["read"].format(passages=len(ending.evidence), documents=documents))
        tried.append(said["probability"].format(probability=ending.probability))
    if ending.expired:
        tried.append(said["expired"].format(passages=len(ending.expired)))
    if ending.dropped:
        tried.append(said["dropped"].format(dropped=ending.dropped))
    if ending.degraded:
        tried.append(said["down"].format(parts=", ".join(ending.degraded)))
    return tried


def _nearest(ending: Ending) -> list[Citation]:
    """Both sides of a conflict, then the best sentence of each of the nearest passages; where no sentence was weighed,
    the passages whole."""
    found = [side.citation for side in ending.conflict.sides] if ending.conflict else []
    if ending.reason == "conflicting":
        return found
    known = {citation.chunk_id for citation in found}
    for scored in ending.ranked:
        item = scored.sentence.evidence
        if len(found) < _MOST_PASSAGES and item.hit.chunk.id not in known:
            known.add(item.hit.chunk.id)
            found.append(item.quoted(scored.sentence.span))
    whole = () if found else ending.evidence[:_MOST_PASSAGES]
    return found + [item.quoted(Span(0, len(item.hit.chunk.text))) for item in whole]
