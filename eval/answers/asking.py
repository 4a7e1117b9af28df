"""The ways in which an evaluation asks: as the product does, without its bar, without its rewriting, of given contexts.

All of them go through the product's own ``Reader``, of the edition that answers; only its parts differ.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from core.types import Answer, Filter, Question, SearchResult, SearchStage
from eval.sets.questions import JudgedQuestion

if TYPE_CHECKING:
    from answer.assemble import Desk
    from answer.pipeline import Pipeline
    from answer.reader import Reader
    from answer.search import FirstStage

Ask: TypeAlias = Callable[[Question], Answer | Awaitable[Answer]]

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

    def pipeline(judged: JudgedQuestion, asked: Question, *, bar: bool) -> "Pipeline":
        return pipeline_of(desk.reader_of(asked.kb), judged.contexts if given_contexts else None, bar=bar)

    return Asks(
        ask=lambda judged: lambda asked: pipeline(judged, asked, bar=True).ask(asked),
        anyway=lambda judged: lambda asked: pipeline(judged, asked, bar=False).ask(asked),
    )


def pipeline_of(reader: "Reader", contexts: Collection[str] | None = None, *, bar: bool = True) -> "Pipeline":
    """Over all sources where ``contexts`` is None; the reader's own where nothing is changed."""
    if bar and contexts is None:
        return reader.pipeline
    first = reader.first_stage if contexts is None else GivenContexts(reader.first_stage, contexts)
    return reader.pipeline_over(first, bar=bar)


class GivenContexts:
    """A first stage that returns hits of some sources only, with the scores that they have among all."""

    def __init__(self, first: "FirstStage", contexts: Collection[str]) -> None:
        self._first = first
        self._contexts = frozenset(contexts)

    def search(self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None = None) -> SearchResult:
        """At most ``k`` hits of the given sources, best first."""
        found = self._first.search(kb, query, max(k, _MANY), stage, filter)
        return replace(found, hits=tuple(hit for hit in found.hits if hit.chunk.source in self._contexts)[:k])


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
