"""The way of a question. Read this file first.

check → screen → understand → retrieve and rerank → gather evidence → screen → decide → draft → prove → answer. One flow
of events serves both callers: ``stream`` passes them on, ``ask`` waits for the last. A claim becomes an event only
after it is proven, whoever drafted it; work that keeps a processor busy runs in threads, off the event loop.
"""

import logging
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from time import perf_counter

from anyio.to_thread import run_sync

from answer.claim_stream import DraftClaim
from answer.decide import Decider
from answer.draft import Draft, DraftFailed, ModelDrafter
from answer.extract import ExtractiveAnswerer, Scored
from answer.gather import gather
from answer.guard.guard import UNGUARDED, Guard
from answer.guard.screen import ScreenedEvidence, screen_evidence, screen_history, screen_question
from answer.guard.topic import is_on_topic
from answer.prove import SUPPORT_BAR, Refusal, prove
from answer.search import Searcher
from answer.understand import stand_alone
from core.errors import DependencyError, InvalidInput
from core.settings import AnswerSettings
from core.text import analyse
from core.types import (
    Answer,
    AnswerEvent,
    AnswerStatus,
    Claim,
    ClaimProven,
    Evidence,
    EvidenceFound,
    Finished,
    Quarantined,
    Question,
    SearchStage,
    Usage,
)

logger = logging.getLogger(__name__)


class Pipeline:
    """Answers questions of one home. Safe for many questions at once."""

    def __init__(
        self,
        *,
        searcher: Searcher,
        extractive: ExtractiveAnswerer,
        decider: Decider,
        model: ModelDrafter | None,
        settings: AnswerSettings,
        guard: Guard = UNGUARDED,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._searcher = searcher
        self._extractive = extractive
        self._decider = decider
        self._model = model
        self._settings = settings
        self._guard = guard
        self._today = today

    async def ask(self, question: Question) -> Answer:
        """The whole answer. Raises ``InvalidInput`` for an unusable question, ``NotFound`` for a knowledge base."""
        async with aclosing(self.stream(question)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event.answer
        raise AssertionError("a stream of events always ends with Finished")

    async def stream(self, question: Question) -> AsyncGenerator[AnswerEvent]:
        """``EvidenceFound``, a ``ClaimProven`` for each claim as soon as it is proven, then ``Finished``."""
        self._check(question)
        screened, orders = self._screened(question)
        if not screened.text:
            yield Finished(answer=_State(asked=question.text, orders=orders).refused())
            return
        question = screened
        state = _State(asked=stand_alone(question), orders=orders, is_guarded=self._guard.is_on)
        try:
            await self._retrieve(question, state)
        except DependencyError as error:
            yield Finished(answer=state.unavailable(error))
            return
        yield EvidenceFound(question=state.asked, evidence=state.evidence)
        if not await self._decide(state):
            yield Finished(answer=state.insufficient())
            return
        async for claim in self._claims(question, state):
            yield ClaimProven(claim=claim)
        yield Finished(answer=state.answer())

    def _check(self, question: Question) -> None:
        size, most = len(question.text), self._settings.max_question_chars
        if not question.text.strip():
            raise InvalidInput("the question is empty; write it in English or Chinese")
        if size > most:
            raise InvalidInput(f"the question has {size:,} characters; at most {most:,} are read, shorten it")
        if not analyse(question.text):
            raise InvalidInput(f"the question {question.text!r:.40} holds no word; write it in English or Chinese")

    def _screened(self, question: Question) -> tuple[Question, tuple[Quarantined, ...]]:
        """The question without the orders that it and its history give, empty where nothing else is left of it."""
        screened = screen_question(self._guard, question.text)
        history = screen_history(self._guard, question.history)
        return replace(question, text=screened.text, history=history), screened.quarantined

    async def _retrieve(self, question: Question, state: "_State") -> None:
        wanted = self._settings.evidence * 4
        search = partial(self._searcher.search, question.kb, state.asked, wanted, SearchStage.RERANK, question.filter)
        found = await run_sync(search)
        state.degraded += found.degraded
        state.timings |= found.timings_ms
        today = (question.filter and question.filter.as_of) or self._today()
        state.evidence = gather(found.hits, self._settings, question=state.asked, today=today)
        state.expired = bool(found.hits) and not state.evidence
        started = perf_counter()
        state.screened = await run_sync(screen_evidence, self._guard, state.evidence)
        state.timings["guard"] = 1000 * (perf_counter() - started)

    async def _decide(self, state: "_State") -> bool:
        started = perf_counter()
        ranked = await run_sync(self._extractive.rank, state.asked, state.evidence)
        state.ranked = [scored for scored in ranked if not state.gives_orders(scored)]
        decision = self._decider.decide(state.asked, state.evidence, state.ranked)
        state.probability = decision.probability
        state.support_bar = decision.support_bar
        state.timings["decide"] = 1000 * (perf_counter() - started)
        return decision.answers

    async def _claims(self, question: Question, state: "_State") -> AsyncGenerator[Claim]:
        """Proven claims: the model's where one is configured, the extractive answerer's otherwise or when it fails."""
        started = perf_counter()
        readable = state.screened.for_model(state.evidence)
        if self._model is not None and readable:
            try:
                async with aclosing(self._model.drafts(question, state.asked, readable)) as drafts:
                    async for draft in drafts:
                        for claim in state.prove(draft, readable):
                            yield claim
            except DraftFailed as error:
                logger.warning("the answer model failed: %s", error)
                state.degraded += ("model",)
        if self._model is None or not readable or "model" in state.degraded:
            for claim in state.prove(Draft(claims=tuple(self._extractive.draft(state.ranked))), state.evidence):
                yield claim
        state.timings["answer"] = 1000 * (perf_counter() - started)


@dataclass(slots=True)
class _State:
    """What is known of one question so far; private to the flow above."""

    asked: str
    orders: tuple[Quarantined, ...] = ()
    is_guarded: bool = False
    evidence: tuple[Evidence, ...] = ()
    screened: ScreenedEvidence = field(default_factory=ScreenedEvidence)
    expired: bool = False
    ranked: Sequence[Scored] = ()
    probability: float = 0.0
    support_bar: float = SUPPORT_BAR
    claims: list[Claim] = field(default_factory=list)
    dropped: int = 0
    insufficient_by_model: bool = False
    degraded: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    timings: dict[str, float] = field(default_factory=dict)
    trace_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started: float = field(default_factory=perf_counter)

    def gives_orders(self, scored: Scored) -> bool:
        """Whether the guard found orders in this sentence."""
        return self.screened.touches(scored.sentence.evidence.number, scored.sentence.span)

    def prove(self, draft: Draft, evidence: Sequence[Evidence]) -> list[Claim]:
        """The claims of a draft that this evidence proves and that were not made before; the others are counted."""
        self.insufficient_by_model = self.insufficient_by_model or draft.insufficient
        self.usage = draft.usage or self.usage
        proven: list[Claim] = []
        for drafted in draft.claims:
            verdict = self._judged(drafted, evidence)
            if isinstance(verdict, Refusal):
                logger.info("trace %s: a claim was dropped: %s", self.trace_id, verdict.reason)
                self.dropped += 1
            elif all(_spans(verdict) != _spans(known) for known in self.claims):
                self.claims.append(verdict)
                proven.append(verdict)
        return proven

    def _judged(self, drafted: DraftClaim, evidence: Sequence[Evidence]) -> Claim | Refusal:
        verdict = self.screened.judged(prove(drafted, evidence, bar=self.support_bar), evidence)
        if isinstance(verdict, Refusal) or not self.is_guarded:
            return verdict
        if is_on_topic(verdict, self.asked, self.ranked, evidence):
            return verdict
        return Refusal(verdict.text, "quotes nothing that may answer the question")

    def answer(self) -> Answer:
        """Answered when a claim was proven; what the evidence holds besides is not an answer."""
        if not self.claims:
            return self.insufficient(reason="related_but_not_answering" if not self.dropped else "nothing_proven")
        return replace(self._finished(AnswerStatus.ANSWERED), text="\n".join(claim.text for claim in self.claims))

    def insufficient(self, reason: str = "") -> Answer:
        """An honest no.

        ``nothing_relevant`` where no passage came near, ``not_valid_at_date`` where only expired ones did.
        """
        nothing = "not_valid_at_date" if self.expired else "nothing_relevant"
        why = reason or ("related_but_not_answering" if self.evidence else nothing)
        return replace(self._finished(AnswerStatus.INSUFFICIENT_EVIDENCE), reason=why)

    def refused(self) -> Answer:
        """The question only gives orders to whoever answers; nothing was searched."""
        return replace(self._finished(AnswerStatus.REFUSED), reason="only_orders")

    def unavailable(self, error: DependencyError) -> Answer:
        """A part that the answer needs is down."""
        return replace(self._finished(AnswerStatus.UNAVAILABLE), reason=str(error))

    def _finished(self, status: AnswerStatus) -> Answer:
        self.timings["total"] = 1000 * (perf_counter() - self.started)
        return Answer(
            status=status,
            question=self.asked,
            text="",
            claims=tuple(self.claims),
            evidence=self.evidence,
            probability=self.probability,
            trace_id=self.trace_id,
            degraded=self.degraded,
            dropped=self.dropped,
            usage=self.usage,
            timings_ms=dict(self.timings),
            quarantined=(*self.orders, *self.screened.quarantined),
        )


def _spans(claim: Claim) -> set[tuple[str, int, int]]:
    return {(c.document_id, c.span.start, c.span.end) for c in claim.citations}
