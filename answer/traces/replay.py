"""What differs between an answer and the same question asked again, stage by stage, in words.

Both traces must have been redacted alike. Scores jitter a little with the batches that they are computed in, so they
are compared up to ``SAME_SCORE``; everything else is compared as it is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from answer.traces.trace import Ending, Trace, TracedExchange, TracedHit, Verdict
from core.types import Claim

SAME_SCORE = 0.005
"""Difference of two scores or probabilities that is none, absolute below 1 and relative above."""

_NAMED = 10  # hits that are named; the others are counted
_SHOWN_CHARS = 160

StageName: TypeAlias = Literal["origin", "rewriting", "search", "evidence", "prompt", "model", "proof", "answer"]
WhyGone: TypeAlias = Callable[[TracedHit], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReplay:
    """One stage, and each of its differences as a sentence; none where nothing differs."""

    stage: StageName
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """An answer of before and the one of now. ``stages`` are all of them, in the order of the flow."""

    then: Trace
    now: Trace
    stages: tuple[StageReplay, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not any(stage.differences for stage in self.stages)


def compare(then: Trace, now: Trace, why_gone: WhyGone) -> Replay:
    """``why_gone`` says what became of a passage that is not found any more; it is asked about ten at most."""
    found: tuple[tuple[StageName, Iterator[str]], ...] = (
        ("origin", _origin(then, now)),
        ("rewriting", _changed("the question that was searched", then.stand_alone, now.stand_alone)),
        ("search", _search(then.hits, now.hits, why_gone)),
        ("evidence", _evidence(then.hits, now.hits)),
        ("prompt", _prompts(then.exchanges, now.exchanges)),
        ("model", _models(then.exchanges, now.exchanges)),
        ("proof", _proof(then, now)),
        ("answer", _answer(then.ending, now.ending)),
    )
    stages = tuple(StageReplay(stage=stage, differences=tuple(words)) for stage, words in found)
    return Replay(then=then, now=now, stages=stages)


def _origin(then: Trace, now: Trace) -> Iterator[str]:
    was, is_now = then.origin, now.origin
    yield from _changed("the release", was.release, is_now.release)
    yield from _changed_values("the model", was.models, is_now.models)
    yield from _changed_values("the setting", was.settings, is_now.settings)
    if was.edition != is_now.edition:
        yield f"another edition of the knowledge base answers: {was.edition}, now {is_now.edition}"
    elif was.generations != is_now.generations:
        yield f"the indexes were built anew: {_pairs(was.generations)}, now {_pairs(is_now.generations)}"
    if changes := is_now.change - was.change:
        yield f"the record has {changes:,} passages added, replaced or deleted since"
    if "question" in then.redacted:
        yield "the question was kept without the personal data in it, and is asked as it was kept"
    if then.day and now.day and then.day != now.day:
        yield f"validity was judged on {then.day}, now on {now.day}"


def _search(then: Sequence[TracedHit], now: Sequence[TracedHit], why_gone: WhyGone) -> Iterator[str]:
    before, after = _by_id(then), _by_id(now)
    gone = [hit for hit in then if hit.chunk_id not in after]
    new = [hit for hit in now if hit.chunk_id not in before]
    for hit in gone[:_NAMED]:
        yield f"gone: hit {hit.rank}, {_place(hit)}: {why_gone(hit)}"
    yield from _more(gone, "gone")
    for hit in new[:_NAMED]:
        yield f"new: hit {hit.rank}, {_place(hit)}"
    yield from _more(new, "new")
    yield from _moved(before, now)


def _moved(before: Mapping[str, TracedHit], now: Sequence[TracedHit]) -> Iterator[str]:
    known = [(before[hit.chunk_id], hit) for hit in now if hit.chunk_id in before]
    moved = [(was, hit) for was, hit in known if was.rank != hit.rank]
    for was, hit in moved[:_NAMED]:
        yield f"moved: hit {was.rank} is now {hit.rank}, {_place(hit)}{_scores(was, hit)}"
    yield from _more(moved, "moved")
    rescored = [was for was, hit in known if was.rank == hit.rank and _differ(was.score, hit.score)]
    if rescored:
        yield f"{_hits(len(rescored))} in place with another score"


def _scores(was: TracedHit, hit: TracedHit) -> str:
    """Which stage's score changed; nothing where only others came or went."""
    old, new = {**was.scores, was.stage: was.score}, {**hit.scores, hit.stage: hit.score}
    changed = [
        f"{stage.value} {old[stage]:.3f} to {new[stage]:.3f}"
        for stage in old.keys() & new.keys()
        if _differ(old[stage], new[stage])
    ]
    return f" ({', '.join(sorted(changed))})" if changed else " (its scores are the same)"


def _evidence(then: Sequence[TracedHit], now: Sequence[TracedHit]) -> Iterator[str]:
    before = {hit.number: hit for hit in then if hit.number is not None}
    after = {hit.number: hit for hit in now if hit.number is not None}
    for number in sorted(before.keys() | after.keys()):
        was, hit = before.get(number), after.get(number)
        if (was and was.chunk_id) != (hit and hit.chunk_id):
            yield f"[{number}] was {_place(was) if was else 'nothing'}, is {_place(hit) if hit else 'nothing'}"


def _prompts(then: Sequence[TracedExchange], now: Sequence[TracedExchange]) -> Iterator[str]:
    for number, (was, is_now) in enumerate(zip(then, now, strict=False), start=1):
        yield from _changed(f"the template of prompt {number}", was.prompt, is_now.prompt)
        if was.shown != is_now.shown:
            yield f"prompt {number} showed the passages {_list(was.shown)}, now {_list(is_now.shown)}"
        if was.digest != is_now.digest:
            yield f"the words of prompt {number} changed ({was.digest}, now {is_now.digest})"


def _models(then: Sequence[TracedExchange], now: Sequence[TracedExchange]) -> Iterator[str]:
    if len(then) != len(now):
        yield f"a model was asked {_times(len(then))}, now {_times(len(now))}"
    for number, (was, is_now) in enumerate(zip(then, now, strict=False), start=1):
        yield from _changed(f"the model of request {number}", was.model, is_now.model)
        yield from _changed_values(f"request {number}, parameter", was.parameters, is_now.parameters)
        yield from _changed(f"the output of request {number}", was.output, is_now.output)
        yield from _changed(f"the end of request {number}", was.finish_reason or "none", is_now.finish_reason or "none")
        yield from _changed(f"the error of request {number}", was.error, is_now.error)


def _proof(then: Trace, now: Trace) -> Iterator[str]:
    before, after = ({verdict.text: verdict for verdict in trace.verdicts} for trace in (then, now))
    for text, was in before.items():
        is_now = after.get(text)
        if is_now is None:
            yield f"not drafted any more: {_quoted(text)} ({_judged(was)})"
        elif _judged(was) != _judged(is_now):
            yield f"{_quoted(text)}: {_judged(was)}, now {_judged(is_now)}"
    for text, verdict in after.items():
        if text not in before:
            yield f"newly drafted: {_quoted(text)} ({_judged(verdict)})"
    if _differ(then.ending.support_bar, now.ending.support_bar):
        yield f"the bar on support was {then.ending.support_bar:.3f}, is {now.ending.support_bar:.3f}"


def _answer(then: Ending, now: Ending) -> Iterator[str]:
    yield from _changed("the status", then.status.value, now.status.value)
    yield from _changed("the reason", then.reason, now.reason)
    yield from _changed("the text", then.text, now.text)
    if _places(then.claims) != _places(now.claims):
        yield f"the quotes lie elsewhere: {_list(_places(then.claims))}, now {_list(_places(now.claims))}"
    if _differ(then.probability, now.probability):
        yield f"the probability was {then.probability:.3f}, is {now.probability:.3f}"
    yield from _changed("what was done without", ", ".join(then.degraded), ", ".join(now.degraded))
    yield from _changed("the next step", then.next_step.step.value, now.next_step.step.value)
    yield from _changed("what it says", then.next_step.text, now.next_step.text)
    if then.conflicts != now.conflicts:
        yield f"conflicts: {_list(c.text for c in then.conflicts)}, now {_list(c.text for c in now.conflicts)}"
    if then.quarantined != now.quarantined:
        yield f"the guard found {_list(q.kind for q in then.quarantined)}, now {_list(q.kind for q in now.quarantined)}"


def _places(claims: Sequence[Claim]) -> list[str]:
    return [
        f"{citation.document_id}:{citation.span.start}-{citation.span.end}"
        for claim in claims
        for citation in claim.citations
    ]


def _judged(verdict: Verdict) -> str:
    return "proven" if verdict.proven else f"not proven: {verdict.reason}"


def _changed(what: str, was: str, is_now: str) -> Iterator[str]:
    if was != is_now:
        yield f"{what} was {_quoted(was)}, is {_quoted(is_now)}"


def _changed_values(what: str, was: Mapping[str, object], is_now: Mapping[str, object]) -> Iterator[str]:
    for name in sorted(was.keys() | is_now.keys()):
        if was.get(name) != is_now.get(name):
            yield f"{what} {name} was {was.get(name, 'not there')}, is {is_now.get(name, 'not there')}"


def _differ(was: float, is_now: float) -> bool:
    return abs(was - is_now) > SAME_SCORE * max(1.0, abs(was))


def _by_id(hits: Sequence[TracedHit]) -> dict[str, TracedHit]:
    return {hit.chunk_id: hit for hit in hits}


def _place(hit: TracedHit) -> str:
    page = f", page {hit.page}" if hit.page else ""
    return f"{hit.source}{page}, {hit.span.start}-{hit.span.end}"


def _more(all_of_them: Sequence[object], what: str) -> Iterator[str]:
    if len(all_of_them) > _NAMED:
        yield f"{len(all_of_them) - _NAMED} more are {what}"


def _quoted(text: str) -> str:
    """On one line, shortened in the middle of nothing: what differs may stand at the end."""
    plain = " ".join(text.split())
    half = _SHOWN_CHARS // 2
    return f'"{plain}"' if len(plain) <= _SHOWN_CHARS else f'"{plain[:half]} … {plain[-half:]}"'


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value:.8}" for name, value in sorted(values.items())) or "none"


def _list(items: "Iterator[object] | Sequence[object]") -> str:
    return ", ".join(map(str, items)) or "none"


def _hits(count: int) -> str:
    return "1 hit is" if count == 1 else f"{count} hits are"


def _times(count: int) -> str:
    return {0: "not at all", 1: "once"}.get(count, f"{count} times")
