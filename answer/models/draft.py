"""What an answer model drafts, claim by claim, or the reason why its words cannot be used."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from types import MappingProxyType

from anyio.to_thread import run_sync

from answer.models.claim_stream import ClaimStream, DraftClaim
from answer.models.economy import Economy
from answer.prompting.prompt import build_messages
from answer.prompting.prompt_choice import Prompts, conversation_of
from answer.prompting.prompt_files import LANGUAGES, PromptTemplate
from answer.traces.trace import Exchange
from core.errors import DependencyError
from core.ports import AnswerModel, Message
from core.text import language_of
from core.types import Evidence, PromptUsed, Question, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Claims that are complete, not yet proven.

    The first draft of a completion holds the ``exchange``, which goes on being filled in, and the prompt.
    """

    claims: tuple[DraftClaim, ...] = ()
    exchange: Exchange | None = None
    prompt: PromptUsed | None = None


class DraftFailed(Exception):
    """The completion did not come to a proper end; what it said before stays drafted, the answer is not complete."""


class ModelDrafter:
    """Asks one answer model about numbered evidence."""

    def __init__(self, model: AnswerModel, prompts: Prompts | None = None, economy: Economy | None = None) -> None:
        self._model = model
        self._prompts = prompts or Prompts()
        self._economy = economy or Economy()

    @property
    def name(self) -> str:
        """The model's."""
        return self._model.name

    def prompts_of(self, conversation: str) -> tuple[PromptUsed, ...]:
        """The words that a conversation is answered with, by language."""
        return tuple(self._prompts.template(conversation, language).used for language in LANGUAGES)

    async def drafts(
        self,
        question: Question,
        asked: str,
        evidence: Sequence[Evidence],
        values: Mapping[int, float] = MappingProxyType({}),
        conversation: str = "",
    ) -> AsyncGenerator[Draft]:
        """Each claim the moment it is complete. Raises ``DraftFailed`` when its words end badly.

        ``values`` say, by number, what is worth its tokens where the prompt cannot hold all ``evidence``;
        ``conversation`` names the one that a windowed history is taken from.
        """
        template = self._prompts.template(conversation or conversation_of(question), language_of(asked))
        exchange = await run_sync(self._exchange, question, asked, evidence, values, template)
        yield Draft(exchange=exchange, prompt=template.used)
        reader = ClaimStream()
        try:
            async with aclosing(self._read(exchange, reader)) as drafts:
                async for draft in drafts:
                    yield draft
        except DependencyError as error:
            exchange.error = str(error)
            raise DraftFailed(str(error)) from error
        finally:
            exchange.usage = self._spent(exchange)
        end = reader.finish(complete=exchange.finish_reason == "stop")
        exchange.error = _problem(exchange, end.problem)
        yield Draft(claims=end.claims)
        if exchange.error:
            raise DraftFailed(exchange.error)

    def _exchange(
        self,
        question: Question,
        asked: str,
        evidence: Sequence[Evidence],
        values: Mapping[int, float],
        template: PromptTemplate,
    ) -> Exchange:
        def build(shown: Sequence[Evidence]) -> Sequence[Message]:
            return build_messages(asked, shown, history=question.history, context=question.context, template=template)

        packed = self._economy.packed(asked, evidence, values, build)
        return Exchange(
            model=self._model.name,
            prompt=template.name,
            messages=packed.messages,
            parameters=self._model.parameters,
            shown=packed.shown,
        )

    def _spent(self, exchange: Exchange) -> Usage | None:
        """None where no server answered."""
        if not (exchange.output or exchange.finish_reason or exchange.usage):
            return None
        return self._economy.usage(exchange.messages, exchange.output, exchange.usage)

    async def _read(self, exchange: Exchange, reader: ClaimStream) -> AsyncGenerator[Draft]:
        """The claims that complete while the stream runs; what it says besides is noted in ``exchange``."""
        async with aclosing(self._model.stream(exchange.messages)) as deltas:
            async for delta in deltas:
                exchange.finish_reason = delta.finish_reason or exchange.finish_reason
                exchange.usage = delta.usage or exchange.usage
                exchange.output += delta.text
                if claims := reader.feed(delta.text):
                    yield Draft(claims=tuple(claims))


def _problem(exchange: Exchange, problem: str) -> str:
    if exchange.finish_reason != "stop":
        return f"the stream ended with finish_reason {exchange.finish_reason!r} instead of 'stop'"
    return problem
