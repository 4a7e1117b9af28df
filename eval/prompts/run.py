"""One completion for one case, asked for as the answer path asks; what goes wrong becomes a typed reason."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter

from answer.models.claim_stream import ClaimStream, DraftClaim
from answer.prompting.prompt import build_messages
from answer.prompting.prompt_files import PromptVariant
from core.errors import DependencyError, Unavailable
from core.ports import AnswerModel
from core.text import count_tokens
from core.types import Usage
from eval.prompts.cases import PromptCase


class Problem(StrEnum):
    """Why a completion cannot count as an answer."""

    DOWN = "down"  # no server, an error of the server, a connection that broke off
    SLOW = "slow"  # one of the time limits of the settings
    REJECTED = "rejected"  # the server does not take the request: key, model, length
    CUT = "cut"  # it ended without finish_reason "stop"
    MALFORMED = "malformed"  # broken JSON, claims without citations, no claim at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What the model wrote.

    ``claims`` are those that the answer path would read from it; ``insufficient`` is the model's own word; ``problem``
    None is a completion that can be judged, and ``detail`` says more. ``usage`` counts tokens, by our own estimate
    where the server counts none; ``seconds`` is from the request to the last delta.
    """

    text: str
    claims: tuple[DraftClaim, ...]
    insufficient: bool
    usage: Usage
    seconds: float
    problem: Problem | None = None
    detail: str = ""

    @property
    def arrived(self) -> bool:
        """Whether the server gave a completion, however bad."""
        return self.problem not in {Problem.DOWN, Problem.SLOW, Problem.REJECTED}


async def complete(model: AnswerModel, variant: PromptVariant, case: PromptCase) -> Completion:
    """Ask once. Never raises for what the model or its server does: that becomes the ``problem``."""
    template = variant.templates[case.language]
    messages = build_messages(case.asked, case.numbered, case.turns, today=case.today, template=template)
    pieces: list[str] = []
    finish_reason: str | None = None
    usage: Usage | None = None
    failure: tuple[Problem, str] | None = None
    started = perf_counter()
    try:
        async with aclosing(model.stream(messages)) as deltas:
            async for delta in deltas:
                pieces.append(delta.text)
                finish_reason = delta.finish_reason or finish_reason
                usage = delta.usage or usage
    except DependencyError as error:
        failure = _problem(error), str(error)
    seconds = perf_counter() - started
    usage = usage or _estimated([message.content for message in messages], pieces)
    return read_completion("".join(pieces), finish_reason, failure, usage, seconds)


def read_completion(
    text: str, finish_reason: str | None, failure: tuple[Problem, str] | None, usage: Usage, seconds: float
) -> Completion:
    """A completion as the answer path would read it; ``failure`` is what was off before it was read."""
    reader = ClaimStream()
    claims = reader.feed(text)
    end = reader.finish(complete=finish_reason == "stop" and failure is None)
    if failure is None and finish_reason != "stop":
        failure = Problem.CUT, f"finish_reason {finish_reason!r} instead of 'stop'"
    if failure is None and end.problem:
        failure = Problem.MALFORMED, end.problem
    problem, detail = failure or (None, "")
    return Completion(
        text=text,
        claims=(*claims, *end.claims),
        insufficient=end.insufficient,
        usage=usage,
        seconds=seconds,
        problem=problem,
        detail=detail,
    )


def _problem(error: DependencyError) -> Problem:
    if isinstance(error.__cause__, TimeoutError):
        return Problem.SLOW
    return Problem.DOWN if isinstance(error, Unavailable) else Problem.REJECTED


def _estimated(asked: Sequence[str], pieces: Sequence[str]) -> Usage:
    return Usage(input_tokens=sum(map(count_tokens, asked)), output_tokens=count_tokens("".join(pieces)))
