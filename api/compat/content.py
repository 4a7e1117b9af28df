"""An answer as the text of a chat message: claims with ``[n]`` marks, and the list of what they cite.

A mark is the number of the evidence, as in the ``ask`` document beside it.
"""

import re
from collections.abc import Iterable

from core.text import language_of
from core.types import Answer, AnswerStatus, Citation, Claim, Evidence, Language, Step

BREAK = "\n\n"
_SOURCES: dict[Language, str] = {"en": "Sources:", "zh": "来源："}
_PLACE: dict[Language, str] = {"en": "{title}, page {page}", "zh": "{title}，第 {page} 页"}
_NAMED: dict[Language, str] = {"en": "{place} ({source})", "zh": "{place}（{source}）"}
_LIST = re.compile(rf"\n\n(?:{'|'.join(_SOURCES.values())})\n\n(?:- \[\d+\] [^\n]*(?:\n|$))+\s*\Z")
_MARK = re.compile(r"(?: ?\[\d+\](?:\[\d+\])*)+(?=\n|$)")


def marked(claim: Claim) -> str:
    """A claim with its marks, in the order of their numbers."""
    return _with_marks(claim.text, claim.citations)


def behind_claims(answer: Answer) -> str:
    """What follows the claims: conflicts, what to ask first, what to do without an answer, and the sources."""
    language = language_of(answer.question)
    parts = list(_remarks(answer))
    if cited := _cited(answer):
        lines = (f"- [{item.number}] {_source(item, language)}" for item in cited)
        parts += [_SOURCES[language], "\n".join(lines)]
    text = BREAK.join(parts)
    return BREAK + text if answer.claims and text else text


def content(answer: Answer) -> str:
    """The whole message."""
    return BREAK.join(map(marked, answer.claims)) + behind_claims(answer)


def without_marks(content: str) -> str:
    """An earlier message of ours as it was before marks and sources were put to it."""
    return _MARK.sub("", _LIST.sub("", content))


def _remarks(answer: Answer) -> Iterable[str]:
    step = answer.next_step
    if answer.status is not AnswerStatus.ANSWERED:
        yield step.text
    else:
        for conflict in answer.conflicts:
            yield _with_marks(conflict.text, [side.citation for side in conflict.sides])
    if step.step is Step.ASK_BACK and step.question != step.text:
        yield "\n".join([step.question, *(f"- {option}" for option in step.options)])


def _with_marks(text: str, citations: Iterable[Citation]) -> str:
    marks = "".join(f"[{number}]" for number in sorted({citation.evidence for citation in citations}))
    gap = "" if language_of(text) == "zh" else " "
    return f"{text}{gap}{marks}"


def _cited(answer: Answer) -> list[Evidence]:
    sides = (side.citation for conflict in answer.conflicts for side in conflict.sides)
    own = (citation for claim in answer.claims for citation in claim.citations)
    numbers = {citation.evidence for citation in (*own, *sides)} if answer.status is AnswerStatus.ANSWERED else set()
    return [item for item in answer.evidence if item.number in numbers]


def _source(item: Evidence, language: Language) -> str:
    chunk = item.hit.chunk
    title, source = " ".join(chunk.title.split()), " ".join(chunk.source.split())
    place = _PLACE[language].format(title=title, page=chunk.page) if chunk.page else title
    return _NAMED[language].format(place=place, source=source) if place else source
