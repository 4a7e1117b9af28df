"""The evidence weighed: which sentences may answer, whether they do, and whether documents disagree about it."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from answer.decision.ask_back import fitting
from answer.decision.decide import Decider, Decision
from answer.evidence.conflict import conflict_among, without_losers
from answer.sentences.extract import ExtractiveAnswerer, Scored
from core.timing import timed
from core.types import Conflict, ContextBlock, Evidence, Ground, Metadata

# Probability below which no passage comes near the question. Of the 260 questions that the decision is fitted on, no
# answerable one lies below, 9 of 14 about something else entirely do, and 9 of 42 near misses.
_NEAR = 0.3
# By how much more probable an answer of another time must be to say that there is only that one.
_MORE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """``ranked`` are the sentences that may answer, best first; of a ``conflict`` only the side that is believed.

    ``reason`` says why they do not answer, as an ``Answer`` does; it is empty where they do.
    """

    ranked: Sequence[Scored]
    decision: Decision
    conflict: Conflict | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weigher:
    """Weighs evidence for one stand-alone question. ``may_quote`` leaves sentences out, such as those that give orders;
    ``metadata`` is that of documents, by id; milliseconds are added to ``timings``."""

    extractive: ExtractiveAnswerer
    decider: Decider
    asked: str
    today: date
    metadata: Mapping[str, Metadata]
    context: Sequence[ContextBlock]
    may_quote: Callable[[Scored], bool]
    timings: MutableMapping[str, float] = field(default_factory=dict)

    def weigh(self, evidence: Sequence[Evidence], expired: Sequence[Evidence]) -> Weighed:
        """``expired`` holds what is not valid at the time asked about; it is only looked at to tell why there is no
        answer."""
        weighed = self._weigh(evidence)
        if weighed.decision.answers or not expired:
            return weighed
        then = self._weigh(expired)
        if evidence and not _is_much_better(then.decision, weighed.decision):
            return weighed
        return Weighed(ranked=then.ranked, decision=weighed.decision, reason="not_valid_at_date")

    def _weigh(self, evidence: Sequence[Evidence]) -> Weighed:
        candidates = [each for each in self._rank(evidence) if self.may_quote(each)]
        ranked = fitting(self.asked, candidates, self.metadata, self.context)
        decision = self.decider.decide(self.asked, evidence, ranked)
        if not decision.answers:
            is_near = bool(evidence) and decision.probability >= _NEAR
            reason = "related_but_not_answering" if is_near else "nothing_relevant"
            return Weighed(ranked=ranked, decision=decision, reason=reason)
        conflict = conflict_among(self.asked, ranked, self.metadata, self.today)
        if conflict is not None and conflict.ground is Ground.NONE:
            return Weighed(ranked=ranked, decision=decision, conflict=conflict, reason="conflicting")
        return Weighed(ranked=without_losers(ranked, conflict), decision=decision, conflict=conflict)

    def _rank(self, evidence: Sequence[Evidence]) -> list[Scored]:
        with timed(self.timings, "sentences"):
            return self.extractive.rank(self.asked, evidence)


def _is_much_better(then: Decision, now: Decision) -> bool:
    return then.answers and then.probability >= now.probability + _MORE
