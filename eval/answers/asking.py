"""The ways in which an evaluation asks: as the product does, without its bar, without its rewriting, of given contexts.

All of them go through the product's own ``Pipeline``; only its parts differ.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

from core.types import Answer, AnswerEvent, ClaimProven, Filter, Finished, Question, SearchResult, SearchStage
from eval.sets.questions import JudgedQuestion

if TYPE_CHECKING:
    from answer.assemble import Desk
    from answer.draft import ModelDrafter
    from answer.pipeline import Pipeline
    from answer.search import FirstStage

Ask: TypeAlias = Callable[[Question], Answer | Awaitable[Answer]]
Stream: TypeAlias = Callable[[Question], AsyncGenerator[AnswerEvent]]

# Whatever the settings say: an evaluation with given contexts must see all of them.
_MANY = 2_000


AskFor: TypeAlias = Callable[[JudgedQuestion], Ask]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """How each judged question is asked: ``ask`` as the product does, ``anyway`` without the bar that turns it away."""

    ask: AskFor
    anyway: AskFor | None = None


def everywhere(ask: Ask, anyway: Ask | None = None) -> Asks:
    """The same way for every question."""
    return Asks(ask=lambda _: ask, anyway=None if anyway is None else lambda _: anyway)


def asks_of(desk: "Desk", *, given_contexts: bool = False) -> Asks:
    """The desk's own way of answering and the one without its bar.

    With ``given_contexts`` each question sees the sources of its ``contexts`` only, as if nothing else were stored.
    """
    variants = Variants(desk)

    def contexts(judged: JudgedQuestion) -> Collection[str] | None:
        return judged.contexts if given_contexts else None

    return Asks(
        ask=lambda judged: timed(variants.pipeline(contexts(judged)).stream),
        anyway=lambda judged: variants.pipeline(contexts(judged), bar=False).ask,
    )


class Variants:
    """The desk's pipeline with other parts; indexes and models are shared."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk

    @cached_property
    def _first(self) -> "FirstStage":
        from retrieval.search import Retriever

        desk = self._desk
        return Retriever(catalog=desk.catalog, indexes=desk.indexes, settings=desk.settings.retrieval)

    def pipeline(self, contexts: Collection[str] | None = None, *, bar: bool = True) -> "Pipeline":
        """Over all sources where ``contexts`` is None; the desk's own where nothing is changed."""
        from answer.decide import Decider
        from answer.pipeline import Pipeline
        from answer.search import Searcher

        if bar and contexts is None:
            return self._desk.pipeline
        desk, settings = self._desk, self._desk.settings
        first = self._first if contexts is None else GivenContexts(self._first, contexts)
        return Pipeline(
            searcher=Searcher(first, desk.reranker, settings.rerank),
            extractive=desk.extractive,
            decider=Decider(threshold=settings.answer.threshold if bar else 0.0, bars=desk.bars),
            model=self._model,
            settings=settings.answer,
        )

    @cached_property
    def _model(self) -> "ModelDrafter | None":
        if not self._desk.settings.llm.base_url:
            return None
        from answer.chat_model import ChatModel
        from answer.draft import ModelDrafter

        return ModelDrafter(ChatModel(self._desk.settings.llm))


class GivenContexts:
    """A first stage that returns hits of some sources only, with the scores that they have among all."""

    def __init__(self, first: "FirstStage", contexts: Collection[str]) -> None:
        self._first = first
        self._contexts = frozenset(contexts)

    def search(self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None = None) -> SearchResult:
        """At most ``k`` hits of the given sources, best first."""
        found = self._first.search(kb, query, max(k, _MANY), stage, filter)
        return replace(found, hits=tuple(hit for hit in found.hits if hit.chunk.source in self._contexts)[:k])


def timed(stream: Stream) -> Ask:
    """Ask by ``stream``, and write into the answer's timings when the first claim came: ``first_claim``, in ms."""

    async def ask(question: Question) -> Answer:
        started, first = perf_counter(), None
        async with aclosing(stream(question)) as events:
            async for event in events:
                if isinstance(event, ClaimProven) and first is None:
                    first = 1000 * (perf_counter() - started)
                if isinstance(event, Finished):
                    return event.answer if first is None else _with_first_claim(event.answer, first)
        raise AssertionError("a stream of events always ends with Finished")

    return ask


def _with_first_claim(answer: Answer, milliseconds: float) -> Answer:
    return replace(answer, timings_ms={"first_claim": milliseconds, **answer.timings_ms})


def without_history(question: Question) -> Question:
    """The follow-up alone, as if nothing had been said before it: no rewriting takes place."""
    return replace(question, history=())


def answered(runner: asyncio.Runner, ask: Ask, question: Question) -> Answer:
    """Ask in ``runner``'s loop where ``ask`` is asynchronous."""
    # A synchronous ask may run a loop of its own, so it is called while none is running here.
    answer = ask(question)
    return runner.run(_awaited(answer)) if inspect.isawaitable(answer) else answer


async def _awaited(answer: Awaitable[Answer]) -> Answer:
    return await answer
