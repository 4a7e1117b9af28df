"""The way of a question through what may hold it up: how many the key waits for, cache, equal questions, line, budget.

Whoever is let in makes the answer in a task of its own (``answer/caching/cache_flights.py``); whoever asks the same
at the same time, or later of the same documents, gets it again.
"""

import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Protocol

from anyio import to_thread

from answer.allowance import allow
from answer.caching.cache import Answers
from answer.caching.cache_flights import Admitted, Flight, Flights
from api.caller import Caller
from api.errors import Refused, TooManyRequests
from api.limits.budgets import Budgets, Hold
from api.limits.gate import Gate
from core.settings import LimitSettings
from core.types import Answer, AnswerEvent, ClaimProven, EvidenceFound, Finished, Question, Usage

_RETRY_SECONDS = 1.0


class Answering(Protocol):
    """What makes answers."""

    def stream(self, question: Question) -> AsyncGenerator[AnswerEvent]:
        """As ``api.desk_port.Desk.stream``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """Answers that were made before. ``answers`` and ``key`` block; ``key`` names all that decides an answer;
    ``keep_again`` is told the question, the answer that is given once more, and the id of the one that was made."""

    answers: Answers
    key: Callable[[Question], str]
    keep_again: Callable[[Question, Answer, str], None]

    def find(self, question: Question) -> tuple[str, Answer | None]:
        """The key of the question, and the answer under it. Blocks."""
        key = self.key(question)
        return key, self.answers.get(key)


class Turnstile:
    """In front of one desk, in one event loop. Without ``budgets`` nothing is charged, without ``remembered`` every
    answer is made anew."""

    def __init__(
        self,
        desk: Answering,
        limits: LimitSettings,
        *,
        budgets: Budgets | None = None,
        remembered: Remembered | None = None,
    ) -> None:
        self._desk = desk
        self._limits = limits
        self._budgets = budgets
        self._remembered = remembered
        self._gate = Gate(limits.answers, limits.wait_seconds)
        self._flights = Flights()
        self._answers: Counter[str] = Counter()

    async def open(self, caller: Caller, question: Question, *, batch: bool = False) -> AsyncGenerator[AnswerEvent]:
        """The events of the answer, once it is let in; ``question`` names its knowledge base by key.

        Raises ``TooManyRequests``, ``BudgetSpent`` or ``Busy`` before any model is asked, and what asking raises.
        """
        self._check(caller)
        key, known = await self._known(question)
        if known is not None:
            return self._counted(caller, self._given_again(question, known))
        make = partial(self._made, caller, question, key, batch)
        while True:
            flight, leads = await self._flights.board(key, make)
            if flight.error is None or flight.events:
                return self._counted(caller, self._followed(question, flight, leads=leads))
            # What keeps another from asking need not keep this one: the next try leads or joins somebody else.
            if leads or not isinstance(flight.error, Refused):
                raise flight.error

    @property
    def waiting(self) -> int:
        """How many answers wait for a place."""
        return self._gate.waiting

    @property
    def making(self) -> int:
        """How many answers are being made."""
        return self._gate.inside

    async def close(self) -> None:
        """End the answers on their way."""
        await self._flights.close()

    def _check(self, caller: Caller) -> None:
        most = self._limits.key_answers
        if caller.key and self._answers[caller.key] >= most:
            raise TooManyRequests(f"this key waits for {most} answers already", retry_seconds=_RETRY_SECONDS)

    async def _known(self, question: Question) -> tuple[str | None, Answer | None]:
        return (None, None) if self._remembered is None else await to_thread.run_sync(self._remembered.find, question)

    async def _counted(self, caller: Caller, events: AsyncGenerator[AnswerEvent]) -> AsyncGenerator[AnswerEvent]:
        self._answers[caller.key] += 1
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
        finally:
            self._answers[caller.key] -= 1
            if not self._answers[caller.key]:
                del self._answers[caller.key]

    async def _made(
        self, caller: Caller, question: Question, key: str | None, batch: bool, admitted: Admitted
    ) -> AsyncGenerator[AnswerEvent]:
        async with self._gate.through(batch=batch):
            hold = await self._budgets.hold(caller) if self._budgets else None
            admitted()
            async with aclosing(self._charged(question, hold)) as events:
                async for event in events:
                    if isinstance(event, Finished) and self._remembered and key:
                        await to_thread.run_sync(self._remembered.answers.put, key, event.answer)
                    yield event

    async def _charged(self, question: Question, hold: Hold | None) -> AsyncGenerator[AnswerEvent]:
        if self._budgets is None or hold is None:
            async with aclosing(self._desk.stream(question)) as events:
                async for event in events:
                    yield event
            return
        # Until passages were found no model was asked; after that, only the end tells what was used.
        used: Usage | None = Usage()
        try:
            allow(hold.max_tokens)
            async with aclosing(self._desk.stream(question)) as events:
                async for event in events:
                    used = None if isinstance(event, EvidenceFound) else used
                    if isinstance(event, Finished):
                        used, event = event.answer.usage, _sparing(event, hold)
                    yield event
        finally:
            await self._budgets.settle(hold, used)

    async def _followed(self, question: Question, flight: Flight, *, leads: bool) -> AsyncGenerator[AnswerEvent]:
        began = perf_counter()
        async with aclosing(self._flights.follow(flight)) as events:
            async for event in events:
                if isinstance(event, Finished) and not leads:
                    event = self._own(question, event.answer, began)
                yield event

    async def _given_again(self, question: Question, known: Answer) -> AsyncGenerator[AnswerEvent]:
        began = perf_counter()
        if known.evidence:
            yield EvidenceFound(question=known.question, evidence=known.evidence)
        for claim in known.claims:
            yield ClaimProven(claim=claim)
        yield self._own(question, known, began)

    def _own(self, question: Question, made: Answer, began: float) -> Finished:
        """The answer of somebody else under an id of its own."""
        answer = replace(
            made,
            trace_id=uuid.uuid4().hex,
            cached=True,
            usage=Usage(),
            timings_ms={"total": 1000 * (perf_counter() - began)},
        )
        if self._remembered is not None:
            self._remembered.keep_again(question, answer, made.trace_id)
        return Finished(answer=answer)


def _sparing(event: Finished, hold: Hold) -> Finished:
    """Says that the budget made the answer shorter, where a model was asked."""
    if hold.max_tokens is None or event.answer.prompt is None:
        return event
    return Finished(answer=replace(event.answer, max_tokens=hold.max_tokens))
