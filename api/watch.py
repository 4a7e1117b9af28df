"""What sees every question on its way: it is counted and traced, and ends with a word when the service ends."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing

from api.caller import Caller
from api.drain import Drain
from api.metrics import Metrics
from api.schemas import JsonObject
from api.telemetry import NoSpans, Spans
from api.trace_context import CURRENT, TraceContext
from api.usage_counts import UsageCounts
from core.types import Answer, AnswerEvent, Finished, SearchStage


class Watch:
    """One for the whole service. Without ``metrics`` nothing is counted."""

    def __init__(
        self,
        metrics: Metrics | None = None,
        spans: Spans | None = None,
        drain: Drain | None = None,
        usage: UsageCounts | None = None,
    ) -> None:
        self.metrics = metrics
        self.usage = usage
        self.spans = spans or NoSpans()
        self.drain = drain or Drain()

    def begin(self) -> None:
        """A request has come."""
        if self.metrics is not None:
            self.metrics.in_progress.inc()

    def end(self, at: TraceContext, method: str, route: str, status: int, seconds: float) -> None:
        """It is over. ``route`` is the template that it met."""
        self.spans.request(at, method, route, status, seconds)
        if self.metrics is not None:
            self.metrics.in_progress.dec()
            self.metrics.request(method, route, status, seconds)

    async def answer(self, caller: Caller, work: Awaitable[Answer]) -> Answer:
        """An answer to ``caller`` on its way. Raises what the work raises; ``Unavailable`` where the service ends."""
        answer = await self.drain.within(work)
        self._count(caller, answer)
        return answer

    async def events(self, caller: Caller, events: AsyncIterator[AnswerEvent]) -> AsyncGenerator[AnswerEvent]:
        """As ``answer``, event by event; ``events`` is closed at the end."""
        async with aclosing(self.drain.each(events)) as drained:
            async for event in drained:
                if isinstance(event, Finished):
                    self._count(caller, event.answer)
                yield event

    def search(self, stage: SearchStage, document: JsonObject) -> JsonObject:
        """What was found, as it came."""
        if self.metrics is not None:
            self.metrics.search(stage, document)
        return document

    def asked(self, caller: Caller) -> None:
        """A request of ``caller`` was let in."""
        if self.usage is not None:
            self.usage.request(caller)

    def _count(self, caller: Caller, answer: Answer) -> None:
        self.spans.answer(CURRENT.get(), answer)
        if self.metrics is not None:
            self.metrics.answer(answer)
        if self.usage is not None:
            self.usage.answer(caller, answer)


UNWATCHED = Watch()
