"""What findings lead to: what of a question is asked, what of the evidence a model reads, which claims leave."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from answer.guard.finding import Finding
from answer.guard.guard import Guard
from answer.guard.links import unsourced_links
from answer.proof.prove import Refusal
from core.sentences import split_sentences
from core.text import analyse_query, is_stop_term
from core.types import Claim, Evidence, Quarantined, Span, Turn

_ASKS = re.compile(
    r"[?？]|\b(?:how|what|when|where|why|which|who|whose|can|could|do|does|did|is|are|will|should|may|tell me about|"
    r"explain)\b|吗|呢|什么|什麼|怎么|怎麼|怎样|怎樣|如何|多少|多久|几|幾|哪|能否|能不能|是否|可否|可以|为什么|為什麼|请问|請問|谁|誰",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"^(?:[\s,，;；.。:：!！]|(?:and|then|also|but|now|please|first)\b|并且|并|並且|並|然后|然後|接着|再|请|請)+", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenedQuestion:
    """``text`` is what is left to ask, ``""`` where the question only gives orders."""

    text: str
    quarantined: tuple[Quarantined, ...] = ()


def screen_question(guard: Guard, text: str) -> ScreenedQuestion:
    """The question without its orders, unchanged where it gives none."""
    findings = guard.look(text)
    if not findings:
        return ScreenedQuestion(text=text)
    rest = " ".join(_without(text, findings)).strip()
    asks = bool(_ASKS.search(rest)) and any(not is_stop_term(term) for term in analyse_query(rest))
    named = tuple(Quarantined(kind=finding.kind, span=finding.span) for finding in findings)
    return ScreenedQuestion(text=rest if asks else "", quarantined=named)


def _without(text: str, findings: Sequence[Finding]) -> Iterator[str]:
    """The sentences of ``text``; of those that give orders only what still asks something."""
    for sentence in split_sentences(text):
        inside = [finding.span for finding in findings if finding.span.overlap(sentence)]
        rest = _JOINT.sub("", "".join(_cut(text, sentence, inside)))
        if not inside or _ASKS.search(rest):
            yield rest if inside else sentence.of(text)


def _cut(text: str, sentence: Span, holes: Sequence[Span]) -> Iterator[str]:
    start = sentence.start
    for hole in holes:
        yield text[start : max(start, hole.start)]
        start = max(start, hole.end)
    yield text[start : sentence.end]


def screen_history(guard: Guard, history: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns that give no orders: a caller may have made up any of them."""
    return tuple(turn for turn in history if not guard.look(turn.content))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenedEvidence:
    """Which passages give orders, and where: ``poisoned`` holds spans in a passage's text by its evidence number.

    A passage is poisoned without any span where its title or headings give orders, or where it follows one that does:
    what an order introduces may stand there.
    """

    poisoned: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    quarantined: tuple[Quarantined, ...] = ()

    def for_model(self, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
        """The passages that a model may read, under their numbers."""
        return tuple(item for item in evidence if item.number not in self.poisoned)

    def touches(self, number: int, span: Span) -> bool:
        """Whether an order stands in this part of a passage's text."""
        return any(span.overlap(order) for order in self.poisoned.get(number, ()))

    def judged(self, verdict: Claim | Refusal, evidence: Sequence[Evidence]) -> Claim | Refusal:
        """A proven claim does not leave where it quotes an order, or leads where its quotes do not."""
        if isinstance(verdict, Refusal):
            return verdict
        chunks = {item.number: item.hit.chunk for item in evidence}
        for citation in verdict.citations:
            if self.touches(citation.evidence, citation.span.shifted(-chunks[citation.evidence].span.start)):
                return Refusal(verdict.text, f"quotes an order in evidence {citation.evidence}")
        sources = [f"{chunks[citation.evidence].context}\n{citation.quote}" for citation in verdict.citations]
        if strange := unsourced_links(verdict.text, sources):
            return Refusal(verdict.text, f"leads to {strange[0]!r:.80}, which its quotes do not")
        return verdict


def screen_evidence(guard: Guard, evidence: Sequence[Evidence]) -> ScreenedEvidence:
    """Look at every passage with its title and headings."""
    poisoned: dict[int, tuple[Span, ...]] = {}
    named: list[Quarantined] = []
    headings = {context: guard.look(context) for context in {item.hit.chunk.context for item in evidence}}
    for item in evidence:
        chunk = item.hit.chunk
        inside, above = guard.look(chunk.text), headings[chunk.context]
        if inside or above:
            poisoned[item.number] = tuple(finding.span for finding in inside)
            named += (
                Quarantined(chunk_id=chunk.id, kind=finding.kind, span=finding.span.shifted(chunk.span.start))
                for finding in inside
            )
            named += (Quarantined(chunk_id=chunk.id, kind=finding.kind) for finding in above)
    for item in _following(evidence, poisoned):
        poisoned[item.number] = ()
        named.append(Quarantined(chunk_id=item.hit.chunk.id, kind="follows"))
    return ScreenedEvidence(poisoned=poisoned, quarantined=tuple(named))


def _following(evidence: Sequence[Evidence], poisoned: Collection[int]) -> list[Evidence]:
    """The passages, not poisoned themselves, that stand behind a poisoned one in its document."""
    places = {(item.hit.chunk.document_id, item.hit.chunk.ordinal + 1) for item in evidence if item.number in poisoned}
    return [
        item
        for item in evidence
        if item.number not in poisoned and (item.hit.chunk.document_id, item.hit.chunk.ordinal) in places
    ]
