"""A service for the pages over a real record, whose answers are written here: one question for each way to end."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from fakes import a_document, paragraphs_of, state_of
from listening import listening
from tenant_home import TenantDesk

from api.app import create_app
from api.auth import Door
from core.settings import ServiceSettings
from core.types import (
    Answer,
    AnswerEvent,
    AnswerStatus,
    Block,
    BlockKind,
    Chunk,
    Citation,
    Claim,
    ClaimProven,
    Conflict,
    Evidence,
    EvidenceFound,
    Finished,
    Ground,
    HandOff,
    Hit,
    NextStep,
    Question,
    Side,
    Span,
    Stage,
    Step,
)

Part = tuple[BlockKind, str]
H, P, T, L = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.TABLE, BlockKind.LIST_ITEM
ENGLISH: list[Part] = [
    (H, "Refunds 😀"),
    (P, "Annual plans can be refunded within 30 days of the payment. Monthly plans are not refundable."),
    *((P, f"Paragraph {n} says something else at some length, so that the page has to scroll.") for n in range(30)),
    (H, "How refunds are paid"),
    (P, "The money goes back to the card that was charged, within 5 business days. 😀 A bank may take longer."),
    (T, "| Plan | Price | Note |\n| --- | --- | --- |\n| Team | 9 EUR | a \\| b |\n| Business | 14 EUR | none |"),
    (L, "Open the billing page."),
]
OLD: list[Part] = [(H, "Refunds 2024"), (P, "Annual plans can be refunded within 14 days of the payment.")]
CHINESE: list[Part] = [
    (H, "发票"),
    (P, "电子发票在提交申请后两个工作日内开出。纸质专票每份收取快递费 15 元。"),
    (H, "重开发票"),
    (P, "开票后 60 天内可以申请重开，每张发票限一次。"),
]


class PagesDesk(TenantDesk):
    """Answers by the first word of the question; ``go_on`` lets a question that begins with "slowly" end."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.questions: list[Question] = []
        self.go_on = threading.Event()
        self.closed = threading.Event()
        for source, title, parts in (
            ("en/refunds.md", "Refund policy", ENGLISH),
            ("en/refunds-2024.md", "Refund policy (2024)", OLD),
            ("zh/发票.md", "发票规定", CHINESE),
        ):
            self.put_parts(source, title, parts)
        self.catch_up()

    def put_parts(self, source: str, title: str, parts: Sequence[Part], kb: str = "default", **metadata: str) -> None:
        """A document of these blocks."""
        text = "\n\n".join(words for _, words in parts)
        blocks, start = [], 0
        for kind, words in parts:
            span = Span(start, start + len(words))
            blocks.append(Block(kind=kind, span=span, level=int(kind is H)))
            start = span.end + 2
        self.catalog.ensure_kb(kb)
        plain = a_document(source, text, kb=kb, title=title)
        document = replace(plain, id=self.catalog.identity(kb, source), blocks=tuple(blocks), metadata=metadata)
        passages = paragraphs_of(document)
        vectors = self.embedder.embed_passages([chunk.indexed_text for chunk in passages])
        print_of = self.embedder.fingerprint
        self.catalog.put_document(document, passages, list(vectors), fingerprint=print_of, state=state_of(document))

    def quoting(self, source: str, *quotes: str, kb: str = "default") -> list[tuple[Chunk, str]]:
        """The stored passage of each quote."""
        chunks = self.catalog.chunks_of(kb, self.catalog.identity(kb, source))
        return [(next(chunk for chunk in chunks if quote in chunk.text), quote) for quote in quotes]

    async def stream(self, question: Question) -> AsyncIterator[AnswerEvent]:
        self.questions.append(question)
        word = question.text.split()[0].lower()
        answer = replace(self._answer(word, question), question=question.text)
        try:
            yield EvidenceFound(question=question.text, evidence=answer.evidence)
            for n, claim in enumerate(answer.claims):
                if n and word == "slowly":
                    while not self.go_on.is_set():  # noqa: ASYNC110  # set by a test, which has no loop
                        await asyncio.sleep(0.01)
                yield ClaimProven(claim=claim)
            if word == "cut":
                return
            yield Finished(answer=answer)
        finally:
            self.closed.set()

    def _answer(self, word: str, question: Question) -> Answer:
        refunds = self.quoting("en/refunds.md", "within 30 days", "within 5 business days. 😀 A bank may take longer.")
        match word:
            case "发票多久能开出来？":
                return answered(self.quoting("zh/发票.md", "电子发票在提交申请后两个工作日内开出。"))
            case "table":
                return answered(self.quoting("en/refunds.md", "Business | 14 EUR"))
            case "nothing" | "没有":
                return missing(refunds, question)
            case "conflict":
                return conflicting([*self.quoting("en/refunds-2024.md", "within 14 days"), *refunds[:1]])
            case "which":
                step = NextStep(
                    step=Step.ASK_BACK,
                    text="It differs.",
                    question="Which plan do you have?",
                    about="plan",
                    options=("Team", "Business"),
                )
                return replace(answered(refunds[:1]), next_step=step)
            case "degraded":
                return replace(answered(refunds), degraded=("model",))
            case "down":
                return without(AnswerStatus.UNAVAILABLE, "retrieval")
            case "orders":
                return without(AnswerStatus.REFUSED, "only_orders")
            case "payload":
                return self._payload(question.text)
        return answered(refunds)

    def _payload(self, text: str) -> Answer:
        """Everything that a page shows of an answer is the payload that follows the word."""
        words = text.partition(" ")[2]
        evidence = evidence_of([(chunk, chunk.text) for chunk in self.payload_passages(words)])
        claims = tuple(
            Claim(text=words, citations=(citation(item, item.hit.chunk.text),), support=1.0) for item in evidence
        )
        step = NextStep(step=Step.ASK_BACK, text=words, question=words, about=words, options=(words,))
        return replace(answered([]), text=words, claims=claims, evidence=evidence, degraded=(words,), next_step=step)

    def payload_passages(self, words: str) -> list[Chunk]:
        """Of the document that holds the payload."""
        source = payload_source(words)
        return self.catalog.chunks_of("payloads", self.catalog.identity("payloads", source))[:1]


def payload_source(words: str) -> str:
    """A path with the payload in it."""
    return f"{hashlib.sha256(words.encode()).hexdigest()[:8]}/{words[:200]}"


def evidence_of(found: Sequence[tuple[Chunk, str]]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(number=n, hit=Hit(chunk=chunk, score=1.0 / n, stage=Stage.RERANKED, scores={}))
        for n, (chunk, _) in enumerate(found, start=1)
    )


def citation(item: Evidence, quote: str) -> Citation:
    chunk = item.hit.chunk
    start = chunk.span.start + chunk.text.index(quote)
    span = Span(start, start + len(quote))
    ids = {"chunk_id": chunk.id, "document_id": chunk.document_id}
    return Citation(evidence=item.number, page=chunk.page, span=span, quote=quote, **ids)


def answered(found: Sequence[tuple[Chunk, str]]) -> Answer:
    evidence = evidence_of(found)
    claims = tuple(
        Claim(text=f"Proven: {quote}", citations=(citation(item, quote),), support=1.0)
        for item, (_, quote) in zip(evidence, found, strict=True)
    )
    return Answer(
        status=AnswerStatus.ANSWERED,
        question="",
        text="\n".join(claim.text for claim in claims),
        claims=claims,
        evidence=evidence,
        probability=0.9,
        trace_id="0123456789abcdef",
        timings_ms={"total": 120.0},
    )


def without(status: AnswerStatus, reason: str) -> Answer:
    return replace(answered([]), status=status, reason=reason, probability=0.1)


def missing(found: Sequence[tuple[Chunk, str]], question: Question) -> Answer:
    evidence = evidence_of(found)
    packet = HandOff(
        question=question.text,
        asked=question.text,
        history=question.history,
        context=(),
        tried=("searched default",),
        passages=tuple(citation(item, quote) for item, (_, quote) in zip(evidence, found, strict=True)),
        reason="related_but_not_answering",
    )
    answer = without(AnswerStatus.INSUFFICIENT_EVIDENCE, packet.reason)
    step = NextStep(step=Step.HAND_OFF, text="A colleague should take over.", hand_off=packet)
    return replace(answer, evidence=evidence, next_step=step)


def conflicting(found: Sequence[tuple[Chunk, str]]) -> Answer:
    evidence = evidence_of(found)
    first, second = (
        Side(value=quote, citation=citation(item, quote)) for item, (_, quote) in zip(evidence, found, strict=True)
    )
    conflict = Conflict(sides=(first, second), ground=Ground.NONE, text="They give different periods.")
    answer = without(AnswerStatus.INSUFFICIENT_EVIDENCE, "conflicting")
    return replace(answer, evidence=evidence, conflicts=(conflict,))


@contextmanager
def serving(desk: TenantDesk, door: Door | None = None, service: ServiceSettings | None = None) -> Iterator[str]:
    """The address of a service in a thread."""
    with listening(create_app(desk, service, door=door)) as port:
        yield f"http://127.0.0.1:{port}"
