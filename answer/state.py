"""What the flow of ``answer/pipeline.py`` knows of one question so far, and the answer that it comes to."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp
from time import perf_counter

from answer.decision.decide import Decision
from answer.decision.next_step import Ending, next_step
from answer.decision.weigh import Weighed
from answer.evidence.conflict import is_contradicted
from answer.guard.screen import ScreenedEvidence
from answer.guard.topic import is_on_topic
from answer.models.claim_stream import DraftClaim
from answer.models.draft import Draft
from answer.models.economy import total
from answer.proof.prove import Refusal, prove
from answer.sentences.extract import Scored
from answer.traces.trace import Notes
from core.errors import DependencyError
from core.timing import timed
from core.types import (
    Answer,
    AnswerStatus,
    Claim,
    Evidence,
    Metadata,
    PromptUsed,
    Quarantined,
    Question,
)

logger = logging.getLogger(__name__)

_NOTHING = Weighed(ranked=(), decision=Decision(0.0, answers=False))


@dataclass(slots=True)
class AnswerState:
    """What is known of one question so far: filled in by the flow, which ends by asking it for the answer."""

    question: Question
    asked: str
    notes: Notes
    conversation: str = ""
    orders: tuple[Quarantined, ...] = ()
    is_guarded: bool = False
    evidence: tuple[Evidence, ...] = ()
    screened: ScreenedEvidence = field(default_factory=ScreenedEvidence)
    expired: tuple[Evidence, ...] = ()
    metadata: Mapping[str, Metadata] = field(default_factory=dict)
    weighed: Weighed = _NOTHING
    claims: list[Claim] = field(default_factory=list)
    dropped: int = 0
    failed: int = 0
    answered_by_model: bool = False
    prompt: PromptUsed | None = None
    degraded: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    trace_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started: float = field(default_factory=perf_counter)

    def gives_orders(self, scored: Scored) -> bool:
        """Whether the guard found orders in this sentence."""
        return self.screened.touches(scored.sentence.evidence.number, scored.sentence.span)

    @property
    def values(self) -> dict[int, float]:
        """By evidence number, 0..1: how likely the passage's best sentence answers; passages without one are absent."""
        best_last = reversed(self.weighed.ranked)
        return {each.sentence.evidence.number: 1 / (1 + exp(-each.log_odds)) for each in best_last}

    def prove(self, draft: Draft, evidence: Sequence[Evidence]) -> list[Claim]:
        """The claims of a draft that this evidence proves and that were not made before; the others are counted."""
        self._note(draft)
        proven: list[Claim] = []
        with timed(self.timings, "prove"):
            verdicts = [self._judged(drafted, evidence) for drafted in draft.claims]
        for verdict in verdicts:
            self.notes.verdicts.append(verdict)
            if isinstance(verdict, Refusal):
                logger.info("trace %s: a claim was dropped: %s", self.trace_id, verdict.reason)
                self.dropped += 1
            elif all(_spans(verdict) != _spans(known) for known in self.claims):
                self.timings.setdefault("first_claim", 1000 * (perf_counter() - self.started))
                self.claims.append(verdict)
                proven.append(verdict)
        return proven

    def _note(self, draft: Draft) -> None:
        self.prompt = draft.prompt or self.prompt
        if draft.exchange is not None:
            self.notes.exchanges.append(draft.exchange)

    def ended(self, model: str, problem: str) -> None:
        """A model is done; where it failed, the next one or the extractive answerer is asked."""
        if problem:
            logger.warning("trace %s: the answer model %s failed: %s", self.trace_id, model, problem)
            self.failed += 1
        self.answered_by_model = not problem

    @property
    def done_without(self) -> tuple[str, ...]:
        """The parts that were down: ``main_model`` where another model answered, ``model`` where none did."""
        if not self.failed:
            return self.degraded
        return (*self.degraded, "main_model" if self.answered_by_model else "model")

    def _judged(self, drafted: DraftClaim, evidence: Sequence[Evidence]) -> Claim | Refusal:
        bar = self.weighed.decision.support_bar
        verdict = self.screened.judged(prove(drafted, evidence, bar=bar), evidence)
        if isinstance(verdict, Claim) and is_contradicted(verdict, self.weighed.conflict):
            return Refusal(verdict.text, "another document is to be believed")
        if isinstance(verdict, Refusal) or not self.is_guarded:
            return verdict
        if is_on_topic(verdict, self.asked, self.weighed.ranked, evidence):
            return verdict
        return Refusal(verdict.text, "quotes nothing that may answer the question")

    def answer(self) -> Answer:
        """Answered when a claim was proven; what the evidence holds besides is not an answer."""
        if not self.claims:
            return self.insufficient(reason="related_but_not_answering" if not self.dropped else "nothing_proven")
        return replace(self._finished(AnswerStatus.ANSWERED), text="\n".join(claim.text for claim in self.claims))

    def insufficient(self, reason: str = "") -> Answer:
        """An honest no; its passages are those that are not valid then where only they would have answered."""
        reason = reason or self.weighed.reason
        if reason == "not_valid_at_date":
            self.evidence = self.expired
        return self._finished(AnswerStatus.INSUFFICIENT_EVIDENCE, reason)

    def refused(self) -> Answer:
        """The question only gives orders to whoever answers; nothing was searched."""
        return self._finished(AnswerStatus.REFUSED, "only_orders")

    def unavailable(self, error: DependencyError) -> Answer:
        """A part that the answer needs is down."""
        return self._finished(AnswerStatus.UNAVAILABLE, str(error))

    def _finished(self, status: AnswerStatus, reason: str = "") -> Answer:
        self.timings["total"] = 1000 * (perf_counter() - self.started)
        return Answer(
            status=status,
            question=self.asked,
            text="",
            claims=tuple(self.claims),
            evidence=self.evidence,
            probability=self.weighed.decision.probability,
            reason=reason,
            trace_id=self.trace_id,
            degraded=self.done_without,
            dropped=self.dropped,
            usage=total([exchange.usage for exchange in self.notes.exchanges if exchange.usage]),
            timings_ms=dict(self.timings),
            quarantined=(*self.orders, *self.screened.quarantined),
            prompt=self.prompt,
            conflicts=(self.weighed.conflict,) if self.weighed.conflict else (),
            next_step=next_step(self._ending(status, reason)),
        )

    def _ending(self, status: AnswerStatus, reason: str) -> Ending:
        return Ending(
            question=self.question,
            asked=self.asked,
            status=status,
            reason=reason,
            probability=self.weighed.decision.probability,
            dropped=self.dropped,
            degraded=self.done_without,
            evidence=self.screened.for_model(self.evidence),
            expired=self.screened.for_model(self.expired),
            ranked=self.weighed.ranked,
            metadata=self.metadata,
            conflict=self.weighed.conflict,
        )


def _spans(claim: Claim) -> set[tuple[str, int, int]]:
    return {(c.document_id, c.span.start, c.span.end) for c in claim.citations}
