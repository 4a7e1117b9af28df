"""What an answer model drafts, claim by claim, or the reason why its words cannot be used."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from answer.claim_stream import ClaimStream, DraftClaim
from answer.prompt import build_messages
from core.errors import DependencyError
from core.ports import AnswerModel
from core.types import Evidence, Question, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Claims that are complete, not yet proven. The last draft of a completion carries the usage."""

    claims: tuple[DraftClaim, ...] = ()
    insufficient: bool = False
    usage: Usage | None = None


class DraftFailed(Exception):
    """The completion did not come to a proper end; what it said before stays drafted, the answer is not complete."""


class ModelDrafter:
    """Asks an answer model about numbered evidence."""

    def __init__(self, model: AnswerModel) -> None:
        self._model = model

    async def drafts(self, question: Question, asked: str, evidence: Sequence[Evidence]) -> AsyncGenerator[Draft]:
        """Each claim the moment it is complete. Raises ``DraftFailed`` when its words end badly."""
        reader = ClaimStream()
        finish_reason: str | None = None
        usage: Usage | None = None
        messages = build_messages(asked, evidence, history=question.history)
        try:
            async with aclosing(self._model.stream(messages)) as deltas:
                async for delta in deltas:
                    finish_reason = delta.finish_reason or finish_reason
                    usage = delta.usage or usage
                    if claims := reader.feed(delta.text):
                        yield Draft(claims=tuple(claims))
        except DependencyError as error:
            raise DraftFailed(str(error)) from error
        end = reader.finish(complete=finish_reason == "stop")
        yield Draft(claims=end.claims, insufficient=end.insufficient, usage=usage)
        if finish_reason != "stop":
            raise DraftFailed(f"the stream ended with finish_reason {finish_reason!r} instead of 'stop'")
        if end.problem:
            raise DraftFailed(end.problem)
