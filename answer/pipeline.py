"""The way of a question. Read this file first.

check → screen → understand → retrieve and rerank → gather evidence → screen → decide → draft → prove → answer. One flow
of events serves both callers: ``stream`` passes them on, ``ask`` waits for the last. A claim becomes an event only
after it is proven, whoever drafted it; work that keeps a processor busy runs in threads, off the event loop.
"""

import logging
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from functools import partial
from time import perf_counter
from typing import TypeAlias

from anyio.to_thread import run_sync

from answer.conversation.context import screened_context
from answer.conversation.rewriter import ModelRewriter
from answer.conversation.understand import stand_alone, windowed
from answer.decision.decide import Decider
from answer.decision.weigh import Weigher
from answer.evidence.gather import gather
from answer.guard.guard import UNGUARDED, Guard
from answer.guard.screen import screen_evidence, screen_history, screen_question
from answer.models.draft import Draft, DraftFailed, ModelDrafter
from answer.prompting.prompt_choice import conversation_of
from answer.search import Searcher
from answer.sentences.extract import ExtractiveAnswerer
from answer.state import AnswerState
from answer.traces.trace import Keep, Notes, keep_nothing
from core.errors import DependencyError, InvalidInput
from core.settings import AnswerSettings
from core.text import analyse
from core.timing import timed
from core.types import (
    Answer,
    AnswerEvent,
    Claim,
    ClaimProven,
    Evidence,
    EvidenceFound,
    Finished,
    Metadata,
    Quarantined,
    Question,
    SearchStage,
)

logger = logging.getLogger(__name__)


MetadataOf: TypeAlias = Callable[[Collection[str]], Mapping[str, Metadata]]
"""The metadata of documents by id; of one that is gone nothing."""


def no_metadata(ids: Collection[str]) -> Mapping[str, Metadata]:
    """For passages without a record."""
    return {}


class Pipeline:
    """Answers questions of one home. Safe for many questions at once."""

    def __init__(
        self,
        *,
        searcher: Searcher,
        extractive: ExtractiveAnswerer,
        decider: Decider,
        models: Sequence[ModelDrafter] = (),
        settings: AnswerSettings,
        guard: Guard = UNGUARDED,
        today: Callable[[], date] = date.today,
        metadata: MetadataOf = no_metadata,
        rewriter: ModelRewriter | None = None,
    ) -> None:
        self._searcher = searcher
        self._extractive = extractive
        self._decider = decider
        self._models = models
        self._settings = settings
        self._guard = guard
        self._today = today
        self._metadata = metadata
        self._rewriter = rewriter

    async def ask(self, question: Question, keep: Keep = keep_nothing) -> Answer:
        """The whole answer. Raises ``InvalidInput`` for an unusable question, ``NotFound`` for a knowledge base."""
        async with aclosing(self.stream(question, keep)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event.answer
        raise AssertionError("a stream of events always ends with Finished")

    async def stream(self, question: Question, keep: Keep = keep_nothing) -> AsyncGenerator[AnswerEvent]:
        """``EvidenceFound``, a ``ClaimProven`` for each claim as soon as it is proven, then ``Finished``.

        ``keep`` is given what was noted on the way just before the end; it must not wait for anything.
        """
        notes = Notes()
        async with aclosing(self._events(question, notes)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    keep(question, notes, event.answer)
                yield event

    async def _events(self, question: Question, notes: Notes) -> AsyncGenerator[AnswerEvent]:
        self._check(question)
        screened, orders = self._screened(question)
        if not screened.text:
            state = AnswerState(question=question, asked=question.text, orders=orders, notes=notes)
            yield Finished(answer=state.refused())
            return
        conversation, question = conversation_of(question), screened
        state = AnswerState(
            question=question,
            asked=await self._understood(question),
            orders=orders,
            is_guarded=self._guard.is_on,
            notes=notes,
            conversation=conversation,
        )
        try:
            await self._retrieve(state)
        except DependencyError as error:
            yield Finished(answer=state.unavailable(error))
            return
        yield EvidenceFound(question=state.asked, evidence=state.evidence)
        await self._decide(state)
        if state.weighed.reason:
            yield Finished(answer=state.insufficient())
            return
        async with aclosing(self._claims(state)) as claims:
            async for claim in claims:
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

    async def _understood(self, question: Question) -> str:
        """The question as it stands alone; where it does not yet, by the model if there is one that can."""
        by_rules = stand_alone(question)
        if self._rewriter is None or not question.history or by_rules == question.text.strip():
            return by_rules
        return await self._rewriter.rewrite(question) or by_rules

    def _screened(self, question: Question) -> tuple[Question, tuple[Quarantined, ...]]:
        """The question without the orders that it and its history give, empty where nothing else is left of it."""
        screened = screen_question(self._guard, question.text)
        history = windowed(screen_history(self._guard, question.history), self._settings.history_tokens)
        context, orders = screened_context(self._guard, question.context, self._settings.context_tokens)
        asked = replace(question, text=screened.text, history=history, context=context)
        return asked, (*screened.quarantined, *orders)

    async def _retrieve(self, state: AnswerState) -> None:
        question, wanted = state.question, self._settings.evidence * 4
        search = partial(self._searcher.search, question.kb, state.asked, wanted, SearchStage.RERANK, question.filter)
        found = await run_sync(search)
        state.degraded += found.degraded
        state.timings |= found.timings_ms
        today = (question.filter and question.filter.as_of) or self._today()
        state.metadata = await run_sync(self._metadata, {hit.chunk.document_id for hit in found.hits})
        gathered = gather(
            found.hits,
            self._settings,
            question=state.asked,
            today=today,
            metadata=state.metadata,
            context=question.context,
        )
        state.evidence, state.expired = gathered.evidence, gathered.expired
        state.notes.day, state.notes.hits = today, found.hits
        with timed(state.timings, "guard"):
            state.screened = await run_sync(screen_evidence, self._guard, (*state.evidence, *state.expired))

    async def _decide(self, state: AnswerState) -> None:
        weigher = Weigher(
            extractive=self._extractive,
            decider=self._decider,
            asked=state.asked,
            today=state.notes.day or self._today(),
            metadata=state.metadata,
            context=state.question.context,
            may_quote=lambda scored: not state.gives_orders(scored),
            timings=state.timings,
        )
        with timed(state.timings, "decide"):
            state.weighed = await run_sync(weigher.weigh, state.evidence, state.expired)
        state.notes.support_bar = state.weighed.decision.support_bar

    async def _claims(self, state: AnswerState) -> AsyncGenerator[Claim]:
        """Proven claims: the models' where one answers, the extractive answerer's otherwise."""
        started = perf_counter()
        readable = state.screened.for_model(state.evidence)
        for drafter in self._models if readable else ():
            async with aclosing(self._by_model(drafter, state, readable)) as claims:
                async for claim in claims:
                    yield claim
            if state.answered_by_model:
                break
        if not state.answered_by_model:
            for claim in state.prove(Draft(claims=tuple(self._extractive.draft(state.weighed.ranked))), state.evidence):
                yield claim
        state.timings["answer"] = 1000 * (perf_counter() - started)

    async def _by_model(
        self, drafter: ModelDrafter, state: AnswerState, readable: Sequence[Evidence]
    ) -> AsyncGenerator[Claim]:
        """What one model says that can be proven. It fails where its words end badly or prove nothing they claim."""
        claims, dropped, problem = len(state.claims), state.dropped, ""
        began, proving = perf_counter(), state.timings.get("prove", 0.0)
        try:
            async with aclosing(
                drafter.drafts(state.question, state.asked, readable, state.values, state.conversation)
            ) as drafts:
                async for draft in drafts:
                    for claim in state.prove(draft, readable):
                        yield claim
        except DraftFailed as error:
            problem = str(error)
        if not problem and state.dropped > dropped and len(state.claims) == claims:
            problem = "none of its claims could be proven"
        waited = 1000 * (perf_counter() - began) - (state.timings.get("prove", 0.0) - proving)
        state.timings["model"] = state.timings.get("model", 0.0) + waited
        state.ended(drafter.name, problem)
