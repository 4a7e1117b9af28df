"""The desk as one caller may use it: the only way from a route to a knowledge base."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from anyio import to_thread

from api.caller import Caller
from api.desk_port import Desk
from api.limits.turnstile import Turnstile
from api.schemas import JsonObject
from api.searching import searched
from api.traced import replay_document
from api.watch import UNWATCHED, Watch
from core.errors import NotFound, Unavailable
from core.types import Answer, AnswerEvent, Filter, Finished, Question, SearchStage
from store.catalog import Catalog
from store.kb_key import KbKey
from store.traces import unknown_trace


class Room:
    """Takes and gives the caller's own names; what belongs to others is answered as if it were not there.

    What raises ``NotFound`` raises the same for what is not there, for what is another tenant's and for what the key
    is not meant for. Blocking calls say so.
    """

    def __init__(
        self,
        desk: Desk,
        caller: Caller,
        watch: Watch = UNWATCHED,
        *,
        turnstile: Turnstile | None = None,
        batch: bool = False,
    ) -> None:
        self._desk = desk
        self._watch = watch
        self._turnstile = turnstile
        self._batch = batch
        self.caller = caller

    @property
    def catalog(self) -> Catalog:
        """The record of everybody."""
        return self._desk.catalog

    def raw_trace(self, trace_id: str) -> Mapping[str, Any]:
        """Whoever's answer it is. Raises ``NotFound``. Blocks."""
        return self._desk.trace(trace_id)

    def knowledge_bases(self) -> list[str]:
        """The names of those that the caller sees, in order. Blocks."""
        return sorted(self.caller.name_of(key) for key in self.keys())

    def require(self, kb: str) -> KbKey:
        """The key of a knowledge base that is there and the caller's. Raises ``NotFound``. Blocks."""
        key = self.caller.key_of(kb)
        if key is None or not self._desk.has_kb(key):
            raise NotFound(f"there is no knowledge base {kb[:80]!r}; GET /v1/kbs lists those there are")
        return key

    def search(
        self,
        kb: str,
        query: str,
        k: int,
        stage: SearchStage,
        filter: Filter | None,
        *,
        explain: bool,
        why: str,
    ) -> JsonObject:
        """As ``searched``; ``why`` tells of the caller's knowledge bases only. Raises ``NotFound``. Blocks."""
        key = self.require(kb)
        visible = self.keys() if explain or why else ()
        found = searched(self._desk, key, query, k, stage, filter, explain=explain, why=why, visible=visible)
        return self._watch.search(stage, found)

    def trace(self, trace_id: str) -> JsonObject:
        """How an answer from one of the caller's knowledge bases came about. Raises ``NotFound``. Blocks."""
        return self.own(self._desk.trace(trace_id), trace_id)

    async def replay(self, trace_id: str) -> JsonObject:
        """The question of such an answer asked again, and what differs. Raises ``NotFound`` or as ``ask`` does."""
        await to_thread.run_sync(self.trace, trace_id)
        replay = await self._desk.replay(trace_id, with_settings=self.caller.runs_the_home)
        document = replay_document(replay)
        return {**document, **{when: self.own(document[when], trace_id) for when in ("then", "now")}}

    def own(self, trace: Mapping[str, Any], trace_id: str) -> JsonObject:
        """A trace as the caller may see it. Raises ``NotFound`` for one of somebody else's knowledge base."""
        kb = trace["question"]["kb"]
        if not self.caller.sees(kb):
            raise unknown_trace(trace_id)
        settings = trace["origin"]["settings"] if self.caller.runs_the_home else {}
        return {
            **trace,
            "question": {**trace["question"], "kb": self.caller.name_of(KbKey(kb))},
            "origin": {**trace["origin"], "settings": settings},
        }

    async def ask(self, key: KbKey, question: Question) -> Answer:
        """The answer from the knowledge base that ``require`` gave, whatever the question names.

        Raises ``TooManyRequests``, ``BudgetSpent`` or ``Busy`` before any model is asked.
        """
        return await self._watch.answer(self.caller, self._made(replace(question, kb=key)))

    async def open(self, key: KbKey, question: Question) -> AsyncGenerator[AnswerEvent]:
        """As ``ask``, while it is made: returns once the question is let in."""
        asked = replace(question, kb=key)
        if self._turnstile is None:
            return self._watch.events(self.caller, self._desk.stream(asked))
        opening = self._turnstile.open(self.caller, asked, batch=self._batch)
        return self._watch.events(self.caller, await self._watch.drain.within(opening))

    async def stream(self, key: KbKey, question: Question) -> AsyncGenerator[AnswerEvent]:
        """As ``open``, but what keeps the question out is raised in place of the first event."""
        async with aclosing(await self.open(key, question)) as events:
            async for event in events:
                yield event

    async def _made(self, asked: Question) -> Answer:
        if self._turnstile is None:
            return await self._desk.ask(asked)
        opened = await self._turnstile.open(self.caller, asked, batch=self._batch)
        async with aclosing(opened) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event.answer
        raise Unavailable("the answer's events ended before the final one")

    def keys(self) -> list[KbKey]:
        """The keys of the knowledge bases that the caller sees. Blocks."""
        return [KbKey(key) for key in self._desk.knowledge_bases() if self.caller.sees(key)]
