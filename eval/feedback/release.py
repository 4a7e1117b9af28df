"""Answers that people liked, asked again of what is about to go live: which of them would be lost."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from answer.proof.locate import locate
from core.types import AnswerStatus
from eval.feedback.judged import Said

if TYPE_CHECKING:
    from answer.traces.replay import Replay
    from answer.traces.trace import Trace


# What a copy of the home changes by itself.
_OF_THE_COPY = (
    "the setting retrieval.model_cache ",
    "the setting retrieval.chroma_url ",
    "the indexes were built anew",
)


class Outcome(StrEnum):
    """What becomes of an answer: all that was liked of it is still there, some of it, or nothing."""

    KEPT = "kept"
    CHANGED = "changed"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One liked answer. ``why`` says what is lost or changed, ``differences`` in words what else differs on the way
    there, by stage."""

    feedback_id: str
    trace_id: str
    question: str
    outcome: Outcome
    why: str
    differences: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """``origin`` says what the candidate changes, against the newest liked answer: settings, models, edition."""

    checked: tuple[Checked, ...]
    origin: tuple[str, ...]

    def count(self, outcome: Outcome) -> int:
        """How many came to this."""
        return sum(each.outcome is outcome for each in self.checked)


def liked(said: Sequence[Said], *, limit: int) -> list[Said]:
    """The newest liked answer to each question, with its conversation, filter and context; at most ``limit``."""
    first: dict[str, Said] = {}
    for each in said:
        asked = each.trace["question"]
        first.setdefault(repr([asked[name] for name in ("text", "kb", "history", "filter", "context")]), each)
    return list(first.values())[:limit]


async def check_release(
    said: Sequence[Said],
    replay: Callable[[Mapping[str, Any]], "Awaitable[Replay]"],
    *,
    told: Callable[[int, int], None],
) -> Release:
    """Ask each question again by ``replay``, which takes the trace of the liked answer. Raises as asking does."""
    checked: list[Checked] = []
    origin: tuple[str, ...] = ()
    for number, each in enumerate(said, start=1):
        replayed = await replay(each.trace)
        stages = {str(stage.stage): stage.differences for stage in replayed.stages if stage.differences}
        own = tuple(words for words in stages.pop("origin", ()) if not words.startswith(_OF_THE_COPY))
        origin = origin or own
        outcome, why = judged(replayed.then, replayed.now)
        checked.append(
            Checked(
                feedback_id=each.feedback.id,
                trace_id=each.feedback.trace_id,
                question=each.feedback.question,
                outcome=outcome,
                why=why,
                differences={} if outcome is Outcome.KEPT else stages,
            )
        )
        told(number, len(said))
    return Release(checked=tuple(checked), origin=origin)


def judged(then: "Trace", now: "Trace") -> tuple[Outcome, str]:
    """What became of a liked answer, and why. An honest no is lost where it is no more, and an answer that a part was
    missing for now, which says nothing of the candidate: nothing may go live by it."""
    was, is_now = then.ending.status, now.ending.status
    if is_now is not was:
        reason = f" ({now.ending.reason})" if now.ending.reason else ""
        return Outcome.LOST, f"was {was.value}, is {is_now.value}{reason}"
    if was is not AnswerStatus.ANSWERED:
        return Outcome.KEPT, ""
    before, after = _quotes(then), _quotes(now)
    gone = [quote for quote in before if not any(_says(other, quote) for other in after)]
    if not gone:
        missing = sorted(set(now.ending.degraded) - set(then.ending.degraded))
        return (Outcome.LOST, f"was made without: {', '.join(missing)}") if missing else (Outcome.KEPT, "")
    if len(gone) == len(before):
        return Outcome.LOST, f"cites none of the quotes that were liked, such as {gone[0]!r}"
    return Outcome.CHANGED, f"{len(gone)} of {len(before)} quotes are not cited any more, such as {gone[0]!r}"


def _quotes(trace: "Trace") -> list[str]:
    return list(dict.fromkeys(citation.quote for claim in trace.ending.claims for citation in claim.citations))


def _says(one: str, other: str) -> bool:
    """Whether one quote holds the other: a passage that was cut anew may give a little more or less of a sentence."""
    return locate(one, other) is not None or locate(other, one) is not None
