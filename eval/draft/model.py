"""Questions that a chat model drafts from one passage, each with words that were found in it.

The model answers under the claim contract, whose schema the chat model asks servers for and whose reader forgives
fences and thinking aloud: the text of a claim is the question, its quote the words that answer it.
"""

import re
from collections.abc import Sequence
from contextlib import aclosing
from functools import cache
from importlib.resources import files
from string import Template

from answer.models.claim_stream import ClaimStream, DraftClaim
from answer.models.draft import DraftFailed
from answer.prompting.prompt import harmless
from answer.proof.locate import locate
from core.ports import AnswerModel, Message
from core.types import Chunk, Language
from eval.draft.question import DraftQuestion

MOST_QUESTIONS = 3
"""Asked of the model for one passage."""


class ModelQuestions:
    """Drafts by ``model``. ``unlocated`` counts the drafts so far whose quote does not stand in their passage."""

    def __init__(self, model: AnswerModel) -> None:
        self._model = model
        self.unlocated = 0

    async def drafts(self, chunk: Chunk) -> list[DraftQuestion]:
        """The questions of one passage. Raises ``DependencyError`` when the server cannot be used and ``DraftFailed``
        when its words end badly."""
        found = [self._located(claim, chunk) for claim in await self._claims(chunk)]
        self.unlocated += found.count(None)
        return [draft for draft in found if draft is not None]

    async def _claims(self, chunk: Chunk) -> Sequence[DraftClaim]:
        reader = ClaimStream()
        claims: list[DraftClaim] = []
        finish_reason: str | None = None
        async with aclosing(self._model.stream(prompt(chunk))) as deltas:
            async for delta in deltas:
                finish_reason = delta.finish_reason or finish_reason
                claims += reader.feed(delta.text)
        end = reader.finish(complete=finish_reason == "stop")
        if finish_reason != "stop" or end.problem:
            raise DraftFailed(end.problem or f"the stream ended with finish_reason {finish_reason!r} instead of 'stop'")
        return [*claims, *end.claims]

    def _located(self, claim: DraftClaim, chunk: Chunk) -> DraftQuestion | None:
        quotes = [citation.quote for citation in claim.citations if citation.quote.strip()]
        span = locate(quotes[0], chunk.text) if len(quotes) == 1 else None
        if span is None:
            return None
        question = " ".join(claim.text.split())
        return DraftQuestion(question=question, quote=span.of(chunk.text), kind="model", chunk=chunk)


def prompt(chunk: Chunk) -> list[Message]:
    """Rules and passage in the language of the passage."""
    system, task = _sections(chunk.language)
    title = harmless(" ".join(chunk.context.split()).replace('"', "'"))
    passage = f'<passage number="1" title="{title}">\n{harmless(chunk.text)}\n</passage>'
    return [
        Message(role="system", content=Template(system).substitute(most=MOST_QUESTIONS)),
        Message(role="user", content=Template(task).substitute(passage=passage)),
    ]


@cache
def _sections(language: Language) -> tuple[str, str]:
    """The system message and the task of ``prompts/questions.<language>.md``."""
    source = files("eval.draft").joinpath("prompts", f"questions.{language}.md").read_text(encoding="utf-8")
    _, *parts = re.split(r"^# (?:system|task)\n", source, flags=re.MULTILINE)
    system, task = map(str.strip, parts)
    return system, task
